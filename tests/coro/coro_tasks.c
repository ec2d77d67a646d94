/* coro_tasks: to spawn, to join, to gather, to wait for. */
#include <string.h>

#include "inside.h"

enum {
    ROUNDS = 100,
    SOON_MS = 5,
};

/* --- spawn ---------------------------------------------------------------- */

INSIDE(tasks, a_task_starts_when_its_parent_suspends_and_not_before)
{
    struct task *t = start(notes_letter, "t");

    note('m');
    IS(task_yield(), 0);
    note('m');
    NOTED("mtm");
    IS(result_of(t), 0);
}

INSIDE(tasks, tasks_start_in_the_order_in_which_they_were_spawned)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(notes_letter, &"abc"[i]);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abc");
}

static int
spawns_x(void *place)
{
    note('p');
    *(struct task **)place = start(notes_letter, "x");
    return 0;
}

INSIDE(tasks, a_new_task_stands_behind_those_that_are_ready_already)
{
    struct task *x = NULL;
    struct task *t[2] = {start(spawns_x, &x), start(notes_letter, "q")};

    IS(task_gather(t, 2, NULL, FOREVER), 0);
    IS(result_of(x), 0);
    NOTED("pqx");
}

static int
knows_itself(void *place)
{
    *(struct task **)place = task_self();
    return 0;
}

INSIDE(tasks, a_task_knows_itself_and_its_name)
{
    struct task *self = NULL;
    struct task *t = task_spawn("the name", knows_itself, &self);

    HOLDS(t != NULL && strcmp(task_name(t), "the name") == 0);
    HOLDS(strcmp(task_name(task_self()), "main") == 0);
    until_it_has_ended(t);
    HOLDS(self == t);
    IS(result_of(t), 0);
}

INSIDE(tasks, a_long_name_is_cut_at_63_bytes)
{
    char name[200];
    int nothing = 0;
    struct task *t;

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    t = task_spawn(name, returns_arg, &nothing);
    HOLDS(t != NULL);
    IS(strlen(task_name(t)), 63);
    HOLDS(strncmp(task_name(t), name, 63) == 0);
    IS(result_of(t), 0);
}

static int
adds_up(void *arg)
{
    double a = *(int *)arg, b = a * 0.5, c = a * 0.25, d = a * 0.125;
    long i = *(int *)arg, j = i * 3, k = i * 5, l = i * 7;

    for (int n = 0; n < ROUNDS; n++) {
        (void)task_yield();
        a += b;
        c += d;
        i += j;
        k += l;
    }
    HOLDS(a == *(int *)arg * (1 + ROUNDS * 0.5));
    HOLDS(c == *(int *)arg * (0.25 + ROUNDS * 0.125));
    IS(i, *(int *)arg * (1L + ROUNDS * 3L));
    IS(k, *(int *)arg * (5L + ROUNDS * 7L));
    return 0;
}

INSIDE(tasks, numbers_in_registers_survive_that_others_run)
{
    int numbers[] = {1, 1000, -7, 65536};
    struct task *t[4];

    for (int i = 0; i < 4; i++)
        t[i] = start(adds_up, &numbers[i]);
    IS(task_gather(t, 4, NULL, FOREVER), 0);
}

static int
stack_is_aligned(void *nothing)
{
    _Alignas(64) char place[64];
    char *volatile seen = place;

    (void)nothing;
    IS((uintptr_t)seen % 64, 0);
    return 0;
}

INSIDE(tasks, the_stack_of_a_task_is_aligned_as_the_compiler_expects)
{
    IS(result_of(start(stack_is_aligned, NULL)), 0);
}

/* --- join ----------------------------------------------------------------- */

INSIDE(tasks, a_join_hands_over_what_the_task_returned)
{
    int number = 42, result = 0;
    struct task *t = start(returns_arg, &number);

    IS(task_join(t, &result, FOREVER), 0);
    IS(result, 42);
}

