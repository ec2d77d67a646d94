/* coro_time: deadlines, in which order they are met, and who runs when. */
#include "inside.h"
#include "loop.h"
#include "timers.h"

enum {
    SLEEPERS = 500,
    ROUNDS = 100,
    SOON_MS = 5, /* three moments one after the other */
    LATER_MS = 20,
    LAST_MS = 30,
};

/* --- time ----------------------------------------------------------------- */

INSIDE(time, a_sleep_never_ends_early)
{
    for (int ms = 0; ms < 20; ms++) {
        int64_t begin_ns = now_ns();

        IS(task_sleep(in_ms(ms)), 0);
        HOLDS(now_ns() - begin_ns >= ms * INT64_C(1000000));
    }
}

INSIDE(time, a_sleep_until_now_or_the_past_lets_others_run_once)
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

INSIDE(time, in_ms_of_a_very_long_time_is_forever)
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

INSIDE(time, sleepers_wake_in_the_order_of_their_deadlines)
{
    expect_order(shuffled, false);
}

INSIDE(time, sleepers_with_one_deadline_wake_in_the_order_of_their_waiting)
{
    expect_order(all_the_same, false);
}

INSIDE(time, deadlines_that_pass_while_nobody_looks_are_kept_in_order)
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

INSIDE(time, deadlines_are_kept_in_order_while_others_never_wait)
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

INSIDE(time, an_earlier_deadline_that_was_not_needed_does_not_cost_the_place)
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

INSIDE(time, an_earlier_deadline_that_was_not_needed_does_not_win_a_place)
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

INSIDE(time, a_deadline_that_was_met_does_not_shorten_a_later_wait)
{
    struct event e = {.set = true}, never = {0};
    int64_t later = in_ms(LATER_MS);

    for (int i = 0; i < 10; i++)
        IS(event_wait(&e, in_ms(1)), 0);
    IS(event_wait(&never, in_ms(1)), -ETIMEDOUT);
    IS(task_sleep(later), 0);
    HOLDS(clock_ms() >= later);
}

static int
waits_far(void *arg)
{
    struct early *w = arg;

    IS(task_sleep(w->by), 0);
    note(w->letter);
    return 0;
}

/* More than the 4 seconds that the timers' wheel reaches, by a clock that we
 * turn ourselves. */
INSIDE(time, deadlines_far_away_are_kept_too_and_in_order)
{
    enum { AWAY_MS = 100000 };
    struct early w[3];
    struct task *t[3];

    for (int i = 0; i < 3; i++) {
        w[i] = (struct early){.by = in_ms((int64_t)AWAY_MS * (3 - i)),
                              .letter = "cba"[i]};
        t[i] = start(waits_far, &w[i]);
        until_it_waits(t[i]);
    }
    for (int i = 2; i >= 0; i--) {
        timers_expire(w[i].by - 1);
        IS(t[i]->state, TASK_WAITING);
        timers_expire(w[i].by);
        IS(t[i]->state, TASK_READY);
    }
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abc");
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

INSIDE(time, tasks_that_yield_take_turns)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(yields_and_notes, &"abc"[i]);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abcabcabcabc");
}

INSIDE(time, a_yield_with_nobody_else_ready_returns)
{
    for (int i = 0; i < ROUNDS; i++)
        IS(task_yield(), 0);
}

INSIDE(time, tasks_that_never_wait_do_not_keep_a_sleeper_asleep)
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

INSIDE(time, a_task_may_wait_for_a_task_that_waits_for_a_task)
{
    int depth = 1000;

    IS(result_of(start(spawns_next, &depth)), 0);
    IS(depth, 0);
}
