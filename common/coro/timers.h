/* timers: which task's time comes first.
 *
 * A heap of four children per node, in an array. A task has at most one entry,
 * which may be too early, but never too late: a task that waits again with a
 * later deadline (as a server does for each line) leaves its entry alone, and
 * one that has stopped waiting does too. When such an entry's time comes it is
 * put in again where it belongs, or dropped. So the usual wait costs nothing.
 */
#ifndef CORO_TIMERS_H
#define CORO_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

/* Room for `n` entries: 0, or -ENOMEM. */
int timers_reserve(size_t n);

/* Has t's `by` looked at no later than that. It needs room for it. */
void timer_set(struct task *t);

/* Takes t's entry out, if it has one. */
void timer_forget(struct task *t);

/* The earliest entry's time; FOREVER without one. */
int64_t timers_next(void);

/* Wakes, with -ETIMEDOUT, every task whose `by` has come at `now`; those with
 * the same `by` in the order of their waiting. */
void timers_expire(int64_t now);

/* Frees the array. */
void timers_end(void);

#endif