INSIDE(tasks, a_join_of_a_task_that_has_ended_needs_no_time)
{
    int number = 42, result = 0;
    struct task *t = start(returns_arg, &number);

    until_it_has_ended(t);
    IS(task_join(t, &result, NOW), 0);
    IS(result, 42);
}

INSIDE(tasks, a_join_needs_no_place_for_the_result)
{
    int number = 42;
    struct task *t = start(returns_arg, &number);

    IS(task_join(t, NULL, FOREVER), 0);
}

INSIDE(tasks, a_failure_is_the_result_of_the_task_and_not_of_the_join)
{
    int number = -ETIMEDOUT, result = 0;

    IS(task_join(start(returns_arg, &number), &result, FOREVER), 0);
    IS(result, -ETIMEDOUT);
}

INSIDE(tasks, a_join_that_is_too_late_leaves_the_task_to_its_owner)
{
    struct task *t = start(waits_for_ever, NULL);
    int result = 1;

    IS(task_join(t, &result, in_ms(1)), -ETIMEDOUT);
    IS(result, 1);
    HOLDS(!t->cancelled);
    task_cancel(t);
    IS(task_join(t, &result, FOREVER), 0);
    IS(result, -ECANCELED);
}

static int
joins(void *t)
{
    return task_join(t, NULL, FOREVER);
}

