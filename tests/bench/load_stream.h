/* load_stream: one connection, sent to without waiting for the answers; and
 * what the two kinds of load have in common. */
#ifndef BENCH_LOAD_STREAM_H
#define BENCH_LOAD_STREAM_H

#include "load.h"

enum { PATIENCE_MS = 10000 }; /* for a reply */

/* Sends lines of `bytes` on the non-blocking fd, at most a MiB ahead of the
 * answers, for `ms`, and waits for the rest. */
void stream_run(int fd, size_t bytes, int ms, struct slice *slice);

/* What stands at the n places from `offset` on, in lines of `bytes`. */
void pattern_fill(char *to, size_t n, size_t offset, size_t bytes);

/* CLOCK_MONOTONIC in microseconds. */
double now_us(void);

/* Ends the program with a message. */
_Noreturn void give_up(const char *why);

#endif
