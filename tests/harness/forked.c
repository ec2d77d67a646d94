/* forked: see forked.h. */
#include "forked.h"

#include <criterion/internal/ordered-set.h>
#include <criterion/options.h>
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "report.h"
#include "results.h"

enum { FORKS_MOST = 8 };

static struct fork {
    pid_t pid; /* 0: free */
    struct criterion_test *test;
    int64_t start_ns;
} forks[FORKS_MOST];

static const struct criterion_test *current; /* in the process of a check */

bool
is_forked(void)
{
    const char *value = getenv("LT_FORK");

    return value != NULL && strcmp(value, "ok") == 0;
}

const struct criterion_test *
current_check(void)
{
    return current != NULL ? current : criterion_current_test;
}

/* --- one check ------------------------------------------------------------ */

static void
call_theirs(const char *name)
{
    void (*theirs)(void);

    *(void **)&theirs = dlsym(RTLD_NEXT, name);
    theirs();
}

/* The function of a test calls these three of Criterion's (internal/test.h),
 * which look for a test that Criterion has started. So ours are called, as the
 * program's symbols come before those of its libraries. */
void
criterion_internal_test_setup(void)
{
    if (current == NULL)
        call_theirs("criterion_internal_test_setup");
    else if (current->data->init != NULL)
        current->data->init();
}

void
criterion_internal_test_main(void (*body)(void))
{
    void (*theirs)(void (*)(void));

    if (current != NULL) {
        body();
        return;
    }
    *(void **)&theirs = dlsym(RTLD_NEXT, "criterion_internal_test_main");
    theirs(body);
}

void
criterion_internal_test_teardown(void)
{
    if (current == NULL)
        call_theirs("criterion_internal_test_teardown");
    else if (current->data->fini != NULL)
        current->data->fini();
}

/* In the child. */
_Noreturn static void
be(const struct criterion_test *test)
{
    current = test;
    test->test();
    _exit(EXIT_SUCCESS);
}

/* --- all of them ---------------------------------------------------------- */

static bool
matches(const struct criterion_test *test)
{
    const char *pattern = criterion_options.pattern;
    char name[NAME_SIZE];

    (void)snprintf(name, sizeof name, "%s/%s", test->category, test->name);
    return pattern == NULL ||
           fnmatch(pattern, name, FNM_PATHNAME | FNM_EXTMATCH) == 0;
}

/* Waits for the end of a check, if any runs, and tells of it. */
static void
await_one(void)
{
    struct criterion_test_stats stats = {0};
    int status;
    pid_t pid;

    do
        pid = waitpid(-1, &status, 0);
    while (pid < 0 && errno == EINTR);
    for (struct fork *one = forks; one < forks + FORKS_MOST; one++) {
        if (pid <= 0 || one->pid != pid)
            continue;
        one->pid = 0;
        stats.test = one->test;
        stats.elapsed_time = (float)(elapsed_ms(one->start_ns) / 1000);
        stats.test_status = WIFEXITED(status) && WEXITSTATUS(status) == 0
                                ? CR_STATUS_PASSED
                                : CR_STATUS_FAILED;
        report_check(&stats, WIFSIGNALED(status));
    }
}

static struct fork *
free_place(void)
{
    size_t count = criterion_options.jobs < FORKS_MOST ? criterion_options.jobs
                                                       : FORKS_MOST;

    for (;; await_one())
        for (struct fork *one = forks; one < forks + count; one++)
            if (one->pid == 0)
                return one;
}

static void
run_one(struct criterion_test *test)
{
    struct fork *place = free_place();

    place->test = test;
    place->start_ns = now_ns();
    place->pid = fork();
    if (place->pid == 0)
        be(test);
    if (place->pid < 0) {
        perror("harness: fork");
        exit(STATUS_KIT_PROBLEM);
    }
}

static bool
any_runs(void)
{
    for (struct fork *one = forks; one < forks + FORKS_MOST; one++)
        if (one->pid != 0)
            return true;
    return false;
}

void
run_forked(struct criterion_test_set *set)
{
    FOREACH_SET(struct criterion_suite_set * suite, set->suites)
    {
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            test->data->disabled |= !matches(test);
        }
    }
    report_plan(set);
    (void)fflush(NULL); /* or each fork would write it, too */
    FOREACH_SET(struct criterion_suite_set * suite, set->suites)
    {
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            if (!test->data->disabled)
                run_one(test);
        }
    }
    while (any_runs())
        await_one();
    report_results();
}
