/* clocks: makes the times of calls and packets agree; see run.h.
 *
 * strace notes when a call begins, then looks up what -yy prints of it, lets it
 * begin, and measures how long it takes: so a call may really have been a
 * little later. The kernel notes when a packet passed; a kernel that has only
 * begun to do so notes when it was read instead. Both show where something
 * would have been read before it arrived: then the call was later, if there is
 * room before the next one, else the packet earlier. The order of either is
 * always true.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { AT_ONCE_NS = 2000000 };

/* What is known of one connection while all packets are gone through. */
struct progress {
    int64_t bytes[ENDS]; /* payload that has passed, from each end */
    uint32_t next[ENDS];
    bool begun[ENDS];
    int packets[ENDS];
};

/* Of a packet: not before, not after. */
struct limits {
    int64_t after_ns, before_ns;
};

static bool
is_named(const struct event *e, const char *name)
{
    return strncmp(e->name, name, strlen(name)) == 0;
}

/* When the program had read `bytes` of a connection: then they were there. For
 * the end of file, one more than all of them. */
static int64_t
read_by(const struct trace *trace, int conn, int64_t bytes, bool end)
{
    int64_t sum = 0;

    for (size_t i = 0; i < trace->count; i++) {
        const struct event *e = &trace->events[i];

        if (event_number(e, "conn", 0) != conn)
            continue;
        if (event_reads(e))
            sum += event_number(e, "result", 0);
        if ((!end && event_reads(e) && sum >= bytes) ||
            (end && sum >= bytes && event_number(e, "result", -1) == 0 &&
             (is_named(e, "recv") || is_named(e, "read"))))
            return e->ts_ns + e->dur_ns;
    }
    return INT64_MAX;
}

/* When the program began to write the byte behind the first `bytes`; or closed
 * the connection. */
static int64_t
written_from(const struct trace *trace, int conn, int64_t bytes, bool end)
{
    int64_t sum = 0;

    for (size_t i = 0; i < trace->count; i++) {
        const struct event *e = &trace->events[i];

        if (event_number(e, "conn", 0) != conn)
            continue;
        if (event_writes(e))
            sum += event_number(e, "result", 0);
        if ((!end && event_writes(e) && sum > bytes) ||
            (end && (is_named(e, "close") || is_named(e, "shutdown"))))
            return e->ts_ns;
    }
    return 0;
}

/* The end of the call that accepted the connection, or made it; its beginning
 * with `from`. */
static int64_t
made(const struct trace *trace, int conn, bool from)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *e = &trace->events[i];

        if (event_number(e, "conn", 0) == conn && e->phase == 'X' &&
            (is_named(e, "accept") || is_named(e, "connect")))
            return from ? e->ts_ns : e->ts_ns + e->dur_ns;
    }
    return from ? 0 : INT64_MAX;
}

/* New bytes of a packet; what passes again is none. */
static int
new_bytes(struct progress *p, int from, const struct packet *packet)
{
    uint32_t first = packet->sequence + ((packet->flags & PACKET_SYN) != 0);
    uint32_t behind = first + (uint32_t)packet->bytes;
    int32_t fresh = (int32_t)(behind - p->next[from]);

    if (p->begun[from] && fresh <= 0)
        return 0;
    if (!p->begun[from] || fresh > packet->bytes)
        fresh = packet->bytes;
    p->begun[from] = true;
    p->next[from] = behind;
    return fresh;
}

/* --- calls that were later ------------------------------------------------ */

/* When the first `bytes` of a connection had come for the program; with `end`,
 * the end of all of them. 0 when the capture does not say. */
static int64_t
arrived(struct run *run, const struct packets *packets,
        const struct connection *c, int64_t bytes, bool end)
{
    struct progress progress = {0};

    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        int from = strcmp(p->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;

        if (from == c->program_end ||
            run_find(run, p->from, p->to, p->ts_ns) != c)
            continue;
        progress.bytes[from] += new_bytes(&progress, from, p);
        if (end ? (p->flags & PACKET_FIN) != 0
                : bytes > 0 && progress.bytes[from] >= bytes)
            return p->ts_ns;
    }
    return 0;
}

/* When the connection was there, for who accepts it or makes it. */
static int64_t
connected(struct run *run, const struct packets *packets,
          const struct connection *c)
{
    int count = 0;

    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        int from = strcmp(p->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;

        if (from != c->program_end &&
            run_find(run, p->from, p->to, p->ts_ns) == c &&
            ++count == (from == CALLER ? 2 : 1))
            return p->ts_ns;
    }
    return 0;
}

/* Not before this may the call have ended. */
static int64_t
earliest_end(struct run *run, const struct packets *packets,
             const struct event *e, int64_t read[])
{
    int conn = (int)event_number(e, "conn", 0);
    const struct connection *c = run_connection(run, conn);
    int64_t result = event_number(e, "result", -1);

    if (c == NULL || c->program_end < 0 || result < 0)
        return 0;
    if (is_named(e, "accept") || is_named(e, "connect"))
        return connected(run, packets, c);
    if (event_reads(e))
        return arrived(run, packets, c, read[conn] += result, false);
    if (is_named(e, "recv") || is_named(e, "read"))
        return arrived(run, packets, c, 0, true);
    return 0;
}

