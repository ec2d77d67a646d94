/* event: a trace in memory: read from a file, made, written to one.
 *
 * What an event is, and what the fields mean, stands in trace.md. Times are
 * nanoseconds here, so that they can be compared; in a file they are
 * microseconds with three decimals.
 */
#ifndef PICTURE_EVENT_H
#define PICTURE_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    WIRE = 100,         /* the pid that stands for the wire */
    FIRST_TASK = 10,    /* task n is track 10 + n */
    FIRST_THREAD = 1000 /* the n-th further thread is track 1000 + n */
};

struct event {
    char phase; /* as `ph`: 'M', 'X', ... */
    int64_t ts_ns, dur_ns;
    int pid, tid;
    long seq;
    char *name;   /* owned; "" where there is none */
    json_t *args; /* owned; an object, never NULL */
    int line;     /* in the file that it was read from */
};

struct trace {
    struct event *events; /* owned, in the order of the file */
    size_t count, room;
    bool closed; /* its file had the closing bracket */
};

/* Reads the trace `path`. 0; or -1, when one line on stderr has said which line
 * is wrong and why. A last line that was not finished is left out. */
int trace_read(struct trace *trace, const char *path);

/* Appends an event without args; it is the trace's, valid until the next one
 * is appended. */
struct event *trace_add(struct trace *trace, char phase, int64_t ts_ns, int pid,
                        int tid, const char *name);

/* Moves the events of another trace to the end of this one. */
void trace_move(struct trace *trace, struct trace *from);

/* Brings the events into the order of their times (those of one moment stay as
 * they are) and numbers them. */
void trace_sort(struct trace *trace);

/* Writes all of it, closed. 0, or -1 with errno set. */
int trace_write(const struct trace *trace, FILE *file);

void trace_free(struct trace *trace);

/* What stands in `args`: a number, or `otherwise`; a text, or "". */
int64_t event_number(const struct event *e, const char *key, int64_t otherwise);
const char *event_text(const struct event *e, const char *key);
bool event_has(const struct event *e, const char *key);

/* Puts something there. */
void event_set_number(struct event *e, const char *key, int64_t value);
void event_set_text(struct event *e, const char *key, const char *value);

/* True for an `X` whose result counts as bytes that the program has read from,
 * or written to, a connection. */
bool event_reads(const struct event *e);
bool event_writes(const struct event *e);

#endif
