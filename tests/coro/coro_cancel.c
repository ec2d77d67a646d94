/* coro_cancel: what a cancelled task is told, and when. */
#include "inside.h"

enum {
    SOON_MS = 5,
};

/* --- cancel --------------------------------------------------------------- */

static int
tries_three_times(void *nothing)
{
    struct event never = {0};

    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    IS(task_sleep(in_ms(1)), -ECANCELED);
    IS(event_wait(&never, FOREVER), -ECANCELED);
    IS(task_yield(), -ECANCELED);
    return 5;
}

INSIDE(cancel, a_cancelled_task_is_told_so_again_and_again)
{
    struct task *t = start(tries_three_times, NULL);

    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), 5);
}

static int
uncancels_itself(void *nothing)
{
    (void)nothing;
    IS(task_sleep(FOREVER), -ECANCELED);
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0);
    IS(task_yield(), 0);
    return task_sleep(FOREVER);
}

INSIDE(cancel, a_task_that_uncancels_can_suspend_and_be_cancelled_again)
{
    struct task *t = start(uncancels_itself, NULL);

    until_it_waits(t);
    task_cancel(t);
    until_it_waits(t); /* for the millisecond or for ever */
    while (t->by != FOREVER || t->state != TASK_WAITING)
        IS(task_sleep(in_ms(1)), 0);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

INSIDE(cancel, a_task_cancelled_before_it_began_runs_and_finds_itself_cancelled)
{
    struct task *t = start(tries_three_times, NULL);

    task_cancel(t);
    IS(result_of(t), 5);
}

INSIDE(cancel, a_task_that_does_not_suspend_any_more_ends_in_spite_of_a_cancel)
{
    int number = 42;
    struct task *t = start(returns_arg, &number);

    task_cancel(t);
    IS(result_of(t), 42);
}

INSIDE(cancel, a_task_that_has_ended_ignores_a_cancel)
{
    int number = 42;
    struct task *t = start(returns_arg, &number);

    until_it_has_ended(t);
    task_cancel(t);
    IS(result_of(t), 42);
}

static int
uncancels_when_woken(void *event)
{
    IS(event_wait(event, FOREVER), 0);
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0);
    return 42;
}

INSIDE(cancel, a_task_woken_and_then_cancelled_can_uncancel_before_it_notices)
{
    struct event e = {0};
    struct task *t = start(uncancels_when_woken, &e);

    until_it_waits(t);
    event_set(&e);
    task_cancel(t);
    IS(result_of(t), 42);
}

static int
cancels_itself(void *nothing)
{
    (void)nothing;
    task_cancel(task_self());
    note('a');
    IS(task_sleep(FOREVER), -ECANCELED);
    note('b');
    return -ECANCELED;
}

INSIDE(cancel, a_task_that_cancels_itself_notices_when_it_suspends)
{
    IS(result_of(start(cancels_itself, NULL)), -ECANCELED);
    NOTED("ab");
}

INSIDE(cancel, main_can_be_cancelled_and_uncancel_itself)
{
    task_cancel(task_self());
    IS(task_sleep(FOREVER), -ECANCELED);
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0);
}

INSIDE(cancel, a_second_cancel_changes_nothing)
{
    struct task *t = start(waits_for_ever, NULL);

    until_it_waits(t);
    task_cancel(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

INSIDE(cancel, a_task_between_two_yields_can_be_cancelled)
{
    struct task *t = start(tries_three_times, NULL);

    task_cancel(t);
    IS(task_yield(), 0);
    IS(result_of(t), 5);
}

static int
waits_until(void *by)
{
    struct event never = {0};

    return event_wait(&never, *(int64_t *)by);
}

INSIDE(cancel, cancel_beats_a_deadline_that_has_passed_and_was_not_looked_at)
{
    int64_t by = in_ms(SOON_MS);
    struct task *t = start(waits_until, &by);

    until_it_waits(t);
    burn_until(by);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

struct pair {
    int64_t by;
    struct task *other;
};

static int
cancels_other_at(void *arg)
{
    struct pair *p = arg;

    IS(task_sleep(p->by), 0);
    task_cancel(p->other);
    return 0;
}

INSIDE(cancel, cancel_beats_a_deadline_that_has_woken_the_task_already)
{
    struct pair p = {in_ms(SOON_MS), NULL};
    struct task *first = start(cancels_other_at, &p);
    struct task *second = start(waits_until, &p.by);

    /* Both are woken in one turn, in the order of their waiting. */
    p.other = second;
    until_it_waits(second);
    burn_until(p.by);
    IS(result_of(first), 0);
    IS(result_of(second), -ECANCELED);
}

INSIDE(cancel, a_call_that_is_both_cancelled_and_too_late_says_cancelled)
{
    struct event never = {0};

    task_cancel(task_self());
    IS(event_wait(&never, NOW), -ECANCELED);
    task_uncancel();
    IS(event_wait(&never, NOW), -ETIMEDOUT);
}

static int
takes_then_sleeps(void *permits)
{
    IS(permit_take(permits, FOREVER), 0);
    note('t');
    return task_sleep(FOREVER);
}

INSIDE(cancel, a_task_woken_with_a_permit_and_then_cancelled_has_the_permit)
{
    struct permits p = {0};
    struct task *t = start(takes_then_sleeps, &p);

    until_it_waits(t);
    permit_give(&p);
    task_cancel(t); /* it is ready, and has not run yet */
    IS(result_of(t), -ECANCELED);
    NOTED("t");
    IS(p.left, 0);
}

static int
gets_then_sleeps(void *queue)
{
    void *item;

    IS(queue_get(queue, &item, FOREVER), 0);
    note(*(char *)item);
    return task_sleep(FOREVER);
}

INSIDE(cancel, a_task_woken_with_an_item_and_then_cancelled_has_the_item)
{
    void *slot[1];
    struct queue q = {.slots = slot, .capacity = 1};
    struct task *t = start(gets_then_sleeps, &q);

    until_it_waits(t);
    IS(queue_put(&q, "i", NOW), 0);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    NOTED("i");
    IS(q.length, 0);
}

static int
takes(void *permits)
{
    return permit_take(permits, FOREVER);
}

INSIDE(cancel, a_task_that_was_cancelled_gets_no_permit_given_afterwards)
{
    struct permits p = {0};
    struct task *t = start(takes, &p);
    struct task *u = start(takes, &p);

    until_it_waits(u);
    task_cancel(t);
    permit_give(&p); /* for u, who is now the first in the line */
    IS(result_of(t), -ECANCELED);
    IS(result_of(u), 0);
    IS(p.left, 0);
}
