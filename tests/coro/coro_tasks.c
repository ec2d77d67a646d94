/* coro_tasks: to spawn, join, gather and cancel tasks, and who runs when. */
#include <string.h>

#include "inside.h"
#include "loop.h"

enum {
    SLEEPERS = 500,
    ROUNDS = 100,
    SOON_MS = 5, /* three moments one after the other */
    LATER_MS = 20,
    LAST_MS = 30,
};

/* --- spawn ---------------------------------------------------------------- */

static int
notes_letter(void *letter)
{
    note(*(char *)letter);
    return 0;
}

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

INSIDE(tasks, a_cancelled_task_is_told_so_again_and_again)
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

INSIDE(tasks, a_task_that_uncancels_can_suspend_and_be_cancelled_again)
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

INSIDE(tasks, a_task_cancelled_before_it_began_runs_and_finds_itself_cancelled)
{
    struct task *t = start(tries_three_times, NULL);

    task_cancel(t);
    IS(result_of(t), 5);
}

INSIDE(tasks, a_task_that_does_not_suspend_any_more_ends_in_spite_of_a_cancel)
{
    int number = 42;
    struct task *t = start(returns_arg, &number);

    task_cancel(t);
    IS(result_of(t), 42);
}

INSIDE(tasks, a_task_that_has_ended_ignores_a_cancel)
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

INSIDE(tasks, a_task_woken_and_then_cancelled_can_uncancel_before_it_notices)
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

INSIDE(tasks, a_task_that_cancels_itself_notices_when_it_suspends)
{
    IS(result_of(start(cancels_itself, NULL)), -ECANCELED);
    NOTED("ab");
}

INSIDE(tasks, main_can_be_cancelled_and_uncancel_itself)
{
    task_cancel(task_self());
    IS(task_sleep(FOREVER), -ECANCELED);
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0);
}

