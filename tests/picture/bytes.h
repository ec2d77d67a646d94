/* bytes: what has arrived, was read, was written, has departed, at each moment
 * of a trace: for the rules, and for the numbers in a picture. */
#ifndef PICTURE_BYTES_H
#define PICTURE_BYTES_H

#include "event.h"

enum { CONNECTIONS_MOST = 4096 };

/* Of one connection, so far. */
struct flow {
    int64_t arrived, read, written, departed;
};

/* A moment in which one of the four grows. */
struct moment {
    int64_t ts_ns; /* a read counts from its end, the rest from its beginning */
    int kind;      /* the order of what happens in one moment */
    int conn;
    int64_t bytes;
    const struct event *event;
};

/* All of them in the order of time, `*count` many. The caller frees them. */
struct moment *bytes_moments(const struct trace *trace, size_t *count);

/* Adds a moment's bytes to the flow of its connection. */
void bytes_count(struct flow *flow, const struct moment *moment);

/* Calls `wrong` for each place where bytes come from nowhere, or where a sum or
 * a counter in the trace is not what the events say. */
void bytes_check(const struct trace *trace,
                 void (*wrong)(void *context, const struct event *event,
                               const char *what),
                 void *context);

#endif
