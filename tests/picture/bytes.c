/* bytes: see bytes.h. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

/* In one moment bytes arrive before they are read, and are written before they
 * leave. */
enum { ARRIVED, READ, WRITTEN, DEPARTED, KINDS };

static bool
make_moment(struct moment *out, const struct event *e)
{
    int64_t bytes = event_number(e, "bytes", 0) - event_number(e, "again", 0);
    bool to_program = strcmp(event_text(e, "to"), "program") == 0;

    *out = (struct moment){.ts_ns = e->ts_ns,
                           .kind = to_program ? ARRIVED : DEPARTED,
                           .conn = e->tid,
                           .bytes = bytes,
                           .event = e};
    if (strcmp(e->name, "unseen") == 0)
        out->kind = WRITTEN;
    if (e->phase == 'i' && e->pid == WIRE)
        return bytes > 0;
    out->conn = (int)event_number(e, "conn", 0);
    out->bytes = event_number(e, "result", 0);
    if (out->conn <= 0 || out->conn >= CONNECTIONS_MOST)
        return false;
    if (event_reads(e)) {
        out->kind = READ;
        out->ts_ns += e->dur_ns;
        return true;
    }
    out->kind = WRITTEN;
    return event_writes(e);
}

static int
by_time(const void *a, const void *b)
{
    const struct moment *one = a, *other = b;

    if (one->ts_ns != other->ts_ns)
        return one->ts_ns < other->ts_ns ? -1 : 1;
    if (one->kind != other->kind)
        return one->kind - other->kind;
    return (one->event > other->event) - (one->event < other->event);
}

struct moment *
bytes_moments(const struct trace *trace, size_t *count)
{
    struct moment *moments = calloc(trace->count + 1, sizeof *moments);

    if (moments == NULL)
        abort();
    *count = 0;
    for (size_t i = 0; i < trace->count; i++)
        if (make_moment(&moments[*count], &trace->events[i]))
            ++*count;
    if (*count > 0)
        qsort(moments, *count, sizeof *moments, by_time);
    return moments;
}

void
bytes_count(struct flow *flow, const struct moment *moment)
{
    int64_t *sums[KINDS] = {&flow->arrived, &flow->read, &flow->written,
                            &flow->departed};

    *sums[moment->kind] += moment->bytes;
}

/* --- the rules ----------------------------------------------------------- */

struct check {
    struct flow flows[CONNECTIONS_MOST];
    bool known[CONNECTIONS_MOST]; /* its packets are in the trace */
    bool writes;                  /* and calls that write to any of them */
    void (*wrong)(void *context, const struct event *event, const char *what);
    void *context;
};

static void
check_moment(struct check *check, const struct moment *moment)
{
    struct flow *flow = &check->flows[moment->conn];

    bytes_count(flow, moment);
    if (!check->known[moment->conn])
        return;
    if (flow->read > flow->arrived)
        check->wrong(check->context, moment->event,
                     "more is read than had arrived");
    if (flow->departed > flow->written && check->writes)
        check->wrong(check->context, moment->event,
                     "more has left than was written");
}

/* An `e` has the sums, a counter what is left. */
static void
check_sums(struct check *check, const struct event *e)
{
    const struct flow *flow = &check->flows[e->tid];

    if (e->phase == 'e' && (event_number(e, "arrived", 0) != flow->arrived ||
                            event_number(e, "read", 0) != flow->read ||
                            event_number(e, "written", 0) != flow->written ||
                            event_number(e, "departed", 0) != flow->departed))
        check->wrong(check->context, e,
                     "a sum of the connection is not that of its events");
    if (e->phase == 'C' && strncmp(e->name, "unread ", 7) == 0 &&
        event_number(e, "bytes", -1) != flow->arrived - flow->read)
        check->wrong(check->context, e,
                     "what lies in the kernel is not what arrived less what "
                     "was read");
}

/* Of several counters of one moment the last one holds. */
static bool
is_outdated(const struct trace *trace, size_t i)
{
    const struct event *e = &trace->events[i];

    for (size_t k = i + 1;
         k < trace->count && trace->events[k].ts_ns == e->ts_ns; k++)
        if (trace->events[k].phase == 'C' && e->phase == 'C' &&
            trace->events[k].tid == e->tid && trace->events[k].pid == e->pid)
            return true;
    return false;
}

void
bytes_check(const struct trace *trace,
            void (*wrong)(void *context, const struct event *event,
                          const char *what),
            void *context)
{
    struct check *check = calloc(1, sizeof *check);
    size_t count, next = 0;
    struct moment *moments = bytes_moments(trace, &count);

    if (check == NULL)
        abort();
    check->wrong = wrong;
    check->context = context;
    for (size_t i = 0; i < trace->count; i++)
        if (trace->events[i].phase == 'b' &&
            trace->events[i].tid < CONNECTIONS_MOST)
            check->known[trace->events[i].tid] = true;
    for (size_t i = 0; i < count; i++)
        if (moments[i].kind == WRITTEN && moments[i].event->phase == 'X')
            check->writes = true;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *e = &trace->events[i];

        if ((e->phase != 'e' && e->phase != 'C') || e->pid != WIRE ||
            e->tid >= CONNECTIONS_MOST)
            continue;
        while (next < count && moments[next].ts_ns <= e->ts_ns)
            check_moment(check, &moments[next++]);
        if (!is_outdated(trace, i))
            check_sums(check, e);
    }
    while (next < count)
        check_moment(check, &moments[next++]);
    free(moments);
    free(check);
}
