/* loop: who runs next, and what happens when nobody can: see loop.h.
 *
 * There is no task that is "the loop". Whoever has to wait takes the next task
 * from the ready queue and switches to it; if none is ready, it asks the kernel
 * itself, on its own stack, who is (turn()). If that is the asker, nothing has
 * to be switched.
 */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "debug.h"
#include "offload.h"
#include "server.h"
#include "stacks.h"
#include "stream.h"
#include "timers.h"
#include "trace.h"
#include "watch.h"

enum {
    EVENTS = 256,           /* taken from the kernel in one call */
    LEAST_SWITCHES = 64,    /* before the kernel is asked again */
    AHEAD = 8,              /* tasks from now: whose memory to fetch */
    CALLS_PER_TURN = 16,    /* of a task that never has to wait */
    SPIN_MOST_US = 1000000, /* that one can ask for from outside */
};

struct loop loop = {.epoll = -1};

/* --- the ready queue: a ring, whose size is a power of two --------------- */

static struct task **ring;
static size_t ring_size, ring_head, ring_tail;

int
ready_reserve(size_t n)
{
    size_t size = ring_size > 0 ? ring_size : 64;
    struct task **larger;

    if (n <= ring_size)
        return 0;
    while (size < n)
        size *= 2;
    larger = malloc(size * sizeof(struct task *));
    if (larger == NULL)
        return -ENOMEM;
    for (size_t i = ring_head; i != ring_tail; i++)
        larger[i & (size - 1)] = ring[i & (ring_size - 1)];
    free(ring);
    ring = larger;
    ring_size = size;
    return 0;
}

void
ready_push(struct task *t)
{
    t->state = TASK_READY;
    ring[ring_tail++ & (ring_size - 1)] = t;
    if (loop.watched)
        trace_ready(t, ring_tail - ring_head);
}

/* --- one turn: ask the kernel, look at the clock ------------------------- */

int
loop_stack(size_t bytes)
{
    return stacks_size(bytes); /* -EBUSY: a running loop has stacks */
}

void
loop_spin(int us)
{
    loop.spin_us = us;
}

/* What epoll_wait says; before it may sleep, it is asked for spin_us. */
static int
ask_kernel(struct epoll_event *events, int timeout_ms)
{
    if (timeout_ms != 0 && loop.spin_us > 0) {
        int64_t end = clock_us() + loop.spin_us;

        do {
            int n = epoll_wait(loop.epoll, events, EVENTS, 0);

            if (n > 0)
                return n;
        } while (clock_us() < end);
    }
    return epoll_wait(loop.epoll, events, EVENTS, timeout_ms);
}

/* Nothing outside can wake anybody any more. */
static void
report_deadlock(void)
{
    if (!loop.deadlocked)
        debug_deadlock();
    loop.deadlocked = true;
    for (struct task *t = tasks_all(); t != NULL; t = t->younger)
        task_cancel(t);
}