INSIDE(tasks, a_cancelled_join_does_not_cancel_the_joined_task)
{
    struct task *t = start(waits_for_ever, NULL);
    struct task *joiner = start(joins, t);

    until_it_waits(joiner);
    task_cancel(joiner);
    IS(result_of(joiner), -ECANCELED);
    HOLDS(!t->cancelled);
    IS(t->state, TASK_WAITING);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

INSIDE(tasks, a_task_cannot_join_itself)
{
    IS(task_join(task_self(), NULL, FOREVER), -EDEADLK);
    IS(task_join(task_self(), NULL, NOW), -EDEADLK);
}

INSIDE(tasks, a_second_joiner_is_sent_away_and_the_first_one_is_served)
{
    struct task *t = start(waits_for_ever, NULL);
    struct task *first = start(joins, t);

    until_it_waits(first);
    IS(task_join(t, NULL, FOREVER), -EBUSY);
    IS(task_wait_for(t, NULL, NOW), -EBUSY);
    task_cancel(t);
    IS(result_of(first), 0);
}

static int
ends_at_event(void *event)
{
    return event_wait(event, FOREVER);
}

INSIDE(tasks, a_joiner_whose_task_ends_and_who_is_then_cancelled_has_joined_it)
{
    struct event e = {0};
    struct task *t = start(ends_at_event, &e);
    struct task *joiner = start(joins, t);

    until_it_waits(joiner);
    event_set(&e);
    IS(task_yield(), 0); /* t ends and wakes the joiner, which is behind us */
    IS(joiner->state, TASK_READY);
    task_cancel(joiner);
    IS(result_of(joiner), 0);
}

INSIDE(tasks, a_joiner_that_was_cancelled_before_the_end_leaves_the_task_alone)
{
    struct task *t = start(waits_for_ever, NULL);
    struct task *joiner = start(joins, t);

    until_it_waits(joiner);
    task_cancel(joiner); /* first this, */
    task_cancel(t);      /* and t ends before the joiner runs */
    IS(result_of(joiner), -ECANCELED);
    IS(result_of(t), -ECANCELED);
}

/* --- gather --------------------------------------------------------------- */

static int
sleeps_then_returns(void *ms)
{
    IS(task_sleep(in_ms(*(int *)ms)), 0);
    return *(int *)ms;
}

INSIDE(tasks, gather_has_the_results_in_the_order_of_the_tasks)
{
    int ms[] = {20, 1, 10}, results[3];
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(sleeps_then_returns, &ms[i]);
    IS(task_gather(t, 3, results, FOREVER), 0);
    for (int i = 0; i < 3; i++) {
        IS(results[i], ms[i]);
        HOLDS(t[i] == NULL);
    }
}

INSIDE(tasks, gather_tells_the_first_failure_in_order_and_ends_all)
{
    int values[] = {1, -ENOENT, 2, -EPERM}, results[4];
    struct task *t[4];

    for (int i = 0; i < 4; i++)
        t[i] = start(returns_arg, &values[i]);
    IS(task_gather(t, 4, results, FOREVER), -ENOENT);
    for (int i = 0; i < 4; i++)
        IS(results[i], values[i]);
}

INSIDE(tasks, a_task_that_fails_does_not_cancel_those_gathered_with_it)
{
    int fails = -EIO, ms = SOON_MS, results[2];
    struct task *t[] = {start(returns_arg, &fails),
                        start(sleeps_then_returns, &ms)};

    IS(task_gather(t, 2, results, FOREVER), -EIO);
    IS(results[1], SOON_MS);
}

INSIDE(tasks, gather_that_is_too_late_leaves_only_those_that_have_not_ended)
{
    int value = 3, results[3] = {0};
    struct task *t[] = {start(returns_arg, &value), start(waits_for_ever, NULL),
                        start(returns_arg, &value)};

    IS(task_gather(t, 3, results, in_ms(1)), -ETIMEDOUT);
    HOLDS(t[0] == NULL && t[1] != NULL && t[2] == NULL);
    IS(results[0], 3);
    IS(results[2], 3);
    HOLDS(!t[1]->cancelled);
    task_cancel(t[1]);
    IS(task_gather(t, 3, results, FOREVER), -ECANCELED);
    HOLDS(t[1] == NULL);
}

static int
gathers_two(void *tasks)
{
    return task_gather(tasks, 2, NULL, FOREVER);
}

INSIDE(tasks, a_cancelled_gather_leaves_its_tasks_running)
{
    struct task *t[] = {start(waits_for_ever, NULL),
                        start(waits_for_ever, NULL)};
    struct task *gatherer = start(gathers_two, t);

    until_it_waits(gatherer);
    task_cancel(gatherer);
    IS(result_of(gatherer), -ECANCELED);
    for (int i = 0; i < 2; i++) {
        HOLDS(t[i] != NULL && !t[i]->cancelled);
        task_cancel(t[i]);
    }
    IS(task_gather(t, 2, NULL, FOREVER), -ECANCELED);
}

INSIDE(tasks, gather_of_no_task_is_done_at_once)
{
    struct task *none[2] = {NULL, NULL};

    IS(task_gather(none, 0, NULL, NOW), 0);
    IS(task_gather(none, 2, NULL, NOW), 0);
}

/* --- wait_for ------------------------------------------------------------- */

INSIDE(tasks, wait_for_hands_over_what_the_task_returned)
{
    int number = 42, result = 0;

    IS(task_wait_for(start(returns_arg, &number), &result, FOREVER), 0);
    IS(result, 42);
}

INSIDE(tasks, wait_for_cancels_a_task_that_takes_too_long_and_sees_its_end)
{
    int result = 0;

    IS(task_wait_for(start(waits_for_ever, NULL), &result, in_ms(1)),
       -ETIMEDOUT);
    IS(result, -ECANCELED);
}

INSIDE(tasks, wait_for_a_task_that_has_ended_is_in_time_even_with_NOW)
{
    int number = 42, result = 0;
    struct task *t = start(returns_arg, &number);

    until_it_has_ended(t);
    IS(task_wait_for(t, &result, NOW), 0);
    IS(result, 42);
}

INSIDE(tasks, wait_for_with_NOW_cancels_a_running_task)
{
    int result = 0;
    struct task *t = start(waits_for_ever, NULL);

    until_it_waits(t);
    IS(task_wait_for(t, &result, NOW), -ETIMEDOUT);
    IS(result, -ECANCELED);
}

static int
says_goodbye(void *said_it)
{
    int err = task_sleep(FOREVER);

    task_uncancel();
    IS(task_sleep(in_ms(SOON_MS)), 0);
    *(bool *)said_it = true;
    return err;
}

INSIDE(tasks, wait_for_waits_as_long_as_the_cancelled_task_needs_to_end)
{
    bool said_it = false;
    int result = 0;
    struct task *t = start(says_goodbye, &said_it);

    until_it_waits(t);
    IS(task_wait_for(t, &result, NOW), -ETIMEDOUT);
    HOLDS(said_it);
    IS(result, -ECANCELED);
}

static int
returns_42_all_the_same(void *nothing)
{
    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    return 42;
}

INSIDE(tasks, wait_for_says_too_late_and_has_the_result_all_the_same)
{
    int result = 0;
    struct task *t = start(returns_42_all_the_same, NULL);

    IS(task_wait_for(t, &result, in_ms(1)), -ETIMEDOUT);
    IS(result, 42);
}

static int
fails_when_cancelled(void *nothing)
{
    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    return -EIO;
}

INSIDE(tasks, wait_for_has_the_failure_of_a_task_that_fails_while_cancelled)
{
    int result = 0;
    struct task *t = start(fails_when_cancelled, NULL);

    IS(task_wait_for(t, &result, in_ms(1)), -ETIMEDOUT);
    IS(result, -EIO);
}

struct waiting {
    struct task *t;
    int64_t by;
    int result;
};

static int
waits_for_it(void *arg)
{
    struct waiting *w = arg;

    return task_wait_for(w->t, &w->result, w->by);
}

INSIDE(tasks, a_cancelled_wait_for_cancels_its_task_too)
{
    struct waiting w = {start(waits_for_ever, NULL), FOREVER, 0};
    struct task *t = start(waits_for_it, &w);

    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    IS(w.result, -ECANCELED);
}

INSIDE(tasks, a_cancelled_wait_for_with_a_deadline_cancels_its_task_too)
{
    struct waiting w = {start(waits_for_ever, NULL), in_ms(60000), 0};
    struct task *t = start(waits_for_it, &w);

    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    IS(w.result, -ECANCELED);
}

static struct event go;

static int
says_goodbye_when_it_may(void *nothing)
{
    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    task_uncancel();
    note('b');
    IS(event_wait(&go, FOREVER), 0);
    note('e');
    return 0;
}

INSIDE(tasks, wait_for_cancelled_while_it_sees_the_end_still_sees_it)
{
    struct task *child = start(says_goodbye_when_it_may, NULL);
    struct waiting w = {child, in_ms(1), -1};
    struct task *t = start(waits_for_it, &w);

    while (go.waiters.first == NULL)
        IS(task_sleep(in_ms(1)), 0);
    task_cancel(t); /* it sees the end of a task that says goodbye */
    for (int i = 0; i < ROUNDS; i++)
        IS(task_yield(), 0);
    IS(t->state, TASK_WAITING);
    event_set(&go);
    IS(result_of(t), -ETIMEDOUT);
    IS(w.result, 0);
    NOTED("be");
}

static int
waits_for_then_sleeps(void *arg)
{
    IS(waits_for_it(arg), 0);
    note('w');
    return task_sleep(FOREVER);
}

INSIDE(tasks, a_cancellation_that_comes_as_wait_for_ends_is_not_lost)
{
    struct event e = {0};
    struct waiting w = {start(ends_at_event, &e), in_ms(60000), -1};
    struct task *t = start(waits_for_then_sleeps, &w);

    until_it_waits(t);
    event_set(&e);
    IS(task_yield(), 0); /* its task ends and wakes t, which stands behind us */
    IS(t->state, TASK_READY);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    IS(w.result, 0);
    NOTED("w");
}
