/* trace: private: what the loop did, as a file that a picture is made from.
 *
 * Chrome's trace event format, the array form: "[" and one event a line, each
 * ended by a comma (the closing "]" may be missing, says the format). Times are
 * microseconds of CLOCK_MONOTONIC. Track 1 is the loop; track 10 + n is task n.
 * Source of the format: "Trace Event Format", the Chromium project.
 */
#ifndef CORO_TRACE_H
#define CORO_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

struct task;

/* Opens the file that CORO_TRACE names, if it does; closes it. */
void trace_begin(void);
void trace_end(void);
bool trace_on(void);

/* A task was made, goes on, stops (or has ended); the loop sleeps, and was
 * woken with n events; a system call returned at once with `result`. */
void trace_spawned(const struct task *t);
void trace_goes_on(const struct task *t);
void trace_stops(const struct task *t);
void trace_ended(const struct task *t);
void trace_sleeps(int timeout_ms);
void trace_woke(int n);
void trace_call(const char *name, int fd, ssize_t result);

#endif
