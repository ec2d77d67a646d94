/* results: which checks a run has, and the verdicts that came from them.
 *
 * This half runs in the runner, verdict.h is the other one. Nothing here
 * prints.
 */
#ifndef HARNESS_RESULTS_H
#define HARNESS_RESULTS_H

#include <criterion/criterion.h>
#include <stdbool.h>

#include "report.h"

enum {
    RESULTS_MOST = 1024,
    NAME_SIZE = 160,
};

struct result {
    char check[NAME_SIZE];     /* "suite/sentence" */
    char message[REPORT_SIZE]; /* "key value" lines; "" until it came */
    bool criterion_failed;     /* what Criterion itself says */
    float seconds;
};

/* In the order of the plan. */
extern struct result results[RESULTS_MOST];
extern int result_count;

/* Makes the pipe that the verdicts come in by, and tells the tests its path.
 * 0, or -1 with errno set. */
int open_results(void);

/* Adds a check that is going to run. */
void plan_check(const struct criterion_test *test);

/* Takes what has come in, and what Criterion itself says about a test that has
 * ended. */
void take_statistics(const struct criterion_test_stats *stats, bool crashed);

/* At the end of the run: takes the rest; then every result has a verdict. */
void settle_results(void);

/* The value of `key` in the message; the `index`-th one. NULL if none. Valid
 * for the next three calls. */
const char *value_of(const struct result *result, const char *key, int index);

bool has_verdict(const struct result *result, const char *word);
int count_verdicts(const char *word);

/* How many kit problems only the missing private network explains. */
int count_uncovered(void);

#endif
