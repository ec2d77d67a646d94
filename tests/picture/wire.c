/* wire: packets and connections as events; see run.h. */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "run.h"

enum { DATA_TEXT = PACKET_DATA * 4 + 8, FLAGS_SIZE = 32 };

/* --- whose packet -------------------------------------------------------- */

static bool
begins(const struct packet *p)
{
    return (p->flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;
}

/* The connection of a packet, a new one where it begins one. */
static struct connection *
connection_of(struct run *run, const struct packet *p)
{
    struct connection *c = run_find(run, p->from, p->to, p->ts_ns);
    bool over = c != NULL &&
                (((c->flags[CALLER] | c->flags[CALLED]) & PACKET_RST) != 0 ||
                 (c->flags[CALLER] & c->flags[CALLED] & PACKET_FIN) != 0);

    if (c == NULL || (begins(p) && over)) {
        /* Without its beginning: the higher port is the caller's. */
        bool reversed = (p->flags & PACKET_SYN) != 0 && !begins(p);

        c = run_connect(run, reversed ? p->to : p->from,
                        reversed ? p->from : p->to, p->ts_ns);
    }
    c->on_wire = true;
    return c;
}

/* Before the calls are read, so that they find the connections. */
static void
find_connections(struct run *run, struct packets *packets)
{
    for (size_t i = 0; i < packets->count; i++) {
        struct packet *p = &packets->list[i];
        struct connection *c = connection_of(run, p);
        int from = strcmp(p->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;

        p->conn = c->number;
        c->flags[from] |= p->flags;
        c->last_ns = p->ts_ns > c->last_ns ? p->ts_ns : c->last_ns;
    }
}

void
run_find_connections(struct run *run, struct packets *packets)
{
    find_connections(run, packets);
    for (int i = 0; i < run->connection_count; i++)
        run->connections[i].flags[CALLER] = run->connections[i].flags[CALLED] =
            0;
}

/* --- packets ------------------------------------------------------------- */

static void
flags_text(char out[FLAGS_SIZE], unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {{PACKET_SYN, "SYN "},
                 {PACKET_FIN, "FIN "},
                 {PACKET_RST, "RST "},
                 {PACKET_ACK, "ACK "}};

    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag)
            (void)strcat(out, names[i].name);
    if (out[0] != '\0')
        out[strlen(out) - 1] = '\0';
}

/* Who gets what comes from this end. */
static const char *
receiver(const struct connection *c, int from)
{
    return from == c->program_end ? "peer" : "program";
}

/* Bytes that the capture does not have ("lost"), or that left without a call
 * that wrote them ("unseen"). */
static void
add_gap(struct trace *trace, const char *name, const struct connection *c,
        int from, int64_t ts_ns, int64_t bytes)
{
    struct event *e = trace_add(trace, 'i', ts_ns, WIRE, c->number, name);

    event_set_text(e, "to", receiver(c, from));
    event_set_number(e, "bytes", bytes);
}

/* The numbers of the bytes: what passes again, and what was not captured. The
 * next number after `p`; `*again` bytes of it are not new. */
static void
follow_numbers(struct run *run, struct connection *c, int from,
               const struct packet *p, int *again)
{
    uint32_t first = p->sequence + ((p->flags & PACKET_SYN) != 0);
    uint32_t behind = first + (uint32_t)p->bytes;
    int32_t gap = (int32_t)(first - c->next[from]);

    *again = 0;
    if (p->flags & PACKET_RST)
        return; /* its number may be any */
    if (c->knows_next[from] && gap > 0)
        add_gap(&run->trace, "lost", c, from, p->ts_ns, gap);
    if (c->knows_next[from] && gap < 0)
        *again = -gap < p->bytes ? -gap : p->bytes;
    if (!c->knows_next[from] || (int32_t)(behind - c->next[from]) > 0)
        c->next[from] = behind + ((p->flags & PACKET_FIN) != 0);
    else if ((p->flags & PACKET_FIN) && behind == c->next[from])
        c->next[from]++;
    c->knows_next[from] = true;
}

static void
add_packet(struct run *run, const struct packet *p)
{
    struct connection *c = run_connection(run, p->conn);
    int from = strcmp(p->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;
    char flags[FLAGS_SIZE], data[DATA_TEXT];
    struct event *e;
    int again;

    follow_numbers(run, c, from, p, &again);
    c->flags[from] |= p->flags;
    flags_text(flags, p->flags);
    e = trace_add(&run->trace, 'i', p->ts_ns, WIRE, c->number, "packet");
    event_set_text(e, "to", receiver(c, from));
    event_set_text(e, "flags", flags);
    event_set_number(e, "bytes", p->bytes);
    if (again > 0)
        event_set_number(e, "again", again);
    if (p->kept > 0) {
        bytes_in_c(data, sizeof data, p->data, (size_t)p->kept);
        event_set_text(e, "data", data);
    }
}

/* Which end the program is, where no call has told. */
static void
settle_ends(struct run *run)
{
    for (int i = 0; i < run->connection_count; i++)
        if (run->connections[i].program_end < 0)
            run->connections[i].program_end = run->is_client ? CALLER : CALLED;
}

/* The first and the last packet of each: times may have changed (clocks.c). */
static void
settle_beginnings(struct run *run, const struct packets *packets)
{
    for (int i = 0; i < run->connection_count; i++)
        if (run->connections[i].on_wire)
            run->connections[i].began_ns = INT64_MAX;
    for (size_t i = 0; i < packets->count; i++) {
        struct connection *c = run_connection(run, packets->list[i].conn);

        if (c->began_ns > packets->list[i].ts_ns)
            c->began_ns = packets->list[i].ts_ns;
        if (c->last_ns < packets->list[i].ts_ns)
            c->last_ns = packets->list[i].ts_ns;
    }
}

/* "client 2" for 127.0.0.12, as the handouts call them; others by letters. */
static void
name_of(const struct run *run, const struct connection *c, char *out,
        size_t size)
{
    const char *peer = c->ends[1 - c->program_end];
    int number, port, others = 0;

    if (c->program_end == CALLER) {
        (void)snprintf(out, size, "connection %d", c->number);
        return;
    }
    if (sscanf(peer, "127.0.0.%d:%d", &number, &port) == 2 && number > 10) {
        (void)snprintf(out, size, "client %d", number - 10);
        return;
    }
    for (int i = 0; i < c->number - 1; i++)
        others += run->connections[i].on_wire;
    (void)snprintf(out, size, "client %c", 'a' + others % 26);
}

void
run_add_packets(struct run *run, const struct packets *packets)
{
    settle_ends(run);
    settle_beginnings(run, packets);
    for (int i = 0; i < run->connection_count; i++) {
        const struct connection *c = &run->connections[i];
        char name[END_SIZE + 16];
        struct event *e;

        if (!c->on_wire)
            continue;
        name_of(run, c, name, sizeof name);
        e = trace_add(&run->trace, 'M', c->began_ns, WIRE, c->number,
                      "thread_name");
        event_set_text(e, "name", name);
        e = trace_add(&run->trace, 'b', c->began_ns, WIRE, c->number, name);
        event_set_text(e, "peer", c->ends[1 - c->program_end]);
        event_set_text(e, "local", c->ends[c->program_end]);
    }
    for (size_t i = 0; i < packets->count; i++)
        add_packet(run, &packets->list[i]);
}

/* --- the ends ------------------------------------------------------------ */

static const char *
end_of(const struct connection *c)
{
    unsigned all = c->flags[CALLER] | c->flags[CALLED];

    if (c->flags[CALLED] & PACKET_RST && !(c->flags[CALLED] & PACKET_SYN))
        return "refused";
    if (all & PACKET_RST)
        return "reset";
    return c->flags[CALLER] & c->flags[CALLED] & PACKET_FIN ? "closed" : "open";
}

/* Takes up to `bytes` away from what is told to be lost later on: a gap in the
 * numbers shows only with the next packet. */
static void
tell_earlier(struct moment *moments, size_t count, size_t i, int64_t bytes)
{
    for (size_t k = i + 1; k < count && bytes > 0; k++) {
        struct event *e = (struct event *)moments[k].event;
        int64_t less = moments[k].bytes < bytes ? moments[k].bytes : bytes;

        if (moments[k].conn != moments[i].conn ||
            strcmp(e->name, "lost") != 0 ||
            strcmp(event_text(e, "to"), "program") != 0)
            continue;
        bytes -= less;
        moments[k].bytes -= less;
        event_set_number(e, "bytes", moments[k].bytes);
    }
}

/* What was read and is not in the capture was lost by it: told of in the moment
 * in which it was read. What left, and was not written by a call that strace
 * was told to note, likewise. */
static void
add_missing(struct run *run)
{
    struct flow *flows = calloc(CONNECTIONS_MOST, sizeof *flows);
    struct trace found = {0};
    bool writes = false;
    size_t count;
    struct moment *moments = bytes_moments(&run->trace, &count);

    if (flows == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        writes = writes || event_writes(moments[i].event);
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = &flows[moments[i].conn];
        const struct connection *c = run_connection(run, moments[i].conn);
        int64_t more, unseen, ts_ns = moments[i].event->ts_ns;

        bytes_count(flow, &moments[i]);
        more = flow->read - flow->arrived;
        unseen = flow->departed - flow->written;
        if (c == NULL || !c->on_wire)
            continue;
        if (more > 0) {
            tell_earlier(moments, count, i, more);
            add_gap(&found, "lost", c, 1 - c->program_end, ts_ns, more);
            flow->arrived += more;
        }
        if (unseen > 0 && writes) {
            add_gap(&found, "unseen", c, c->program_end, ts_ns, unseen);
            flow->written += unseen;
        }
    }
    trace_move(&run->trace, &found);
    free(moments);
    free(flows);
}

static void
add_unread(struct run *run, const struct moment *moment, int64_t bytes)
{
    char name[32];
    struct event *e;

    (void)snprintf(name, sizeof name, "unread %d", moment->conn);
    e = trace_add(&run->trace, 'C', moment->ts_ns, WIRE, moment->conn, name);
    event_set_number(e, "bytes", bytes);
}

static void
add_end(struct run *run, const struct connection *c, const struct flow *flow)
{
    char name[END_SIZE + 16];
    struct event *e;

    name_of(run, c, name, sizeof name);
    e = trace_add(&run->trace, 'e', c->last_ns, WIRE, c->number, name);
    event_set_text(e, "end", end_of(c));
    event_set_number(e, "arrived", flow->arrived);
    event_set_number(e, "read", flow->read);
    event_set_number(e, "written", flow->written);
    event_set_number(e, "departed", flow->departed);
}

void
run_add_ends(struct run *run)
{
    struct flow *flows = calloc(CONNECTIONS_MOST, sizeof *flows);
    struct moment *moments;
    size_t count;

    if (flows == NULL)
        abort();
    add_missing(run);
    moments = bytes_moments(&run->trace, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = &flows[moments[i].conn], before = *flow;
        struct connection *c = run_connection(run, moments[i].conn);

        if (c == NULL || !c->on_wire)
            continue;
        bytes_count(flow, &moments[i]);
        if (c->last_ns < moments[i].ts_ns)
            c->last_ns = moments[i].ts_ns;
        if (flow->arrived - flow->read != before.arrived - before.read)
            add_unread(run, &moments[i], flow->arrived - flow->read);
    }
    for (int i = 0; i < run->connection_count; i++)
        if (run->connections[i].on_wire && i + 1 < CONNECTIONS_MOST)
            add_end(run, &run->connections[i], &flows[i + 1]);
    free(moments);
    free(flows);
}
