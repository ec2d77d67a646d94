/* timers: see timers.h. */
#include "timers.h"

#include <errno.h>
#include <stdlib.h>

#include "loop.h"

enum {
    SLOTS = 4096, /* a power of two */
    /* Those that are beyond reach are looked at together: an idle process wakes
     * up for them every three or four seconds, and not a thousand times. */
    TOGETHER_MS = 1024,
};

/* Entries refer to each other by their places in an array, counted from 1; 0 is
 * none. (They could be fields of the task. But then to walk along a chain would
 * be to wait for the memory of each task before the next one is known.) */
struct entry {
    struct task *task;
    int64_t when;
    unsigned before, behind;
};

static struct entry *entries;
static size_t room;    /* how many there may be */
static unsigned used;  /* how many have been in use */
static unsigned spare; /* the first that is no more; `behind` leads on */
static size_t count;   /* how many are in use */

/* No entry is for a time before `start`, nor SLOTS ms after it or later. */
static struct slot {
    unsigned first, last;
} slots[SLOTS];
static int64_t start;
static int64_t soonest; /* no entry is for an earlier time */

int
timers_reserve(size_t n)
{
    struct entry *more;

    if (n <= room)
        return 0;
    more = realloc(entries, (n + 1) * sizeof *entries);
    if (more == NULL)
        return -ENOMEM;
    entries = more;
    room = n;
    return 0;
}

static struct slot *
slot_of(int64_t when)
{
    return &slots[(size_t)when % SLOTS];
}

/* When to look at one whose time is `by`. */
static int64_t
time_to_look(int64_t by)
{
    if (by < start)
        return start;
    if (by - start < SLOTS)
        return by;
    return (start + SLOTS - 1) / TOGETHER_MS * TOGETHER_MS;
}

static void
put(struct task *t, int64_t when)
{
    struct slot *slot = slot_of(when);
    unsigned place = spare;

    if (place != 0)
        spare = entries[place].behind;
    else
        place = ++used;
    entries[place] = (struct entry){t, when, slot->last, 0};
    *(slot->last != 0 ? &entries[slot->last].behind : &slot->first) = place;
    slot->last = place;
    t->timer = place;
    if (count++ == 0 || when < soonest)
        soonest = when;
}

void
timer_set(struct task *t)
{
    int64_t when;

    if (count == 0)
        start = clock_ms();
    when = time_to_look(t->by);
    if (t->timer != 0 && entries[t->timer].when == when)
        return;
    timer_forget(t);
    put(t, when);
}

void
timer_forget(struct task *t)
{
    struct entry *entry;
    struct slot *slot;

    if (t->timer == 0)
        return;
    entry = &entries[t->timer];
    slot = slot_of(entry->when);
    *(entry->before != 0 ? &entries[entry->before].behind : &slot->first) =
        entry->behind;
    *(entry->behind != 0 ? &entries[entry->behind].before : &slot->last) =
        entry->before;
    entry->behind = spare;
    spare = t->timer;
    t->timer = 0;
    count--;
}

int64_t
timers_next(void)
{
    if (count == 0)
        return FOREVER;
    while (slot_of(soonest)->first == 0)
        soonest++;
    return soonest;
}

/* The time of t's entry has come. */
static void
look_at(struct task *t, int64_t when)
{
    timer_forget(t);
    if (t->state != TASK_WAITING || t->by == FOREVER)
        return;
    if (t->by > when)
        put(t, time_to_look(t->by));
    else
        task_wake(t, -ETIMEDOUT);
}

void
timers_expire(int64_t now)
{
    while (timers_next() <= now) {
        struct slot *slot = slot_of(soonest);

        start = soonest;
        /* All at once, which takes a third of one after the other. */
        for (unsigned i = slot->first; i != 0; i = entries[i].behind)
            __builtin_prefetch(entries[i].task);
        while (slot->first != 0)
            look_at(entries[slot->first].task, start);
    }
    start = now;
}

void
timers_end(void)
{
    free(entries);
    entries = NULL;
    room = count = 0;
    used = spare = 0;
}
