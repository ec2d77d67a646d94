/* coro_loops: how a loop begins and ends, and what becomes of its tasks. */
#include <string.h>

#include "inside.h"

enum {
    ROUNDS = 100,
    SOON_MS = 5,
};

/* --- shutdown ------------------------------------------------------------- */

INSIDE(loops, shutdown_cancels_all_others_and_sees_them_end)
{
    struct task *t[5];

    for (int i = 0; i < 5; i++)
        t[i] = start(waits_for_ever, NULL);
    IS(loop_shutdown(FOREVER), 0);
    for (int i = 0; i < 5; i++) {
        IS(t[i]->state, TASK_ENDED);
        IS(task_join(t[i], NULL, NOW), 0);
    }
}

INSIDE(loops, shutdown_with_nobody_left_is_done_at_once)
{
    IS(loop_shutdown(NOW), 0);
}

static bool let_go;

static int
ignores_cancel(void *nothing)
{
    (void)nothing;
    while (!let_go) {
        task_uncancel();
        (void)!task_sleep(in_ms(1));
    }
    return 0;
}

INSIDE(loops, shutdown_counts_those_that_outlive_its_deadline)
{
    struct task *t[3] = {start(ignores_cancel, NULL),
                         start(waits_for_ever, NULL),
                         start(ignores_cancel, NULL)};

    IS(loop_shutdown(in_ms(SOON_MS)), 2);
    let_go = true;
    IS(loop_shutdown(FOREVER), 0);
    IS(task_gather(t, 3, NULL, FOREVER), -ECANCELED);
}

static int
goodbye_in_peace(void *nothing)
{
    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    task_uncancel();
    IS(task_sleep(in_ms(SOON_MS)), 0);
    return 0;
}

INSIDE(loops, shutdown_tells_a_task_once_and_lets_it_say_goodbye)
{
    struct task *t = start(goodbye_in_peace, NULL);

    until_it_waits(t);
    IS(loop_shutdown(NOW), 1);
    until_it_waits(t); /* it says goodbye */
    HOLDS(!t->cancelled);
    IS(loop_shutdown(FOREVER), 0);
    IS(result_of(t), 0);
}

static int
spawns_when_cancelled(void *place)
{
    IS(task_sleep(FOREVER), -ECANCELED);
    *(struct task **)place = start(waits_for_ever, NULL);
    return 0;
}

INSIDE(loops, shutdown_also_cancels_what_is_spawned_meanwhile)
{
    struct task *child = NULL;
    struct task *t = start(spawns_when_cancelled, &child);

    until_it_waits(t);
    IS(loop_shutdown(FOREVER), 0);
    IS(result_of(t), 0);
    IS(result_of(child), -ECANCELED);
}

/* --- a whole loop --------------------------------------------------------- */

OUTSIDE(loops, a_loop_returns_what_its_first_task_returned)
{
    int number = 42;

    IS(loop_run(returns_arg, &number), 42);
    number = -EIO;
    IS(loop_run(returns_arg, &number), -EIO);
}

static int
leaves_a_task(void *place)
{
    *(struct task **)place = start(waits_for_ever, NULL);
    IS(task_yield(), 0);
    return 3;
}

OUTSIDE(loops, a_loop_cancels_and_frees_what_its_first_task_leaves_behind)
{
    struct holdings before = holdings_now();
    struct task *t;

    IS(loop_run(leaves_a_task, &t), 3);
    expect_given_back(&before);
}

OUTSIDE(loops, a_loop_can_run_many_times_in_one_process)
{
    struct holdings before = holdings_now();
    int number = 7;

    for (int i = 0; i < ROUNDS; i++)
        IS(loop_run(returns_arg, &number), 7);
    expect_given_back(&before);
}

static int
runs_a_loop(void *arg)
{
    return loop_run(returns_arg, arg);
}

OUTSIDE(loops, a_loop_in_a_loop_is_refused)
{
    int number = 7;

    IS(loop_run(runs_a_loop, &number), -EBUSY);
    IS(loop_run(returns_arg, &number), 7);
}

OUTSIDE(loops, time_and_words_can_be_asked_for_without_a_loop)
{
    HOLDS(in_ms(0) > 0);
    HOLDS(strncmp(err_text(-ECONNRESET), "ECONNRESET (", 12) == 0);
}

OUTSIDE(loops, every_code_has_words_and_four_stay_readable)
{
    const char *a = err_text(-EPIPE), *b = err_text(CORO_EOF),
               *c = err_text(CORO_LIMIT), *d = err_text(-4000);

    HOLDS(strstr(a, "EPIPE") != NULL);
    HOLDS(strstr(b, "CORO_EOF") != NULL);
    HOLDS(strstr(c, "CORO_LIMIT") != NULL);
    HOLDS(strstr(d, "-4000") != NULL);
    for (int err = 1; err < 5100; err++)
        HOLDS(err_text(-err) != NULL && err_text(-err)[0] != '\0');
}
