/* coro_debug: what a loop reports about its tasks; see loop_debug() in coro.h.
 * The reports of a program that dies of them are in coro_programs.c.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"

enum {
    NEVER_MS = 600000, /* nobody holds the loop so long */
    BURN_MS = 20,
};

static int
burns(void *nothing)
{
    (void)nothing;
    burn_until(in_ms(BURN_MS));
    return 0;
}

static int
fails(void *err)
{
    return *(int *)err;
}

/* --- slow ----------------------------------------------------------------- */

INSIDE(debug, a_task_that_holds_the_loop_too_long_is_named_with_the_time)
{
    loop_debug(STDERR_FILENO, BURN_MS / 2);
    IS(result_of(start(burns, NULL)), 0);
    IS(said("slow: task burns held the loop "), 1);
    IS(said(" ms\n"), 1);
}

INSIDE(debug, each_step_counts_and_not_the_sum_of_all)
{
    loop_debug(STDERR_FILENO, NEVER_MS);
    IS(result_of(start(burns, NULL)), 0);
    IS(result_of(start(burns, NULL)), 0);
    IS(said("slow"), 0);
}

INSIDE(debug, reports_can_be_switched_off_again)
{
    int err = -EIO;

    loop_debug(STDERR_FILENO, BURN_MS / 2);
    loop_debug(-1, 0);
    IS(result_of(start(burns, NULL)), 0);
    (void)start(fails, &err);
    IS(task_sleep(in_ms(1)), 0);
    IS(said("slow"), 0);
    IS(said("lost"), 0);
}

/* --- lost ----------------------------------------------------------------- */

INSIDE(debug, a_failure_that_nobody_joins_is_told_once)
{
    int err = -ECONNREFUSED;

    loop_debug(STDERR_FILENO, NEVER_MS);
    (void)start(fails, &err);
    for (int i = 0; i < 5; i++)
        IS(task_sleep(in_ms(1)), 0);
    IS(said("lost: task fails ended ECONNREFUSED (Connection refused); nobody "
            "joined it\n"),
       1);
}

INSIDE(debug, a_failure_that_is_joined_is_not_lost)
{
    int err = -EIO;
    struct task *t;

    loop_debug(STDERR_FILENO, NEVER_MS);
    t = start(fails, &err);
    IS(result_of(t), -EIO);
    IS(task_sleep(in_ms(1)), 0);
    IS(said("lost"), 0);
}

INSIDE(debug, success_and_cancellation_are_no_failures)
{
    int fine = 3;
    struct task *t;

    loop_debug(STDERR_FILENO, NEVER_MS);
    (void)start(fails, &fine);
    t = start(waits_for_ever, NULL);
    until_it_waits(t);
    task_cancel(t);
    for (int i = 0; i < 3; i++)
        IS(task_sleep(in_ms(1)), 0);
    IS(said("lost"), 0);
}

static int
leaves_a_failure(void *err)
{
    loop_debug(STDERR_FILENO, NEVER_MS);
    (void)start(fails, err);
    return 0;
}

OUTSIDE(debug, a_failure_is_told_at_the_end_of_the_loop_at_the_latest)
{
    int err = -EIO;

    IS(loop_run(leaves_a_failure, &err), 0);
    IS(said("lost: task fails ended EIO"), 1);
}

OUTSIDE(debug, nothing_is_told_unless_it_was_asked_for)
{
    int err = -EIO;

    IS(loop_run(leaves_a_failure, &err), 0);
    loop_debug(-1, 0);
    IS(said("lost"), 1);
    IS(loop_run(fails, &err), -EIO);
    IS(said("lost"), 1);
}

/* --- leak ----------------------------------------------------------------- */

static int
serves(struct stream *peer, void *arg)
{
    (void)peer;
    (void)arg;
    return 0;
}

static struct server *left_server;
static char left_peer[ADDRESS_TEXT_SIZE];

static int
leaves_a_stream_and_a_server(void *nothing)
{
    struct ends e;
    struct address at;

    (void)nothing;
    loop_debug(STDERR_FILENO, NEVER_MS);
    ends_open(&e);
    (void)strcpy(left_peer, stream_peername(e.s));
    far_closes(&e);
    IS(address_parse(&at, "127.0.0.1", 0), 0);
    return server_start(&left_server, &at, serves, NULL);
}

OUTSIDE(debug, a_stream_and_a_server_that_nobody_closed_are_named)
{
    char line[128];

    IS(loop_run(leaves_a_stream_and_a_server, NULL), 0);
    (void)snprintf(line, sizeof line, "leak: stream to %s never wait_closed\n",
                   left_peer);
    IS(said(line), 1);
    IS(said("leak: server at 127.0.0.1:"), 1);
    IS(said(" never closed\n"), 1);
}

/* --- from the environment ------------------------------------------------- */

