/* report: the runner's view of a run: told by Criterion, told to whoever asked.
 *
 *   LT_STYLE=checks   one line a check, failed ones explained (the default)
 *   LT_STYLE=board    one line a case, the next one explained
 *   LT_JSON=FILE      the same as JSON lines, the plan first
 *   LT_UNCOVERED=ok   where there is no private network, checks that need one
 *                     are counted and named, and the status stays 0
 *   LT_SILENCE=N      the watchdog bites when no check has ended for N seconds
 */
#include "report.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/internal/ordered-set.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report_forms.h"
#include "results.h"
#include "verdict.h"
#include "watchdog.h"

enum { BITE_S = 30 }; /* later than a check's own limit */

static bool is_told;

static void
tell_results(void)
{
    const char *style = getenv("LT_STYLE");

    print_json_results();
    if (style != NULL && strcmp(style, "board") == 0) {
        print_board();
        return;
    }
    print_checks();
    (void)printf("SEED=%s repeats this run\n", getenv("SEED"));
    print_summary();
}

/* --- told by whoever runs the checks -------------------------------------- */

void
report_plan(struct criterion_test_set *set)
{
    FOREACH_SET(struct criterion_suite_set * suite, set->suites)
    {
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            if (!test->data->disabled)
                plan_check(test);
        }
    }
    print_json_plan();
}

void
report_check(const struct criterion_test_stats *stats, bool crashed)
{
    take_statistics(stats, crashed);
    watchdog_feed();
}

void
report_results(void)
{
    is_told = true;
    settle_results();
    tell_results();
}

/* Criterion does not go on: what has not reported by now will not. */
static void
give_up(void)
{
    if (!is_told)
        report_results();
    (void)fflush(stdout);
    (void)fprintf(stderr, "harness: Criterion stands still\n");
    _exit(STATUS_KIT_PROBLEM);
}

/* --- told by Criterion ---------------------------------------------------- */

ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
    const char *silence = getenv("LT_SILENCE");

    report_plan(set);
    watchdog_start(silence != NULL ? atoi(silence) : check_limit_s() + BITE_S,
                   give_up);
}

ReportHook(POST_TEST)(struct criterion_test_stats *stats)
{
    report_check(stats, false);
}

ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
    report_check(stats, true);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    (void)stats;
    report_results();
}

/* --- for the runner ------------------------------------------------------- */

int
report_open(void)
{
    if (open_json() < 0)
        return -1;
    return open_results();
}

int
report_status(void)
{
    int passed = count_verdicts("passed");
    int problems = count_verdicts("kit problem");
    const char *uncovered = getenv("LT_UNCOVERED");

    if (uncovered != NULL && strcmp(uncovered, "ok") == 0)
        problems -= count_uncovered();
    if (result_count == 0) {
        (void)fprintf(stderr, "no check matches the filter\n");
        return STATUS_USAGE;
    }
    if (passed + count_verdicts("kit problem") < result_count)
        return EXIT_FAILURE;
    return problems > 0 ? STATUS_KIT_PROBLEM : EXIT_SUCCESS;
}