/* How long the kernel may let us sleep; -1 is for ever. */
static int
sleep_ms(void)
{
    int64_t next = timers_next(), left;

    if (ring_head != ring_tail)
        return 0;
    if (next == FOREVER)
        return -1;
    left = next - clock_ms();
    return left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/* Not inlined: who takes the next task need not save the registers for it. */
__attribute__((noinline)) static void
turn(void)
{
    static struct epoll_event events[EVENTS];
    int timeout_ms = sleep_ms(), n = 0;

    tasks_bury();
    if (timeout_ms == -1 && loop.outside == 0) {
        report_deadlock();
    } else if (timeout_ms != 0 || loop.outside > 0) {
        if (loop.watched)
            debug_before_sleep(timeout_ms);
        n = ask_kernel(events, timeout_ms);
        if (loop.watched)
            trace_woke(n);
    }
    for (int i = 0; i < n; i++) /* n < 0: a signal; nothing has come */
        watch_event(events[i].data.ptr, events[i].events);
    if (timers_next() != FOREVER)
        timers_expire(clock_ms());
    /* Who becomes ready from here on stands behind those who are. So all of
     * them may run, and asking earlier would make nobody run earlier. */
    loop.turns_left = LEAST_SWITCHES;
    if (ring_tail - ring_head > LEAST_SWITCHES)
        loop.turns_left = (int)(ring_tail - ring_head);
}

/* --- to stop and go on --------------------------------------------------- */

/* Takes the next task from the ready queue; has the memory of a later one
 * brought to the cache meanwhile (10,000 tasks in turn: half of the time). */
static struct task *
next_ready(void)
{
    struct task *next;

    while (ring_head == ring_tail || loop.turns_left <= 0)
        turn();
    loop.turns_left--;
    next = ring[ring_head++ & (ring_size - 1)];
    next->state = TASK_RUNNING;
    loop.now = next;
    if (ring_tail - ring_head > AHEAD) {
        const char *later =
            (const char *)ring[(ring_head + AHEAD) & (ring_size - 1)];

        __builtin_prefetch(later);
        __builtin_prefetch(later - 128); /* the top of its stack ... */
        __builtin_prefetch(later - 192); /* ... if it waits in a few calls */
    }
    return next;
}

/* Not inlined: the processor foretells the end of a function from the place it
 * was called from, and every task has stopped at the one in here. */
__attribute__((noinline)) static void
run_others(void)
{
    struct task *me = loop.now, *next;

    if (loop.watched)
        debug_stops(me);
    next = next_ready();
    if (next != me)
        context_switch(&me->context, &next->context);
    loop.calls_left = CALLS_PER_TURN;
    if (loop.watched)
        debug_goes_on(me);
}

void *
loop_leave(void)
{
    struct task *me = loop.now;

    if (loop.watched)
        debug_stops(me);
    return context_leave(&me->context, &next_ready()->context);
}

int
task_park(const char *why, int64_t by)
{
    struct task *me = loop.now;

    if (me->cancelled)
        return -ECANCELED;
    if (by <= NOW)
        return -ETIMEDOUT;
    me->state = TASK_WAITING;
    me->waits_for = why;
    me->by = by;
    if (by != FOREVER)
        timer_set(me);
    run_others();
    return me->cancelled && me->woken < 0 ? -ECANCELED : me->woken;
}

int
task_park_in(struct waiters *line, const char *why, int64_t by)
{
    struct task *me = loop.now;

    if (me->cancelled)
        return -ECANCELED;
    if (by <= NOW)
        return -ETIMEDOUT;
    me->line = line;
    me->before = line->last;
    me->behind = NULL;
    *(line->last != NULL ? &line->last->behind : &line->first) = me;
    line->last = me;
    return task_park(why, by);
}

static void
leave_line(struct task *t)
{
    struct waiters *line = t->line;

    *(t->before != NULL ? &t->before->behind : &line->first) = t->behind;
    *(t->behind != NULL ? &t->behind->before : &line->last) = t->before;
    t->line = NULL;
}

void
task_wake(struct task *t, int woken)
{
    if (t->state != TASK_WAITING)
        return;
    if (t->line != NULL)
        leave_line(t);
    t->woken = woken;
    ready_push(t);
}

bool
waiters_wake_first(struct waiters *line)
{
    if (line->first == NULL)
        return false;
    task_wake(line->first, 0);
    return true;
}

int
task_yield(void)
{
    struct task *me = loop.now;

    ready_push(me);
    run_others();
    return me->cancelled ? -ECANCELED : 0;
}

int
loop_breathe(void)
{
    return --loop.calls_left > 0 ? 0 : task_yield();
}

/* --- run ----------------------------------------------------------------- */

static int
loop_begin(void)
{
    int err = loop.epoll < 0 ? context_supported() : -EBUSY;
    const char *spin = getenv("CORO_SPIN_US");
    long us = spin != NULL ? strtol(spin, NULL, 10) : 0;

    if (err < 0)
        return err;
    if (us > 0)
        loop_spin(us < SPIN_MOST_US ? (int)us : SPIN_MOST_US);
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop.epoll < 0)
        return -errno;
    loop.root = (struct task){
        .state = TASK_RUNNING, .name = "loop", .by = FOREVER, .where = ""};
    context_root(&loop.root.context);
    loop.now = &loop.root;
    loop.deadlocked = false;
    loop.turns_left = LEAST_SWITCHES;
    loop.calls_left = CALLS_PER_TURN;
    debug_begin();
    return 0;
}

static void
loop_end(void)
{
    offload_end();
    servers_end();
    streams_end();
    tasks_end();
    timers_end();
    stacks_end();
    debug_end();
    free(ring);
    ring = NULL;
    ring_size = ring_head = ring_tail = 0;
    (void)close(loop.epoll);
    loop.epoll = -1;
    loop.now = NULL;
}

int
loop_run(task_fn *main, void *arg)
{
    struct task *first;
    int result = -ENOMEM, err = loop_begin();

    if (err < 0)
        return err;
    /* The root joins too, and so needs a place in the ready queue. */
    first = ready_reserve(1) < 0 ? NULL : task_spawn("main", main, arg);
    if (first != NULL && task_join(first, &result, FOREVER) == 0 &&
        loop_shutdown(FOREVER) == 0 && loop.deadlocked)
        result = -EDEADLK;
    loop_end();
    return result;
}
