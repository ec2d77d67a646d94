/* clocks: makes the times of packets agree with those of calls; see run.h.
 *
 * The kernel notes when a packet passed, strace when a call began and ended.
 * Now and then a packet's note comes late (a kernel that has just begun to take
 * them does so when the packet is read). What cannot be is put right: bytes
 * are not read before they arrive, and do not leave before they are written.
 * The order of the packets is always true, and is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { HANDSHAKE = 2 }; /* packets of who calls, before accept returns */

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
    if (arrives && progress->packets[from]++ < HANDSHAKE && bytes == 0)
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
    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        const struct connection *c = run_find(run, p->from, p->to, p->ts_ns);

        limits[i] = c != NULL && c->program_end >= 0
                        ? find_limits(run, &progress[c->number], c, p)
                        : (struct limits){.before_ns = INT64_MAX};
    }
    for (size_t i = packets->count; i-- > 0;) {
        struct packet *p = &packets->list[i];

        if (p->ts_ns > limits[i].before_ns)
            p->ts_ns = limits[i].before_ns;
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
