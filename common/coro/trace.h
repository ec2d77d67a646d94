/* trace: private: what the loop did, as a file that a picture is made from.
 *
 * The format, Chrome's trace events, stands in tests/picture/trace.md. Times
 * are microseconds of CLOCK_MONOTONIC. Track 1 is the loop; track 10 + n is
 * task n. There is no "]" at the end: the file is whole at every moment.
 */
#ifndef CORO_TRACE_H
#define CORO_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct task;

/* Opens the file that CORO_TRACE names, if it does; closes it. */
void trace_begin(void);
void trace_end(void);
bool trace_on(void);

/* A task was made; can go on, and stands at the end of `queue` that can; goes
 * on; stops (or has ended); is told to stop for good. */
void trace_spawned(const struct task *t);
void trace_ready(const struct task *t, size_t queue);
void trace_goes_on(const struct task *t);
void trace_stops(const struct task *t);
void trace_ended(const struct task *t);
void trace_cancelled(const struct task *t);

/* The running task will stop until something is possible on this descriptor;
 * -1: it has gone on. */
void trace_waits_for(int fd);

/* The loop sleeps, and was woken with n events. */
void trace_sleeps(int timeout_ms);
void trace_woke(int n);

/* A system call begins; it has returned `result` (negative errno) for the
 * `asked` bytes at `bytes` (or NULL). A call that may wait in between has no
 * beginning. */
void trace_call_begins(void);
void trace_call(const char *name, int fd, ssize_t result, const void *bytes,
                size_t asked);

/* The loop watches this descriptor from now on; it is closed. */
void trace_watches(int fd);
void trace_closed(int fd);

#endif
