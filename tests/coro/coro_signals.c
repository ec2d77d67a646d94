/* coro_signals: signals that a task waits for. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "inside.h"

static sigset_t
set_of(int a, int b)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, a);
    (void)sigaddset(&set, b);
    return set;
}

/* Blocks SIGUSR1 and SIGUSR2, as the first wait does. */
static sigset_t
both_blocked(void)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2);

    IS(signal_wait(&set, NOW), -ETIMEDOUT);
    return set;
}

static int
waits_for_signal(void *set)
{
    return signal_wait(set, FOREVER);
}

INSIDE(signals, a_signal_wakes_who_waits_for_it_with_its_number)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2);
    struct task *t = start(waits_for_signal, &set);

    until_it_waits(t);
    (void)kill(getpid(), SIGUSR2);
    IS(result_of(t), SIGUSR2);
}

INSIDE(signals, a_signal_between_two_waits_is_not_lost)
{
    sigset_t set = both_blocked();

    (void)kill(getpid(), SIGUSR1);
    IS(signal_wait(&set, NOW), SIGUSR1);
    (void)kill(getpid(), SIGUSR2);
    IS(task_sleep(in_ms(1)), 0);
    IS(signal_wait(&set, FOREVER), SIGUSR2);
    IS(signal_wait(&set, NOW), -ETIMEDOUT);
}

INSIDE(signals, two_different_signals_are_told_one_after_the_other)
{
    sigset_t set = both_blocked();
    int sum;

    (void)kill(getpid(), SIGUSR2);
    (void)kill(getpid(), SIGUSR1);
    sum = signal_wait(&set, FOREVER);
    sum += signal_wait(&set, FOREVER);
    IS(sum, SIGUSR1 + SIGUSR2);
}

INSIDE(signals, a_signal_that_nobody_asked_for_is_not_told)
{
    sigset_t first = both_blocked(), second = set_of(SIGUSR2, SIGHUP);

    (void)kill(getpid(), SIGUSR1);
    IS(signal_wait(&second, NOW), -ETIMEDOUT);
    IS(signal_wait(&first, NOW), SIGUSR1);
}

INSIDE(signals, two_tasks_wait_for_a_signal_each)
{
    sigset_t one = set_of(SIGUSR1, SIGUSR1), two = set_of(SIGUSR2, SIGUSR2);
    struct task *t = start(waits_for_signal, &one);
    struct task *u = start(waits_for_signal, &two);

    until_it_waits(u);
    (void)kill(getpid(), SIGUSR2);
    IS(result_of(u), SIGUSR2);
    IS(t->state, TASK_WAITING);
    (void)kill(getpid(), SIGUSR1);
    IS(result_of(t), SIGUSR1);
}

INSIDE(signals, of_two_tasks_that_wait_for_one_signal_one_gets_it)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR1);
    struct task *t[2] = {start(waits_for_signal, &set),
                         start(waits_for_signal, &set)};
    int first;

    until_it_waits(t[1]);
    (void)kill(getpid(), SIGUSR1);
    while (t[0]->state != TASK_ENDED && t[1]->state != TASK_ENDED)
        IS(task_sleep(in_ms(1)), 0);
    first = t[0]->state == TASK_ENDED ? 0 : 1;
    IS(result_of(t[first]), SIGUSR1);
    IS(t[1 - first]->state, TASK_WAITING);
    (void)kill(getpid(), SIGUSR1);
    IS(result_of(t[1 - first]), SIGUSR1);
}

INSIDE(signals, signals_stay_blocked_between_two_waits)
{
    sigset_t blocked, set = both_blocked();

    (void)set;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    HOLDS(sigismember(&blocked, SIGUSR1) && sigismember(&blocked, SIGUSR2));
    HOLDS(!sigismember(&blocked, SIGHUP));
}

static bool stop;

static int
yields(void *nothing)
{
    (void)nothing;
    while (!stop)
        (void)task_yield();
    return 0;
}

INSIDE(signals, a_task_that_never_waits_does_not_keep_signals_away)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR1);
    struct task *t = start(waits_for_signal, &set);
    struct task *busy = start(yields, NULL);

    until_it_waits(t);
    (void)kill(getpid(), SIGUSR1);
    IS(result_of(t), SIGUSR1);
    stop = true;
    IS(result_of(busy), 0);
}

static int handled;

static void
on_signal(int number)
{
    handled = number;
}

INSIDE(signals, a_signal_with_a_handler_interrupts_no_call)
{
    int64_t by = in_ms(20);

    (void)signal(SIGUSR2, on_signal);
    (void)kill(getpid(), SIGUSR2);
    IS(handled, SIGUSR2);
    IS(task_sleep(by), 0);
}