OUTSIDE(debug, CORO_DEBUG_asks_for_reports_with_a_limit_in_milliseconds)
{
    (void)setenv("CORO_DEBUG", "10", 1);
    IS(loop_run(burns, NULL), 0);
    IS(said("slow: task main held the loop "), 1);
    (void)setenv("CORO_DEBUG", "600000", 1);
    IS(loop_run(burns, NULL), 0);
    IS(said("slow"), 1);
}

static int
burns_long(void *nothing)
{
    (void)nothing;
    burn_until(in_ms(110));
    return 0;
}

OUTSIDE(debug, CORO_DEBUG_1_means_a_tenth_of_a_second)
{
    (void)setenv("CORO_DEBUG", "1", 1);
    IS(loop_run(burns_long, NULL), 0);
    IS(said("slow: task main held the loop "), 1);
}

OUTSIDE(debug, CORO_DEBUG_0_or_no_number_asks_for_nothing)
{
    (void)setenv("CORO_DEBUG", "0", 1);
    IS(loop_run(burns_long, NULL), 0);
    (void)setenv("CORO_DEBUG", "yes", 1);
    IS(loop_run(burns_long, NULL), 0);
    IS(said("slow"), 0);
}

/* --- SIGQUIT -------------------------------------------------------------- */

static int
joins(void *t)
{
    return task_join(t, NULL, FOREVER);
}

static int
waits_for_event(void *event)
{
    return event_wait(event, FOREVER);
}

INSIDE(debug, SIGQUIT_lists_every_task_and_what_it_waits_for)
{
    struct event e = {0};
    int fine = 0;
    struct task *sleeper, *joiner, *waiter, *ended, *ready, *marked;

    loop_debug(STDERR_FILENO, NEVER_MS);
    sleeper = task_spawn("sleeper", waits_for_ever, NULL);
    joiner = task_spawn("joiner", joins, sleeper);
    waiter = task_spawn("waiter", waits_for_event, &e);
    ended = task_spawn("ended", fails, &fine);
    HOLDS(sleeper != NULL && joiner != NULL && waiter != NULL && ended != NULL);
    until_it_waits(waiter);
    until_it_has_ended(ended);
    ready = task_spawn("ready", fails, &fine);
    marked = task_spawn("marked", waits_for_ever, NULL);
    HOLDS(ready != NULL && marked != NULL);
    task_cancel(marked);
    (void)raise(SIGQUIT);
    IS(said("tasks:\n"), 1);
    IS(said(" main: runs; from "), 1);
    IS(said(" sleeper: waits for the time; from "), 1);
    IS(said(" joiner: waits for the end of sleeper; from "), 1);
    IS(said(" waiter: waits for an event; from "), 1);
    IS(said(" ended: ended, nobody joined it; from "), 1);
    IS(said(" ready: ready; from "), 1);
    IS(said(" marked (cancelled): ready; from "), 1);
    IS(said("coro_debug.c:"), 6);
    event_set(&e);
    task_cancel(sleeper);
    IS(result_of(joiner), 0);
    IS(result_of(waiter) + result_of(ended) + result_of(ready), 0);
    IS(result_of(marked), -ECANCELED);
}

static int
sleeps_a_while(void *by)
{
    return task_sleep(*(int64_t *)by);
}

