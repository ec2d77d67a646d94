/* coro_sync: meeting points for the tasks of one loop. The rules are those of
 * coro.h. All bytes zero is a valid start for each struct (the fields named
 * "yours" are for you to set first); the others are for reading only. Whoever
 * waits is served first come, first served. No struct may go away while a task
 * waits at it.
 */
#ifndef CORO_SYNC_H
#define CORO_SYNC_H

#include <stdbool.h>

#include "coro.h"

struct waiters {
    struct task *first, *last;
};

/* --- event --------------------------------------------------------------- */

struct event {
    struct waiters waiters;
    bool set;
};

/* Wakes all who wait; it stays set until event_clear(). Never suspends. */
void event_set(struct event *e);
void event_clear(struct event *e);

/* 0 once the event is set. */
CORO_CHECKED int event_wait(struct event *e, int64_t by);

/* --- permits: a semaphore, with left = 1 a lock -------------------------- */

struct permits {
    struct waiters waiters;
    int left; /* yours: how many there are */
};

/* Takes one permit: 0. */
CORO_CHECKED int permit_take(struct permits *p, int64_t by);

/* Gives one back, or hands it to who waits longest. Never suspends. */
void permit_give(struct permits *p);

/* --- queue --------------------------------------------------------------- */

struct queue {
    struct waiters getters, putters;
    void **slots; /* yours: an array of `capacity` pointers */
    size_t capacity, head, length;
};

/* Hands an item over: 0; waits while the queue is full. */
CORO_CHECKED int queue_put(struct queue *q, void *item, int64_t by);

/* Receives the oldest item: 0; waits while the queue is empty. */
CORO_CHECKED int queue_get(struct queue *q, void **item, int64_t by);

/* --- generator ----------------------------------------------------------- */

struct gen {
    int (*fn)(struct gen *g, void *arg); /* yours */
    void *arg;                           /* yours */
    struct task *task;
    struct waiters consumer, producer;
    const void *item;
    bool asked, ended;
};

/* 1: *item is lent until the next call. 0: the end. < 0: what fn failed with,
 * or why the wait was given up (fn goes on at the next call). */
CORO_CHECKED int gen_next(struct gen *g, const void **item, int64_t by);

/* Inside fn: lends item to the consumer, and waits until it asks again. */
CORO_CHECKED int gen_yield(struct gen *g, const void *item, int64_t by);

/* Cancels fn where it waits, runs its clean-up to the end, frees its stack.
 * After the end too; g is then ready to start again. */
void gen_close(struct gen *g);

#endif
