/* debug: private: what is told about a loop while it runs: reports for people,
 * and the trace. Off, it costs a branch where loop.watched is asked. */
#ifndef CORO_DEBUG_H
#define CORO_DEBUG_H

#include "task.h"

/* At the beginning and the end of a loop: reads CORO_DEBUG and CORO_TRACE,
 * catches stack overflows, and undoes that. */
void debug_begin(void);
void debug_end(void);

/* Called where the running task stops, and where it goes on. */
void debug_stops(struct task *t);
void debug_goes_on(struct task *t);

/* Called before the kernel may let the loop sleep. */
void debug_before_sleep(int timeout_ms);

/* Reports, when they are wanted: a failure that nobody joined (once), something
 * never closed; and, always, that every task waits for another one. */
void debug_lost(struct task *t);
void debug_leak(const char *what, const char *name, const char *never);
void debug_deadlock(void);

#endif
