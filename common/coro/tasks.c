/* tasks: to spawn, join and cancel: see coro.h and task.h. */
#include <errno.h>
#include <string.h>

#include "debug.h"
#include "loop.h"
#include "stacks.h"
#include "timers.h"
#include "trace.h"

enum { FIRST_ROOM = 64 };

static struct task *oldest, *youngest; /* all that have not been freed */
static size_t count, room; /* how many there are, and may be so far */
static unsigned births;
static struct task *dead;      /* detached ones that have ended, by `behind` */
static struct waiters endings; /* who waits for any end */

struct task *
task_self(void)
{
    return loop.now;
}

const char *
task_name(const struct task *t)
{
    return t->name;
}

struct task *
tasks_all(void)
{
    return oldest;
}

/* --- life ---------------------------------------------------------------- */

static void
task_free(struct task *t)
{
    *(t->older != NULL ? &t->older->younger : &oldest) = t->younger;
    *(t->younger != NULL ? &t->younger->older : &youngest) = t->older;
    count--;
    timer_forget(t);
    context_forget(&t->context);
    stack_give(t->stack); /* t itself lies there */
}

void
tasks_bury(void)
{
    struct task *t = dead;

    dead = NULL;
    while (t != NULL) {
        struct task *next = t->behind;

        if (t == loop.now) { /* it has called us, still on its stack */
            t->behind = NULL;
            dead = t;
        } else {
            task_free(t);
        }
        t = next;
    }
}

/* Where each task begins, on its own stack. */
static void *
task_begin(void)
{
    struct task *me = loop.now;

    context_started(&me->context);
    if (loop.watched)
        debug_goes_on(me);
    me->result = me->fn(me->arg);
    me->state = TASK_ENDED;
    if (loop.watched)
        trace_ended(me);
    if (me->joiner != NULL)
        task_wake(me->joiner, 0);
    while (waiters_wake_first(&endings))
        continue;
    if (me->detached) {
        me->behind = dead;
        dead = me;
    }
    return loop_leave();
}

/* So that a task can always become ready, and can always have a timer: places
 * for all there are, one more, and the root. */
static int
make_room(void)
{
    size_t more = room > 0 ? room * 2 : FIRST_ROOM;

    if (ready_reserve(more) < 0 || timers_reserve(more) < 0)
        return -ENOMEM;
    room = more;
    return 0;
}

struct task *
task_spawn_at(const char *name, task_fn *fn, void *arg, const char *where)
{
    struct task *t;
    char *low, *top;

    if ((count + 2 > room && make_room() < 0) || (low = stack_take()) == NULL)
        return NULL;
    top = stack_top(low);
    top -= (sizeof *t + 63) / 64 * 64;
    t = (struct task *)(void *)top;
    memset(t, 0, offsetof(struct task, context));
    if (memccpy(t->name, name, '\0', sizeof t->name) == NULL)
        t->name[sizeof t->name - 1] = '\0';
    t->fn = fn;
    t->arg = arg;
    t->by = FOREVER;
    t->stack = low;
    t->where = where;
    t->number = ++births;
    t->older = youngest;
    *(youngest != NULL ? &youngest->younger : &oldest) = t;
    youngest = t;
    count++;
    context_make(&t->context, low, (size_t)(top - low), task_begin);
    if (loop.watched)
        trace_spawned(t);
    ready_push(t);
    return t;
}

struct task *
task_spawn_detached(const char *name, task_fn *fn, void *arg, const char *where)
{
    struct task *t = task_spawn_at(name, fn, arg, where);

    if (t != NULL)
        t->detached = true;
    return t;
}

void
task_trim_stack(void)
{
    if (loop.now != &loop.root)
        stack_trim(loop.now->stack, __builtin_frame_address(0));
}

/* --- to wait for an end -------------------------------------------------- */

int
task_join(struct task *t, int *result, int64_t by)
{
    struct task *me = loop.now;

    if (t == me)
        return -EDEADLK;
    if (t->joiner != NULL)
        return -EBUSY;
    if (me->cancelled)
        return -ECANCELED;
    if (t->state != TASK_ENDED) {
        int err;

        t->joiner = me;
        err = task_park("the end of a task", by);
        t->joiner = NULL;
        if (t->state != TASK_ENDED || err == -ECANCELED)
            return err;
    }
    if (result != NULL)
        *result = t->result;
    task_free(t);
    return 0;
}

int
task_see_end(struct task *t)
{
    struct task *me = loop.now;
    bool cancelled = me->cancelled;
    int result = 0;

    do {
        cancelled = cancelled || me->cancelled;
        me->cancelled = false;
    } while (task_join(t, &result, FOREVER) == -ECANCELED);
    me->cancelled = cancelled;
    return result;
}

int
task_wait_for(struct task *t, int *result, int64_t by)
{
    int err = task_join(t, result, by), last;

    if (err != -ETIMEDOUT && err != -ECANCELED)
        return err;
    task_cancel(t);
    last = task_see_end(t);
    if (result != NULL)
        *result = last;
    return err;
}

int
task_gather(struct task *t[], size_t n, int result[], int64_t by)
{
    int first = 0, given_up = 0;

    for (size_t i = 0; i < n; i++) {
        int value = 0, err;

        if (t[i] == NULL)
            continue;
        err = task_join(t[i], &value, given_up < 0 ? NOW : by);
        if (err < 0) {
            given_up = given_up < 0 ? given_up : err;
            continue;
        }
        t[i] = NULL;
        if (result != NULL)
            result[i] = value;
        if (first == 0 && value < 0)
            first = value;
    }
    return given_up < 0 ? given_up : first;
}

/* --- to stop ------------------------------------------------------------- */

void
task_cancel(struct task *t)
{
    if (t->state == TASK_ENDED)
        return;
    t->cancelled = true;
    if (loop.watched)
        trace_cancelled(t);
    task_wake(t, -ECANCELED);
}

void
task_uncancel(void)
{
    loop.now->cancelled = false;
}

int
task_sleep(int64_t by)
{
    int err;

    if (by <= NOW)
        return task_yield();
    err = task_park("the time", by);
    return err == -ETIMEDOUT ? 0 : err;
}

/* How many others have not ended; cancels those that were not told so yet. */
static int
stop_others(void)
{
    int others = 0;

    for (struct task *t = oldest; t != NULL; t = t->younger) {
        if (t == loop.now || t->state == TASK_ENDED)
            continue;
        others++;
        if (!t->told_to_stop)
            task_cancel(t);
        t->told_to_stop = true;
    }
    return others;
}

int
loop_shutdown(int64_t by)
{
    int others;

    while ((others = stop_others()) > 0)
        if (task_park_in(&endings, "the end of all others", by) < 0)
            break;
    return others;
}

void
tasks_end(void)
{
    tasks_bury();
    while (oldest != NULL) {
        debug_lost(oldest);
        task_free(oldest);
    }
    births = 0;
    room = 0;
}
