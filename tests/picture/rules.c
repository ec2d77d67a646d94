/* rules: see rules.h. The numbers are those of trace.md. */
#include "rules.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum {
    TRACKS_MOST = 4096, /* processes times threads that one trace may have */
    DEPTH_MOST = 16,
    SCHEMA = 1,
    NEVER_ENDED = 0, /* the end of a slice that is open */
};

/* One track: the slices that are open on it, outermost first. */
struct track {
    int pid, tid, depth;
    int64_t ends_ns[DEPTH_MOST]; /* of an `X`; NEVER_ENDED for a `B` */
};

struct rules {
    const struct trace *trace;
    const char *path;
    FILE *out;
    int complaints;
    struct track *tracks;
    int track_count;
    int running;    /* the task that runs; 0: none */
    bool root_seen; /* the loop's first B needs no `ready` */
    int *queue;     /* of ready tasks; at most one each event */
    size_t head, tail;
};

__attribute__((format(printf, 3, 4))) static void
complain(struct rules *r, const struct event *e, const char *format, ...)
{
    va_list values;

    if (r->complaints++ >= COMPLAINTS_MOST)
        return;
    (void)fprintf(r->out, "%s:%d: ", r->path, e != NULL ? e->line : 0);
    va_start(values, format);
    (void)vfprintf(r->out, format, values);
    va_end(values);
    (void)fputc('\n', r->out);
}

/* --- 1 and 2: fields, order ---------------------------------------------- */

static void
check_header(struct rules *r, const struct event *e)
{
    if (e->phase != 'M' || strcmp(e->name, "process_name") != 0 || e->pid != 1)
        complain(r, e, "the first event is not the header");
    else if (event_number(e, "schema", 0) != SCHEMA)
        complain(r, e, "a schema that is not known here: it is not %d", SCHEMA);
    else if (!json_is_number(json_object_get(e->args, "wall_us")))
        complain(r, e, "the header does not tell the time of day");
}

static void
check_order(struct rules *r, size_t i)
{
    const struct event *e = &r->trace->events[i];

    if (e->seq != (long)i + 1)
        complain(r, e, "seq is %ld where %zu should be", e->seq, i + 1);
    if (i > 0 && e->ts_ns < e[-1].ts_ns)
        complain(r, e, "time goes back by %lld ns",
                 (long long)(e[-1].ts_ns - e->ts_ns));
    if (e->pid < 1 || e->tid < 1)
        complain(r, e, "pid and tid count from 1");
    if (e->pid == WIRE && strchr("MibeC", e->phase) == NULL)
        complain(r, e, "nothing on the wire takes time");
}

/* --- 3: nesting ---------------------------------------------------------- */

static struct track *
track_of(struct rules *r, const struct event *e)
{
    for (int i = 0; i < r->track_count; i++)
        if (r->tracks[i].pid == e->pid && r->tracks[i].tid == e->tid)
            return &r->tracks[i];
    if (r->track_count == TRACKS_MOST)
        return NULL;
    r->tracks[r->track_count] = (struct track){.pid = e->pid, .tid = e->tid};
    return &r->tracks[r->track_count++];
}

/* Takes the calls away that had ended by then. */
static void
let_calls_end(struct track *track, int64_t now_ns)
{
    while (track->depth > 0 &&
           track->ends_ns[track->depth - 1] != NEVER_ENDED &&
           track->ends_ns[track->depth - 1] <= now_ns)
        track->depth--;
}

static void
check_nesting(struct rules *r, const struct event *e)
{
    struct track *track;
    int64_t end_ns = e->phase == 'X' ? e->ts_ns + e->dur_ns : NEVER_ENDED;

    if (strchr("XBE", e->phase) == NULL)
        return;
    track = track_of(r, e);
    if (track == NULL || track->depth == DEPTH_MOST) {
        complain(r, e, "too many tracks, or too deep");
        return;
    }
    let_calls_end(track, e->ts_ns);
    if (e->phase == 'E') {
        if (track->depth == 0)
            complain(r, e, "an E without a B on track %d", e->tid);
        else if (track->ends_ns[--track->depth] != NEVER_ENDED)
            complain(r, e, "a call is not over when what is around it ends");
        return;
    }
    if (track->depth > 0 && track->ends_ns[track->depth - 1] != NEVER_ENDED &&
        end_ns > track->ends_ns[track->depth - 1])
        complain(r, e, "it begins within a call and ends after it");
    if (e->phase == 'B' || e->dur_ns > 0)
        track->ends_ns[track->depth++] = end_ns;
}

