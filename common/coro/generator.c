/* generator: a function that hands out values one by one: see coro_sync.h. */
#include <errno.h>

#include "loop.h"

/* The task of a generator: it begins when the first value is asked for. */
static int
run(void *arg)
{
    struct gen *g = arg;
    int result = g->fn(g, g->arg);

    g->ended = true;
    (void)waiters_wake_first(&g->consumer);
    return result;
}

/* After the end: frees the task; what fn returned. */
static int
finish(struct gen *g)
{
    int result = task_see_end(g->task);

    *g = (struct gen){.fn = g->fn, .arg = g->arg, .ended = true};
    return result < 0 ? result : 0;
}

int
gen_next(struct gen *g, const void **item, int64_t by)
{
    int err = loop.now->cancelled ? -ECANCELED : 0;

    if (err == 0 && g->ended && g->task == NULL)
        return 0;
    if (err == 0 && g->task == NULL &&
        (g->task = task_spawn("generator", run, g)) == NULL)
        err = -ENOMEM;
    g->asked = true;
    (void)waiters_wake_first(&g->producer);
    while (err == 0 && g->item == NULL && !g->ended)
        err = task_park_in(&g->consumer, "a generator's value", by);
    if (err < 0)
        return err;
    if (g->item == NULL)
        return finish(g);
    *item = g->item;
    g->item = NULL;
    return 1;
}

int
gen_yield(struct gen *g, const void *item, int64_t by)
{
    int err = 0;

    if (loop.now->cancelled)
        return -ECANCELED;
    g->item = item;
    g->asked = false;
    (void)waiters_wake_first(&g->consumer);
    while (err == 0 && !g->asked)
        err = task_park_in(&g->producer, "the next question", by);
    return err;
}

void
gen_close(struct gen *g)
{
    if (g->task != NULL) {
        task_cancel(g->task);
        (void)finish(g);
    }
    g->ended = false;
}
