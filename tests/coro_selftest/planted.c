/* planted: faults that Criterion takes for passed checks. Whoever says that the
 * runtime has none like them must find these, by the same means. */
#include <criterion/criterion.h>

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coro.h"

static void *volatile kept;
static int count;

static int
leak(void *arg)
{
    (void)arg;
    kept = malloc(100);
    kept = NULL;
    return 0;
}

static int
write_behind(void *arg)
{
    volatile char *bytes = malloc(10);

    (void)arg;
    bytes[10] = 1;
    free((void *)bytes);
    return 0;
}

static int
overflow(void *arg)
{
    volatile int number = INT_MAX;

    (void)arg;
    number = number + 1;
    return 0;
}

static void *
count_too(void *arg)
{
    (void)arg;
    count++;
    return NULL;
}

/* The loop counts, and so does a thread, unguarded. */
static int
race(void *arg)
{
    pthread_t thread;

    (void)arg;
    if (pthread_create(&thread, NULL, count_too, NULL) != 0)
        return -1;
    count++;
    return -pthread_join(thread, NULL);
}

/* In a task of a process that nobody asks how it ended. */
static void
run_in_a_child(task_fn *fn)
{
    pid_t pid = fork();

    if (pid == 0) {
        int result = loop_run(fn, NULL);

        exit(result); /* NOLINT(concurrency-mt-unsafe) */
    }
    (void)waitpid(pid, NULL, 0);
}

Test(planted, leak)
{
    (void)loop_run(leak, NULL);
}

Test(planted, invalid_write)
{
    run_in_a_child(write_behind);
}

Test(planted, overflow)
{
    (void)loop_run(overflow, NULL);
}

Test(planted, race)
{
    (void)loop_run(race, NULL);
}
