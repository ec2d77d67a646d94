/* timers: see timers.h. */
#include "timers.h"

#include <errno.h>
#include <stdlib.h>

#include "task.h"

enum { CHILDREN = 4 };

struct entry {
    int64_t when;
    uint64_t number; /* of two with the same time, who came first */
    struct task *task;
};

static struct entry *heap;
static size_t count, room;
static uint64_t numbers;

int
timers_reserve(size_t n)
{
    struct entry *more;

    if (n <= room)
        return 0;
    more = realloc(heap, n * sizeof *heap);
    if (more == NULL)
        return -ENOMEM;
    heap = more;
    room = n;
    return 0;
}

static bool
earlier(const struct entry *a, const struct entry *b)
{
    return a->when < b->when || (a->when == b->when && a->number < b->number);
}

/* Task fields count places from 1, so that 0 means none. */
static void
put(size_t place, struct entry entry)
{
    heap[place] = entry;
    entry.task->timer = place + 1;
}

static void
move_up(size_t place, struct entry entry)
{
    while (place > 0 && earlier(&entry, &heap[(place - 1) / CHILDREN])) {
        put(place, heap[(place - 1) / CHILDREN]);
        place = (place - 1) / CHILDREN;
    }
    put(place, entry);
}

static void
move_down(size_t place, struct entry entry)
{
    for (;;) {
        size_t child = place * CHILDREN + 1, least = child;

        for (size_t i = child + 1; i < child + CHILDREN && i < count; i++)
            if (earlier(&heap[i], &heap[least]))
                least = i;
        if (child >= count || earlier(&entry, &heap[least]))
            break;
        put(place, heap[least]);
        place = least;
    }
    put(place, entry);
}

void
timer_set(struct task *t)
{
    struct entry entry = {t->by, numbers++, t};

    t->wait_number = entry.number;
    if (t->timer == 0)
        move_up(count++, entry);
    else if (t->by < heap[t->timer - 1].when)
        move_up(t->timer - 1, entry);
}

void
timer_forget(struct task *t)
{
    size_t place = t->timer;
    struct entry last;

    if (place-- == 0)
        return;
    t->timer = 0;
    last = heap[--count];
    if (last.task == t)
        return;
    if (place > 0 && earlier(&last, &heap[(place - 1) / CHILDREN]))
        move_up(place, last);
    else
        move_down(place, last);
}

int64_t
timers_next(void)
{
    return count > 0 ? heap[0].when : FOREVER;
}

void
timers_expire(int64_t now)
{
    while (count > 0 && heap[0].when <= now) {
        struct task *t = heap[0].task;
        struct entry real = {t->by, t->wait_number, t};

        if (t->state == TASK_WAITING && t->by != FOREVER &&
            earlier(&heap[0], &real)) {
            move_down(0, real); /* it was left from an earlier wait */
            continue;
        }
        timer_forget(t);
        if (t->state == TASK_WAITING && t->by <= now)
            task_wake(t, -ETIMEDOUT);
    }
}

void
timers_end(void)
{
    free(heap);
    heap = NULL;
    count = room = 0;
}