INSIDE(tasks, a_second_cancel_changes_nothing)
{
    struct task *t = start(waits_for_ever, NULL);

    until_it_waits(t);
    task_cancel(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

INSIDE(tasks, a_task_between_two_yields_can_be_cancelled)
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

INSIDE(tasks, cancel_beats_a_deadline_that_has_passed_and_was_not_looked_at)
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

INSIDE(tasks, cancel_beats_a_deadline_that_has_woken_the_task_already)
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

INSIDE(tasks, a_call_that_is_both_cancelled_and_too_late_says_cancelled)
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

INSIDE(tasks, a_task_woken_with_a_permit_and_then_cancelled_has_the_permit)
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

INSIDE(tasks, a_task_woken_with_an_item_and_then_cancelled_has_the_item)
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

INSIDE(tasks, a_task_that_was_cancelled_gets_no_permit_given_afterwards)
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

/* --- time ----------------------------------------------------------------- */

INSIDE(tasks, a_sleep_never_ends_early)
{
    for (int ms = 0; ms < 20; ms++) {
        int64_t begin_ns = now_ns();

        IS(task_sleep(in_ms(ms)), 0);
        HOLDS(now_ns() - begin_ns >= ms * INT64_C(1000000));
    }
}

INSIDE(tasks, a_sleep_until_now_or_the_past_lets_others_run_once)
{
    struct task *t = start(notes_letter, "t");
    struct task *u;

    IS(task_sleep(NOW), 0);
    NOTED("t");
    u = start(notes_letter, "u");
    IS(task_sleep(in_ms(-1000)), 0);
    NOTED("tu");
    IS(result_of(t) + result_of(u), 0);
}

INSIDE(tasks, in_ms_of_a_very_long_time_is_forever)
{
    HOLDS(in_ms(INT64_MAX) == FOREVER);
    HOLDS(in_ms(INT64_MAX - 1) == FOREVER);
    HOLDS(in_ms(1000) < FOREVER);
    HOLDS(in_ms(-1) > NOW);
}

struct sleeper {
    int64_t by;
    int number;
};

static int finished[SLEEPERS], finished_count;
static bool late; /* somebody went to sleep after its deadline */

static int
sleeps_and_tells(void *arg)
{
    struct sleeper *s = arg;

    late = late || clock_ms() >= s->by;
    IS(task_sleep(s->by), 0);
    finished[finished_count++] = s->number;
    return 0;
}

/* Sleepers with deadlines so many milliseconds apart wake in the order of the
 * deadlines, also when (`burn`) nobody looks at the clock until all have
 * passed.
 */
static void
expect_order(int (*offset)(int number), bool burn)
{
    struct sleeper sleepers[SLEEPERS];
    struct task *t[SLEEPERS];

    late = true;
    for (int ms = 20; late; ms *= 2) { /* on a busy machine it takes longer */
        int64_t begin = in_ms(ms);

        late = false;
        finished_count = 0;
        for (int i = 0; i < SLEEPERS; i++) {
            sleepers[i] = (struct sleeper){begin + offset(i), i};
            t[i] = start(sleeps_and_tells, &sleepers[i]);
        }
        if (burn) {
            until_it_waits(t[SLEEPERS - 1]);
            burn_until(begin + SLEEPERS / 8);
        }
        IS(task_gather(t, SLEEPERS, NULL, FOREVER), 0);
    }
    for (int i = 1; i < SLEEPERS; i++) {
        struct sleeper a = sleepers[finished[i - 1]], b = sleepers[finished[i]];

        HOLDS(a.by < b.by || (a.by == b.by && a.number < b.number));
    }
}

static int
shuffled(int number)
{
    return number * 37 % SLEEPERS / 8;
}

static int
all_the_same(int number)
{
    (void)number;
    return 0;
}

INSIDE(tasks, sleepers_wake_in_the_order_of_their_deadlines)
{
    expect_order(shuffled, false);
}

INSIDE(tasks, sleepers_with_one_deadline_wake_in_the_order_of_their_waiting)
{
    expect_order(all_the_same, false);
}

INSIDE(tasks, deadlines_that_pass_while_nobody_looks_are_kept_in_order)
{
    expect_order(shuffled, true);
}

static bool stop_yielding;

static int
yields(void *nothing)
{
    (void)nothing;
    while (!stop_yielding)
        (void)task_yield();
    return 0;
}

INSIDE(tasks, deadlines_are_kept_in_order_while_others_never_wait)
{
    struct task *busy[50];

    for (int i = 0; i < 50; i++)
        busy[i] = start(yields, NULL);
    expect_order(shuffled, false);
    stop_yielding = true;
    IS(task_gather(busy, 50, NULL, FOREVER), 0);
}

struct early {
    struct event e;
    int64_t by;
    char letter;
};

static int
waits_twice(void *arg)
{
    struct early *w = arg;

    if (w->letter == 'a')
        IS(event_wait(&w->e, in_ms(SOON_MS)), 0);
    IS(task_sleep(w->by), 0);
    note(w->letter);
    return 0;
}

INSIDE(tasks, an_earlier_deadline_that_was_not_needed_does_not_cost_the_place)
{
    struct early a = {.by = in_ms(LATER_MS), .letter = 'a'};
    struct early b = {.by = a.by, .letter = 'b'};
    struct task *t[2] = {start(waits_twice, &a), NULL};

    until_it_waits(t[0]);
    event_set(&a.e);
    while (t[0]->by != a.by || t[0]->state != TASK_WAITING)
        IS(task_yield(), 0);
    t[1] = start(waits_twice, &b);
    until_it_waits(t[1]);
    IS(task_gather(t, 2, NULL, FOREVER), 0);
    NOTED("ab");
}

INSIDE(tasks, an_earlier_deadline_that_was_not_needed_does_not_win_a_place)
{
    struct early a = {.by = in_ms(LAST_MS), .letter = 'a'};
    struct early b = {.by = in_ms(LATER_MS), .letter = 'b'};
    struct task *t[2] = {start(waits_twice, &a), NULL};

    until_it_waits(t[0]);
    event_set(&a.e);
    while (t[0]->by != a.by || t[0]->state != TASK_WAITING)
        IS(task_yield(), 0);
    t[1] = start(waits_twice, &b);
    until_it_waits(t[1]);
    burn_until(a.by); /* nobody looks until all deadlines have passed */
    IS(task_gather(t, 2, NULL, FOREVER), 0);
    NOTED("ba");
}

INSIDE(tasks, a_deadline_that_was_met_does_not_shorten_a_later_wait)
{
    struct event e = {.set = true}, never = {0};
    int64_t later = in_ms(LATER_MS);

    for (int i = 0; i < 10; i++)
        IS(event_wait(&e, in_ms(1)), 0);
    IS(event_wait(&never, in_ms(1)), -ETIMEDOUT);
    IS(task_sleep(later), 0);
    HOLDS(clock_ms() >= later);
}

/* --- fairness ------------------------------------------------------------- */

static int
yields_and_notes(void *letter)
{
    for (int i = 0; i < 4; i++) {
        note(*(char *)letter);
        IS(task_yield(), 0);
    }
    return 0;
}

INSIDE(tasks, tasks_that_yield_take_turns)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(yields_and_notes, &"abc"[i]);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abcabcabcabc");
}

INSIDE(tasks, a_yield_with_nobody_else_ready_returns)
{
    for (int i = 0; i < ROUNDS; i++)
        IS(task_yield(), 0);
}

INSIDE(tasks, tasks_that_never_wait_do_not_keep_a_sleeper_asleep)
{
    struct task *busy[3];

    for (int i = 0; i < 3; i++)
        busy[i] = start(yields, NULL);
    IS(task_sleep(in_ms(SOON_MS)), 0);
    stop_yielding = true;
    IS(task_gather(busy, 3, NULL, FOREVER), 0);
}

static int
spawns_next(void *left)
{
    int *n = left;

    return --*n == 0 ? 0 : result_of(start(spawns_next, n));
}

INSIDE(tasks, a_task_may_wait_for_a_task_that_waits_for_a_task)
{
    int depth = 1000;

    IS(result_of(start(spawns_next, &depth)), 0);
    IS(depth, 0);
}

/* --- shutdown ------------------------------------------------------------- */

INSIDE(tasks, shutdown_cancels_all_others_and_sees_them_end)
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

INSIDE(tasks, shutdown_with_nobody_left_is_done_at_once)
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

INSIDE(tasks, shutdown_counts_those_that_outlive_its_deadline)
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

INSIDE(tasks, shutdown_tells_a_task_once_and_lets_it_say_goodbye)
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

INSIDE(tasks, shutdown_also_cancels_what_is_spawned_meanwhile)
{
    struct task *child = NULL;
    struct task *t = start(spawns_when_cancelled, &child);

    until_it_waits(t);
    IS(loop_shutdown(FOREVER), 0);
    IS(result_of(t), 0);
    IS(result_of(child), -ECANCELED);
}

/* --- a whole loop --------------------------------------------------------- */

OUTSIDE(tasks, a_loop_returns_what_its_first_task_returned)
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

OUTSIDE(tasks, a_loop_cancels_and_frees_what_its_first_task_leaves_behind)
{
    struct holdings before = holdings_now();
    struct task *t;

    IS(loop_run(leaves_a_task, &t), 3);
    expect_given_back(&before);
}

OUTSIDE(tasks, a_loop_can_run_many_times_in_one_process)
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

OUTSIDE(tasks, a_loop_in_a_loop_is_refused)
{
    int number = 7;

    IS(loop_run(runs_a_loop, &number), -EBUSY);
    IS(loop_run(returns_arg, &number), 7);
}

OUTSIDE(tasks, time_and_words_can_be_asked_for_without_a_loop)
{
    HOLDS(in_ms(0) > 0);
    HOLDS(strncmp(err_text(-ECONNRESET), "ECONNRESET (", 12) == 0);
}

OUTSIDE(tasks, every_code_has_words_and_four_stay_readable)
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
