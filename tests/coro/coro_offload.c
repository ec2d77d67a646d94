/* coro_offload: blocking work in pool threads. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "forced.h"
#include "inside.h"

enum {
    THREADS_MOST = 16, /* coro.h, offload() */
    JOBS = 200,
};

static pthread_t loop_thread;
static int disposed;

static void
dispose(void *arg)
{
    HOLDS(pthread_equal(pthread_self(), loop_thread));
    disposed += *(int *)arg;
}

static int
doubles(void *arg)
{
    return 2 * *(int *)arg;
}

INSIDE(offload, a_job_hands_over_its_result)
{
    int number = 21, result = 0;

    IS(offload(doubles, &number, NULL, &result, FOREVER), 0);
    IS(result, 42);
    number = -7;
    IS(offload(doubles, &number, dispose, &result, FOREVER), 0);
    IS(result, -14);
    IS(offload(doubles, &number, NULL, NULL, FOREVER), 0);
    IS(disposed, 0); /* arg is still ours */
}

static int
runs_elsewhere(void *thread)
{
    *(pthread_t *)thread = pthread_self();
    return 0;
}

INSIDE(offload, a_job_runs_in_another_thread_and_one_thread_does_for_many)
{
    pthread_t first, second;

    IS(offload(runs_elsewhere, &first, NULL, NULL, FOREVER), 0);
    IS(offload(runs_elsewhere, &second, NULL, NULL, FOREVER), 0);
    HOLDS(!pthread_equal(first, pthread_self()));
    HOLDS(!pthread_equal(second, pthread_self()));
    HOLDS(forced_count(FORCED_THREAD) <= 2);
}

static sem_t gate;

static int
waits_at_gate(void *arg)
{
    while (sem_wait(&gate) < 0)
        continue;
    return arg != NULL ? *(int *)arg : 0;
}

static int
offloads(void *arg)
{
    int result = 0, err = offload(waits_at_gate, arg, NULL, &result, FOREVER);

    return err < 0 ? err : result;
}

INSIDE(offload, others_run_while_a_job_blocks)
{
    int number = 5;
    struct task *t;

    IS(sem_init(&gate, 0, 0), 0);
    t = start(offloads, &number);
    until_it_waits(t);
    for (int i = 0; i < 100; i++)
        IS(task_yield(), 0);
    IS(t->state, TASK_WAITING);
    (void)sem_post(&gate);
    IS(result_of(t), 5);
}

INSIDE(offload, many_jobs_share_a_few_threads_and_all_get_done)
{
    static int numbers[JOBS];
    struct task *t[JOBS];
    int results[JOBS];

    IS(sem_init(&gate, 0, 0), 0);
    for (int i = 0; i < JOBS; i++) {
        numbers[i] = i;
        t[i] = start(offloads, &numbers[i]);
    }
    until_it_waits(t[JOBS - 1]);
    IS(forced_count(FORCED_THREAD), THREADS_MOST);
    for (int i = 0; i < JOBS; i++)
        (void)sem_post(&gate);
    IS(task_gather(t, JOBS, results, FOREVER), 0);
    for (int i = 0; i < JOBS; i++)
        IS(results[i], i);
    IS(forced_count(FORCED_THREAD), THREADS_MOST);
}

INSIDE(offload, who_gives_up_leaves_arg_to_be_disposed_of_after_the_job)
{
    int number = 1, result = 99;

    loop_thread = pthread_self();
    IS(sem_init(&gate, 0, 0), 0);
    IS(offload(waits_at_gate, &number, dispose, &result, in_ms(1)), -ETIMEDOUT);
    IS(result, 99);
    IS(disposed, 0); /* the job still uses it */
    (void)sem_post(&gate);
    while (disposed == 0)
        IS(task_sleep(in_ms(1)), 0);
    IS(disposed, 1);
}

INSIDE(offload, who_gives_up_needs_nothing_to_dispose_of)
{
    IS(sem_init(&gate, 0, 0), 0);
    IS(offload(waits_at_gate, NULL, NULL, NULL, in_ms(1)), -ETIMEDOUT);
    (void)sem_post(&gate);
}

