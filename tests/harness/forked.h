/* forked: the checks of a run in processes of our own.
 *
 * Criterion starts the test program anew for each check. Under valgrind each
 * start takes more than a second of CPU time, and under TSan Criterion does not
 * run. With LT_FORK=ok each check runs in a fork of the runner instead; plan,
 * filter, verdicts and status are the same, only the watchdog is missing.
 */
#ifndef HARNESS_FORKED_H
#define HARNESS_FORKED_H

#include <criterion/criterion.h>
#include <stdbool.h>

/* True when the checks of this run shall be forks. */
bool is_forked(void);

/* Runs those checks of the set that match criterion_options.pattern, so many at
 * a time as criterion_options.jobs says, and tells report.h how they end. */
void run_forked(struct criterion_test_set *set);

/* The check that this process is; valid in the process of a check only. */
const struct criterion_test *current_check(void);

#endif
