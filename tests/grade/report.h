/* report: results of `grade` made into what gradebooks, machines and people
 * read.
 *
 * report.c reads the command line; report_read.c the results, which it trusts
 * in nothing; each form is a file of its own. Status of every form: 0 all of
 * it is there; 1 something could not be used, and was named; 2 wrong usage; 75
 * nothing could be written.
 */
#ifndef GRADE_REPORT_H
#define GRADE_REPORT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <time.h>

enum report_status {
    REPORT_WHOLE = 0,
    REPORT_PARTLY = 1,
    REPORT_USAGE = 2,
    REPORT_TROUBLE = 75,
};

/* One submission. */
struct student {
    char *file;     /* of the result, without folder and .json */
    char *label;    /* of the submission, without folder */
    char *name;     /* the same; no other has it */
    char *state;    /* result.h; "damaged" where the result is none */
    char *reason;   /* why it is not graded; "" where it is */
    json_t *result; /* what report_read.h promises; {} when damaged */
    int points, of; /* 0 of 0 unless graded */
    time_t written; /* when the result was */
};

struct report {
    GPtrArray *students; /* of struct student, by name */
    int refused;         /* results that are damaged */
    int repaired;        /* ... that hold what had to be cleaned */
    bool is_class;       /* not one single file was named */
    /* What the command line says. */
    char *output;
    char *visibility; /* what Gradescope does with hidden checks */
    char *hidden;     /* a folder of hidden cases */
    char *gradebook;  /* the instructor's own, that is filled */
    char *column;     /* the title of the one to fill; NULL: find it */
    char *feedback;   /* the title of the one for words */
    gboolean scale;   /* points become those of the column */
    gboolean zero;    /* what cannot be graded is worth 0 */
    int most;         /* pairs of like submissions to show */
};

typedef enum report_status report_form(struct report *report);

report_form report_autolab, report_canvas, report_classroom, report_gradescope,
    report_html, report_junit, report_moodle, report_prairielearn,
    report_similar;

/* Writes a file for each submission: OUTPUT, or for a class OUTPUT/RESULT/NAME,
 * with what `make` makes of it (to be freed). */
enum report_status report_each(const struct report *report, const char *name,
                               GString *(*make)(const struct report *report,
                                                const struct student *student));

/* Says on stderr what is wrong, after the program's name (printf-like). */
void report_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Writes `text` in one piece: a new file takes the old one's place. True, or
 * false after saying why not. */
bool report_write(const char *path, const GString *text);

#endif