INSIDE(debug, the_list_tells_how_long_a_wait_may_still_take)
{
    int64_t by = in_ms(NEVER_MS);
    struct task *t = start(sleeps_a_while, &by);

    loop_debug(STDERR_FILENO, NEVER_MS);
    until_it_waits(t);
    (void)raise(SIGQUIT);
    IS(said(": waits for the time, "), 1);
    IS(said(" ms left; from "), 1);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

static int
asks_for_reports(void *nothing)
{
    struct sigaction now;

    (void)nothing;
    loop_debug(STDERR_FILENO, NEVER_MS);
    IS(sigaction(SIGQUIT, NULL, &now), 0);
    HOLDS(now.sa_handler != SIG_DFL);
    return 0;
}

OUTSIDE(debug, SIGQUIT_and_SIGSEGV_are_as_before_when_the_loop_has_ended)
{
    struct sigaction before, after;

    for (int i = 0; i < 2; i++) {
        int signals[] = {SIGQUIT, SIGSEGV};

        IS(sigaction(signals[i], NULL, &before), 0);
        IS(loop_run(asks_for_reports, NULL), 0);
        IS(sigaction(signals[i], NULL, &after), 0);
        HOLDS(before.sa_handler == after.sa_handler);
    }
}

OUTSIDE(debug, the_alternate_signal_stack_is_as_before_when_the_loop_has_ended)
{
    stack_t before, after;
    int fine = 0;

    IS(sigaltstack(NULL, &before), 0);
    IS(loop_run(fails, &fine), 0);
    IS(sigaltstack(NULL, &after), 0);
    IS(before.ss_flags, after.ss_flags);
    HOLDS(before.ss_sp == after.ss_sp);
}

/* --- deadlock ------------------------------------------------------------- */

struct two {
    struct task *a, *b;
};

static int
joins_b(void *two)
{
    return task_join(((struct two *)two)->b, NULL, FOREVER);
}

static int
joins_a(void *two)
{
    return task_join(((struct two *)two)->a, NULL, FOREVER);
}

static int
makes_a_ring(void *nothing)
{
    struct two two;
    struct event never = {0};

    (void)nothing;
    two.a = task_spawn("a", joins_b, &two);
    two.b = task_spawn("b", joins_a, &two);
    HOLDS(two.a != NULL && two.b != NULL);
    IS(event_wait(&never, FOREVER), -ECANCELED);
    return 7;
}

OUTSIDE(debug, tasks_that_all_wait_for_each_other_are_listed_and_cancelled)
{
    struct holdings before = holdings_now();

    IS(loop_run(makes_a_ring, NULL), -EDEADLK);
    IS(said("deadlock: every task waits for another one\n"), 1);
    IS(said(" a: waits for the end of b; from "), 1);
    IS(said(" b: waits for the end of a; from "), 1);
    IS(said(" main: waits for an event; from "), 1);
    expect_given_back(&before);
}

static int
waits_for_nobody(void *nothing)
{
    struct event never = {0};

    (void)nothing;
    IS(event_wait(&never, FOREVER), -ECANCELED);
    return 7;
}

OUTSIDE(debug, an_event_that_nobody_can_set_is_a_deadlock)
{
    int fine = 5;

    IS(loop_run(waits_for_nobody, NULL), -EDEADLK);
    IS(said("deadlock"), 1);
    IS(said(" main: waits for an event; from "), 1);
    IS(loop_run(fails, &fine), 5); /* and is forgotten afterwards */
    IS(loop_run(waits_for_nobody, NULL), -EDEADLK);
    IS(said("deadlock"), 2);
}

static sigset_t
one_signal(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    return set;
}

static int
blocks_shortly(void *nothing)
{
    (void)nothing;
    return poll(NULL, 0, 1);
}

static int
says_hello(struct stream *peer, void *arg)
{
    (void)arg;
    return stream_write(peer, "hello\n", 6);
}

/* Uses everything that waits for the kernel, gives up in the middle of some of
 * it, and then waits for nobody. */
static int
waits_for_much_and_then_for_nobody(void *nothing)
{
    sigset_t set = one_signal();
    struct ends e;
    struct address at;
    struct server *server;
    struct stream *s;
    const char *line;
    char byte;

    (void)nothing;
    IS(signal_wait(&set, in_ms(1)), -ETIMEDOUT);
    IS(offload(blocks_shortly, NULL, NULL, NULL, FOREVER), 0);
    IS(offload(blocks_shortly, NULL, NULL, NULL, NOW), -ETIMEDOUT);
    ends_open(&e);
    IS(stream_read(e.s, &byte, 1, in_ms(1)), -ETIMEDOUT);
    ends_close(&e);
    ends_open_small(&e);
    fill_up(&e, 100000);
    IS(stream_drain(e.s, in_ms(1)), -ETIMEDOUT);
    IS(stream_wait_closed(e.s, in_ms(1)), -ETIMEDOUT);
    far_closes(&e);
    ends_open_small(&e);
    fill_up(&e, 100000);
    far_resets(&e);
    HOLDS(stream_wait_closed(e.s, FOREVER) < 0);
    ends_open_small(&e);
    fill_up(&e, 100000);
    far_takes(&e, 100000);
    ends_close(&e);
    IS(address_parse(&at, "127.0.0.1", 0), 0);
    IS(server_start(&server, &at, says_hello, NULL), 0);
    IS(stream_open(&s, "localhost", strchr(server_address(server), ':') + 1,
                   FOREVER),
       0);
    READS(stream_read_line(s, &line, 100, FOREVER), line, "hello\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
    IS(said("deadlock"), 0);
    return waits_for_nobody(NULL);
}

OUTSIDE(debug, a_deadlock_is_seen_also_after_waits_for_the_kernel)
{
    IS(loop_run(waits_for_much_and_then_for_nobody, NULL), -EDEADLK);
    IS(said("deadlock"), 1);
}

static int
says_goodbye(void *done)
{
    struct event never = {0};

    IS(event_wait(&never, FOREVER), -ECANCELED);
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0);
    *(bool *)done = true;
    return 0;
}

static int
starts_and_waits(void *done)
{
    struct task *t = start(says_goodbye, done);

    IS(task_join(t, NULL, FOREVER), -ECANCELED);
    task_uncancel(); /* or the end of main cancels t once more */
    return task_join(t, NULL, FOREVER);
}

OUTSIDE(debug, tasks_in_a_deadlock_may_still_clean_up)
{
    bool done = false;

    IS(loop_run(starts_and_waits, &done), -EDEADLK);
    HOLDS(done);
}
