/* report_gradebook: points into the instructor's own table, whose form is
 * Canvas's or Moodle's.
 */
#ifndef GRADE_REPORT_GRADEBOOK_H
#define GRADE_REPORT_GRADEBOOK_H

#include "report.h"
#include "report_csv.h"
#include "report_roster.h"

struct gradebook {
    const char *kind; /* as it is called in messages */
    struct csv *csv;
    struct roster *roster;
    int column;   /* that is filled */
    int feedback; /* the one for words; -1: none */
    int most;     /* where a row says what it can reach; -1: nowhere */
    int most_row; /* the row that says it for all; -1: each its own */
    int kept;     /* words that were there, and stay */
    /* Why a row's cell must not be filled; NULL: it may. */
    const char *(*bar)(const struct gradebook *gradebook, int row);
};

/* Opens report->gradebook with the separator with which `find` knows it: it
 * sets what is above, and returns NULL, or what is missing. False after saying
 * what is wrong. */
bool gradebook_open(const struct report *report, struct gradebook *gradebook,
                    char *(*find)(const struct report *report,
                                  struct gradebook *gradebook));

/* Fills, writes, tells on stdout whose submission could not be entered, and
 * closes. */
enum report_status gradebook_fill(const struct report *report,
                                  struct gradebook *gradebook);

/* The titles of the columns, for a complaint; the caller frees with g_free. */
char *gradebook_titles(const struct gradebook *gradebook);

#endif
