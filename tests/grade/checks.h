/* checks: runs checks of a lab on what was built of a submission.
 *
 * The runner of a lab's checks plans, judges and writes one line of JSON per
 * check; it is the kit's own, and the programs that it starts, each in a box,
 * cannot reach it. What counts is what the kit planned: a check that is missing
 * in the end makes the run the kit's trouble.
 */
#ifndef GRADE_CHECKS_H
#define GRADE_CHECKS_H

#include "grade.h"

/* What became of a run of checks. */
enum run { RUN_TO_THE_END, RUN_TOO_LONG, RUN_IN_TROUBLE };

/* What shall be run. */
struct checks_wish {
    const char *runner;       /* whose checks: suite_runner, suite_hidden */
    const char *lab, *filter; /* those that match (Criterion's --filter) */
    int seconds;              /* at most, x LAB_PATIENCE */
};

/* Runs checks on the programs of a lab. At the end `*checks` is an array with
 * an object for each, the caller's to release; else NULL. Trouble has its
 * reason in the grade. Hidden checks may be none; of the kit's there must be
 * some. */
enum run checks_run(struct grade *grade, const struct checks_wish *wish,
                    json_t **checks);

#endif