/* A packet leaves within the call that has written it, or long after it, when
 * the kernel has reasons to wait. */
static int64_t
departed(struct run *run, const struct packets *packets, const struct event *e,
         int64_t written[])
{
    int conn = (int)event_number(e, "conn", 0);
    const struct connection *c = run_connection(run, conn);
    int64_t before, end_ns = e->ts_ns + e->dur_ns;
    struct progress progress = {0};

    if (c == NULL || c->program_end < 0 || !event_writes(e))
        return 0;
    before = written[conn];
    written[conn] += event_number(e, "result", 0);
    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        int from = strcmp(p->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;

        if (from != c->program_end ||
            run_find(run, p->from, p->to, p->ts_ns) != c)
            continue;
        progress.bytes[from] += new_bytes(&progress, from, p);
        if (progress.bytes[from] > before)
            return p->ts_ns - end_ns < AT_ONCE_NS ? p->ts_ns : 0;
    }
    return 0;
}

/* The beginning of the thread's next call. */
static int64_t
next_call(const struct trace *trace, size_t i)
{
    const struct event *e = &trace->events[i];

    for (size_t k = i + 1; k < trace->count; k++)
        if (trace->events[k].phase == 'X' && trace->events[k].pid == e->pid &&
            trace->events[k].tid == e->tid)
            return trace->events[k].ts_ns;
    return INT64_MAX;
}

static void
move_calls(struct run *run, const struct packets *packets)
{
    int64_t *read = calloc((size_t)run->connection_count + 1, sizeof *read);
    int64_t *written =
        calloc((size_t)run->connection_count + 1, sizeof *written);

    if (read == NULL || written == NULL)
        abort();
    for (size_t i = 0; i < run->trace.count; i++) {
        struct event *e = &run->trace.events[i];
        int64_t end_ns = e->ts_ns + e->dur_ns, later, room;

        if (e->phase != 'X')
            continue;
        later = earliest_end(run, packets, e, read);
        if (later == 0)
            later = departed(run, packets, e, written);
        later += 1 - end_ns;
        room = next_call(&run->trace, i);
        room = room < INT64_MAX ? room - end_ns : later;
        later = later < room ? later : room;
        if (later > 0)
            e->ts_ns += later;
    }
    free(read);
    free(written);
}

/* --- packets that were earlier -------------------------------------------- */

static struct limits
find_limits(const struct run *run, struct progress *progress,
            const struct connection *c, const struct packet *packet)
{
    const struct trace *trace = &run->trace;
    int from = strcmp(packet->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;
    int64_t before = progress->bytes[from];
    int bytes = new_bytes(progress, from, packet);
    bool arrives = from != c->program_end;
    bool ends = (packet->flags & PACKET_FIN) != 0;
    struct limits limits = {.before_ns = INT64_MAX};

    progress->bytes[from] += bytes;
    /* SYN and ACK come before accept returns; SYN ACK before connect does. */
    if (arrives && bytes == 0 &&
        progress->packets[from]++ < (from == CALLER ? 2 : 1))
        limits.before_ns = made(trace, c->number, false);
    else if (!arrives && packet->flags == PACKET_SYN)
        limits.after_ns = made(trace, c->number, true);
    else if (arrives && bytes > 0)
        limits.before_ns =
            read_by(trace, c->number, progress->bytes[from], false);
    else if (arrives && ends)
        limits.before_ns =
            read_by(trace, c->number, progress->bytes[from], true);
    else if (!arrives && bytes > 0)
        limits.after_ns = written_from(trace, c->number, before, false);
    else if (!arrives && ends)
        limits.after_ns = written_from(trace, c->number, before, true);
    return limits;
}

void
run_agree_on_time(struct run *run, struct packets *packets)
{
    struct limits *limits = calloc(packets->count + 1, sizeof *limits);
    struct progress *progress =
        calloc((size_t)run->connection_count + 1, sizeof *progress);
    int64_t last_ns = 0;

    if (limits == NULL || progress == NULL)
        abort();
    move_calls(run, packets);
    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        const struct connection *c = run_find(run, p->from, p->to, p->ts_ns);

        limits[i] = c != NULL && c->program_end >= 0
                        ? find_limits(run, &progress[c->number], c, p)
                        : (struct limits){.before_ns = INT64_MAX};
    }
    for (size_t i = packets->count; i-- > 0;) {
        struct packet *p = &packets->list[i];

        if (p->ts_ns >= limits[i].before_ns)
            p->ts_ns = limits[i].before_ns - 1;
        if (i + 1 < packets->count && p->ts_ns > p[1].ts_ns)
            p->ts_ns = p[1].ts_ns;
    }
    for (size_t i = 0; i < packets->count; i++) {
        struct packet *p = &packets->list[i];

        if (p->ts_ns < limits[i].after_ns)
            p->ts_ns = limits[i].after_ns;
        if (p->ts_ns < last_ns)
            p->ts_ns = last_ns;
        last_ns = p->ts_ns;
    }
    free(limits);
    free(progress);
}
