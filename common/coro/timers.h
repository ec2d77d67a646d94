/* timers: which task's time comes first.
 *
 * A wheel: a slot for each of the next few thousand milliseconds, and in it a
 * chain of tasks. A task stands in at most one. One that has stopped waiting
 * stays until the slot's time comes; then it is dropped. Whose time is beyond
 * the wheel's reach stands near its end, to be looked at again; so a task that
 * waits for 30 seconds again and again (as a server does for each line) has to
 * be moved once a second at most, and the usual wait costs nothing.
 */
#ifndef CORO_TIMERS_H
#define CORO_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct task;

/* Room for `n` tasks: 0, or -ENOMEM. */
int timers_reserve(size_t n);

/* Has t's `by` looked at no later than that. It needs room for t. */
void timer_set(struct task *t);

/* Takes t out, if it is among them. */
void timer_forget(struct task *t);

/* When to look next; FOREVER if nobody's time is awaited. */
int64_t timers_next(void);

/* Wakes, with -ETIMEDOUT, every task whose `by` has come at `now`, the earliest
 * first; those with the same `by` in the order of their waiting, unless it was
 * for longer than the wheel reaches. */
void timers_expire(int64_t now);

/* Frees the memory. */
void timers_end(void);

#endif
