/* sync: event, permits, queue: see coro_sync.h.
 *
 * What is given goes straight to who waits longest, before anybody else can
 * take it; so nobody has to ask twice, and nobody starves.
 */
#include <errno.h>

#include "loop.h"

/* --- event --------------------------------------------------------------- */

void
event_set(struct event *e)
{
    e->set = true;
    while (waiters_wake_first(&e->waiters))
        continue;
}

void
event_clear(struct event *e)
{
    e->set = false;
}

int
event_wait(struct event *e, int64_t by)
{
    if (e->set)
        return loop.now->cancelled ? -ECANCELED : 0;
    return task_park_in(&e->waiters, "an event", by);
}

/* --- permits ------------------------------------------------------------- */

int
permit_take(struct permits *p, int64_t by)
{
    if (loop.now->cancelled)
        return -ECANCELED;
    if (p->left == 0)
        return task_park_in(&p->waiters, "a permit", by);
    p->left--;
    return 0;
}

void
permit_give(struct permits *p)
{
    if (!waiters_wake_first(&p->waiters))
        p->left++;
}

/* --- queue --------------------------------------------------------------- */

/* A task that waits at a queue has, in `item`, what it hands over, or gets. */
static void
append(struct queue *q, void *item)
{
    q->slots[(q->head + q->length++) % q->capacity] = item;
}

int
queue_put(struct queue *q, void *item, int64_t by)
{
    struct task *me = loop.now, *getter = q->getters.first;

    if (me->cancelled)
        return -ECANCELED;
    if (getter != NULL) {
        getter->item = item;
        task_wake(getter, 0);
    } else if (q->length < q->capacity) {
        append(q, item);
    } else {
        me->item = item; /* whoever gets next moves it into the queue */
        return task_park_in(&q->putters, "room in a queue", by);
    }
    return 0;
}

int
queue_get(struct queue *q, void **item, int64_t by)
{
    struct task *me = loop.now, *putter;
    int err;

    if (me->cancelled)
        return -ECANCELED;
    if (q->length == 0) {
        err = task_park_in(&q->getters, "an item in a queue", by);
        if (err == 0)
            *item = me->item;
        return err;
    }
    *item = q->slots[q->head];
    q->head = (q->head + 1) % q->capacity;
    q->length--;
    putter = q->putters.first;
    if (putter != NULL) {
        append(q, putter->item);
        task_wake(putter, 0);
    }
    return 0;
}
