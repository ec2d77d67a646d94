/* stage: the folder in which a submission is built and judged.
 *
 *     box box_init libshim.so filter     what runs programs: box.c
 *     unpack                             what reads an archive, in a box
 *     trouble                            a line for each box that did not work
 *     kit/common kit/build/common        headers, flags and the library
 *     kit/work/lab03/CASE.c              the submission
 *     programs/lab03/CASE                what was built of it
 *     out/                               where a light box compiles to
 *
 * It lies under a name that nobody can guess, and goes when grading ends.
 */
#ifndef GRADE_STAGE_H
#define GRADE_STAGE_H

#include "grade.h"

#define STAGE_PREFIX "lab-grade-"

/* Chooses its name (STAGE_PREFIX and what nobody else has), and does no more:
 * whoever removes it must know it before it is there. */
void stage_choose(struct grade *grade);

/* Makes it, and finds out how far programs can be kept apart here. */
enum grade_status stage_make(struct grade *grade);

/* A path in it; to be freed. */
char *stage_path(const struct grade *grade, const char *first,
                 ...) G_GNUC_NULL_TERMINATED;

/* What a box shall be like. */
struct stage_wish {
    const char *limits; /* for box_init (box.h) */
    long memory_mib;    /* for all in it together */
    const char *source; /* what is to be compiled; NULL: nothing is */
    bool offline;       /* without the network that we are in */
};

/* The words that put a program in a box, owned by the array; for the caller to
 * append the program and its arguments to, and NULL. */
GPtrArray *stage_box(const struct grade *grade, const struct stage_wish *wish);

/* What the boxes complain of since the last call, sanitised, or NULL when they
 * all worked; to be freed. */
char *stage_trouble(const struct grade *grade);

/* Removes it, if it is there; `grade` is a struct grade. */
void stage_remove(void *grade);

#endif
