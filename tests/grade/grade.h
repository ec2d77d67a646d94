/* grade: one submission on its way to one result.
 *
 * grade.c takes the steps; each of the files below is one of them.
 */
#ifndef GRADE_GRADE_H
#define GRADE_GRADE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum grade_status {
    GRADED = 0,
    USAGE = 2,
    CANNOT_BE_GRADED = 10, /* the submission's fault; the result says why */
    KIT_TROUBLE = 75,      /* ours: try again, nobody loses a point */
};

/* One case of one lab, and what became of it. */
struct grade_case {
    char *lab;  /* "lab03" */
    char *stem; /* "lab03-nonblocking" */
    char *name;
    int points;     /* for a mended one */
    bool is_server; /* not a client */
    bool handed_in, answered, compiled;
    char *source;         /* as it was handed in, in base64; NULL: nothing */
    const char *verdict;  /* NULL until there is one */
    const char *evidence; /* "right", "wrong", "none" */
    char *compiler_said;  /* sanitised; NULL: nothing */
    json_t *checks;       /* an array, one object a check */
};

struct grade {
    const char *submission; /* as it was named */
    const char *result;     /* the file */
    char *kit, *build;      /* folders of the kit: sources, and what is built */
    char *stage;            /* stage.h */
    GPtrArray *cases;       /* of struct grade_case, in the order of the labs */
    GPtrArray *ignored; /* of char *, sanitised: what was left out, and why */
    int ignored_more;   /* not listed */
    char *seed, *version, *compiler_path, *compiler;
    char *taken;                      /* a checksum of all that was taken in */
    bool namespaces, private_network; /* isolation.h */
    int seconds; /* for the checks of a lab, x LAB_PATIENCE; a case by itself
                    has half of it, and a submission five times as long */
    int wanted;  /* the level that there must be; isolation.h */
    char *groups[2]; /* folders for control groups: one to end a box by, one
                        that bounds its memory; each may be NULL (groups.h) */
    uid_t slot;      /* whose programs run in the boxes; 0: the caller's */
    char *reason; /* why it cannot be graded, or what is wrong with the kit */
};

/* Sets the reason (printf-like), sanitised, and returns the status. */
enum grade_status grade_because(struct grade *grade, enum grade_status status,
                                const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