static void
check_open_tracks(struct rules *r)
{
    const struct event *last = &r->trace->events[r->trace->count - 1];

    for (int i = 0; r->trace->closed && i < r->track_count; i++) {
        struct track *track = &r->tracks[i];

        let_calls_end(track, INT64_MAX);
        if (track->depth > 0)
            complain(r, last, "a B on track %d of process %d has no E",
                     track->tid, track->pid);
    }
}

/* --- 5: tasks ------------------------------------------------------------ */

static bool
is_task(const struct event *e)
{
    return e->pid == 1 && e->tid > FIRST_TASK && e->tid < FIRST_THREAD;
}

static void
check_start(struct rules *r, const struct event *e)
{
    if (r->running != 0)
        complain(r, e, "it runs while track %d does", r->running);
    r->running = e->tid;
    if (!is_task(e) && !r->root_seen) {
        r->root_seen = true;
        return;
    }
    if (r->head == r->tail || r->queue[r->head] != e->tid)
        complain(r, e, "it runs, and is not the first that is ready");
    if (r->head < r->tail)
        r->head++;
}

static void
check_tasks(struct rules *r, const struct event *e)
{
    bool waits = strcmp(e->name, "epoll_wait") == 0;

    if (e->pid != 1)
        return;
    if (e->phase == 'i' && strcmp(e->name, "ready") == 0) {
        r->queue[r->tail++] = e->tid;
        if (event_number(e, "queue", -1) != (int64_t)(r->tail - r->head))
            complain(r, e, "%zu are ready, not as many as it says",
                     r->tail - r->head);
    } else if (e->phase == 'B' && (is_task(e) || !waits)) {
        check_start(r, e);
    } else if (e->phase == 'E' && e->tid == r->running) {
        r->running = 0;
    } else if (strchr("BX", e->phase) != NULL && waits &&
               event_number(e, "timeout_ms", 0) != 0 && r->head != r->tail) {
        complain(r, e, "the loop sleeps, and a task is ready");
    }
}

/* --- 4: connections ------------------------------------------------------ */

static void
check_connections(struct rules *r)
{
    for (size_t i = 0; i < r->trace->count; i++) {
        const struct event *b = &r->trace->events[i];
        int ends = 0;

        if (b->phase != 'b' && b->phase != 'e')
            continue;
        for (size_t k = 0; k < r->trace->count; k++) {
            const struct event *other = &r->trace->events[k];

            if (other->tid == b->tid && other != b &&
                (other->phase == 'b' || other->phase == 'e'))
                ends += other->phase != b->phase && (k > i) == (b->phase == 'b')
                            ? 1
                            : 2;
        }
        if (ends != 1 && (r->trace->closed || ends != 0 || b->phase == 'e'))
            complain(r, b, "connection %d does not begin once and end once",
                     b->tid);
    }
}

/* --- all of them --------------------------------------------------------- */

/* What bytes.h finds, as a complaint. */
static void
complain_of_bytes(void *context, const struct event *e, const char *what)
{
    complain(context, e, "%s", what);
}

int
rules_check(const struct trace *trace, const char *path, FILE *out)
{
    struct rules r = {.trace = trace, .path = path, .out = out};

    r.tracks = calloc(TRACKS_MOST, sizeof *r.tracks);
    r.queue = calloc(trace->count + 1, sizeof *r.queue);
    if (r.tracks == NULL || r.queue == NULL)
        abort();
    check_header(&r, &trace->events[0]);
    for (size_t i = 0; i < trace->count; i++) {
        check_order(&r, i);
        check_nesting(&r, &trace->events[i]);
        check_tasks(&r, &trace->events[i]);
    }
    check_open_tracks(&r);
    check_connections(&r);
    bytes_check(trace, complain_of_bytes, &r);
    free(r.tracks);
    free(r.queue);
    return r.complaints;
}
