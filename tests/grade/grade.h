/* grade: one submission on its way to one result.
 *
 *     grade [OPTION...] SUBMISSION -o RESULT     one of them
 *     grade class [OPTION...] FOLDER -o RESULTS  all that are in a folder
 *     grade replay RESULT CHECK                  one check once more
 *
 * grade.c takes the steps; most of the files below are one of them. main.c has
 * the command line, class.c and replay.c the other two commands.
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
    ALREADY_GRADED,        /* within: the result that there is holds */
};

/* One case of one lab, and what became of it. */
struct grade_case {
    char *lab;  /* "lab03" */
    char *stem; /* "lab03-nonblocking" */
    char *name;
    char *folder;   /* with its case.ini and broken.c */
    bool hidden;    /* the kit does not have it */
    int points;     /* for a mended one */
    bool is_server; /* not a client */
    bool handed_in, answered, compiled;
    bool untouched;       /* it was handed in as it had been handed out */
    char *source;         /* as it was handed in, in base64; NULL: nothing */
    const char *verdict;  /* NULL until there is one */
    const char *evidence; /* "right", "wrong", "none" */
    char *compiler_said;  /* sanitised; NULL: nothing */
    json_t *checks;       /* an array, one object a check */
};

struct grade {
    const char *submission; /* the path that was given */
    char *name;             /* the last part of it; of an archive, the stem */
    char *result;           /* the file */
    char *kit, *build;      /* folders of the kit: sources, and what is built */
    char *hidden;           /* what hidden.sh has built; NULL: nothing */
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
    bool keeps;      /* an earlier result, if it would be the same */
    char *shown;     /* what the last checks have printed, sanitised */
    char *reason; /* why it cannot be graded, or what is wrong with the kit */
};

/* One step of grading. */
typedef enum grade_status grade_step(struct grade *grade);

/* Takes the steps (NULL-ended) until one does not come to its end. */
enum grade_status grade_take_steps(struct grade *grade,
                                   grade_step *const steps[]);

/* All of it: from the submission to the result and a table on stdout. */
enum grade_status grade_submission(struct grade *grade);

/* Sets the reason (printf-like), sanitised, and returns the status. */
enum grade_status grade_because(struct grade *grade, enum grade_status status,
                                const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