INSIDE(offload, a_job_that_never_begins_is_disposed_of_at_once)
{
    int number = 1;

    loop_thread = pthread_self();
    task_cancel(task_self());
    IS(offload(doubles, &number, dispose, NULL, FOREVER), -ECANCELED);
    IS(disposed, 1);
    task_uncancel();
    forced_next(FORCED_THREAD, EAGAIN);
    IS(offload(doubles, &number, dispose, NULL, FOREVER), -EAGAIN);
    IS(disposed, 2);
    IS(offload(doubles, &number, dispose, NULL, FOREVER), 0);
    IS(disposed, 2);
}

static int
offloads_disposably(void *arg)
{
    int result = 0,
        err = offload(waits_at_gate, arg, dispose, &result, FOREVER);

    return err < 0 ? err : result;
}

INSIDE(offload, a_job_is_disposed_of_once_however_it_meets_its_cancellation)
{
    int number = 1;

    loop_thread = pthread_self();
    IS(sem_init(&gate, 0, 0), 0);
    for (int i = 0; i < 50; i++) {
        struct task *t = start(offloads_disposably, &number);
        int before = disposed, result;

        until_it_waits(t);
        (void)sem_post(&gate); /* the job ends now ... */
        if (i % 2 == 0)
            IS(task_sleep(in_ms(1)), 0);
        task_cancel(t); /* ... and so does the patience */
        result = result_of(t);
        if (result == 1) {
            IS(disposed, before); /* the result came first */
            continue;
        }
        IS(result, -ECANCELED);
        while (disposed == before)
            IS(task_sleep(in_ms(1)), 0);
        IS(disposed, before + 1);
    }
}

static int
leaves_a_job(void *nothing)
{
    static int number = 1;

    (void)nothing;
    IS(offload(waits_at_gate, &number, dispose, NULL, in_ms(1)), -ETIMEDOUT);
    (void)sem_post(&gate);
    return 0;
}

OUTSIDE(offload, the_end_of_a_loop_waits_for_jobs_and_disposes_of_them)
{
    struct holdings before;

    loop_thread = pthread_self();
    IS(sem_init(&gate, 0, 0), 0);
    before = holdings_now();
    IS(loop_run(leaves_a_job, NULL), 0);
    IS(disposed, 1);
    expect_given_back(&before);
    IS(loop_run(leaves_a_job, NULL), 0); /* and a new pool begins */
    IS(disposed, 2);
    expect_given_back(&before);
}

static int
leaves_many_jobs(void *nothing)
{
    static int number = 1;

    (void)nothing;
    for (int i = 0; i < 2 * THREADS_MOST; i++)
        IS(offload(waits_at_gate, &number, dispose, NULL, NOW), -ETIMEDOUT);
    for (int i = 0; i < 2 * THREADS_MOST; i++)
        (void)sem_post(&gate);
    return 0;
}

OUTSIDE(offload, the_end_of_a_loop_also_runs_jobs_that_no_thread_has_begun)
{
    struct holdings before;

    loop_thread = pthread_self();
    IS(sem_init(&gate, 0, 0), 0);
    before = holdings_now();
    IS(loop_run(leaves_many_jobs, NULL), 0);
    IS(disposed, 2 * THREADS_MOST);
    expect_given_back(&before);
}

static int
has_signals_blocked(void *nothing)
{
    sigset_t blocked;

    (void)nothing;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    return sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGINT) &&
           sigismember(&blocked, SIGQUIT);
}

INSIDE(offload, signals_are_for_the_thread_of_the_loop)
{
    int result = 0;

    IS(offload(has_signals_blocked, NULL, NULL, &result, FOREVER), 0);
    IS(result, 1);
}

static int
says_words(void *words)
{
    *(const char **)words = err_text(-ENOENT);
    return 0;
}

INSIDE(offload, a_job_may_put_codes_into_words)
{
    const char *words = NULL;

    IS(offload(says_words, &words, NULL, NULL, FOREVER), 0);
    HOLDS(words != NULL);
    HOLDS(err_text(-EPIPE) != words);
}
