/* stage: the folder in which a submission is built and judged.
 *
 *     box box_init libshim.so filter     what runs programs: box.c
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

/* Makes it, and finds out how far programs can be kept apart here. */
enum grade_status stage_make(struct grade *grade);

/* A path in it; to be freed. */
char *stage_path(const struct grade *grade, const char *first,
                 ...) G_GNUC_NULL_TERMINATED;

/* The words that put a program in a box, owned by the array; for whom to
 * append the rest to. `source` is what is to be compiled, or NULL. */
GPtrArray *stage_box(const struct grade *grade, const char *source,
                     const char *limits);

/* What the boxes complain of since the last call, sanitised, or NULL when they
 * all worked; to be freed. */
char *stage_trouble(const struct grade *grade);

/* Removes it. */
void stage_remove(struct grade *grade);

#endif
