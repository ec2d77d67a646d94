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

/* Runs those checks of the case's lab that match the filter (Criterion's
 * --filter), for at most so many seconds x LAB_PATIENCE. At the end `*checks`
 * is an array with an object for each, the caller's to release; else NULL.
 * Trouble has its reason in the grade. */
enum run checks_run(struct grade *grade, const struct grade_case *one,
                    const char *filter, int seconds, json_t **checks);

#endif
