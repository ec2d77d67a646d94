/* clocks: makes the times of calls and packets agree; see run.h.
 *
 * strace notes when a call begins, then looks up what -yy prints of it, lets it
 * begin, and measures how long it takes: so a call may really have been a
 * little later. The kernel notes when a packet passed; one that has only begun
 * to do so notes when it was read instead. Both show where something would have
 * been read before it arrived: then the call was later, if there is room before
 * the next one, else the packet earlier. The order of either is always true.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
    AT_ONCE_NS = 2000000
}; /* a packet leaves within the call, or much later */

/* So many bytes, by then. */
struct mark {
    int64_t bytes, ts_ns;
};

/* Growing sums of one connection and direction. */
struct sums {
    struct mark *list; /* owned */
    int count, room;
    int at; /* where the last search ended: what is looked for grows too */
};

/* What is known of one connection. */
struct story {
    struct sums arrived, departed; /* on the wire */
    struct sums read, written;     /* by calls: until the end, from the start */
    int64_t there_ns;              /* accept or connect may return; 0: ? */
    int64_t arrived_end_ns;        /* FIN; 0: none */
    int64_t read_end_ns;           /* a call has returned 0 */
    int64_t closed_ns;             /* the program begins to close it */
    int64_t made_ns, made_end_ns;  /* the call that accepted or made it */
    int incoming;                  /* packets for the program so far */
    uint32_t next[ENDS];
    bool begun[ENDS];
};

static void
add_mark(struct sums *sums, int64_t bytes, int64_t ts_ns)
{
    if (sums->count == sums->room) {
        sums->room = sums->room > 0 ? sums->room * 2 : 64;
        sums->list =
            realloc(sums->list, (size_t)sums->room * sizeof *sums->list);
        if (sums->list == NULL)
            abort();
    }
    bytes += sums->count > 0 ? sums->list[sums->count - 1].bytes : 0;
    sums->list[sums->count++] = (struct mark){.bytes = bytes, .ts_ns = ts_ns};
}

/* When the sum had come to `bytes`; 0 when it never did. */
static int64_t
reached(struct sums *sums, int64_t bytes)
{
    while (sums->at < sums->count && sums->list[sums->at].bytes < bytes)
        sums->at++;
    return sums->at < sums->count ? sums->list[sums->at].ts_ns : 0;
}

static bool
is_named(const struct event *e, const char *name)
{
    return strncmp(e->name, name, strlen(name)) == 0;
}

/* New bytes of a packet; what passes again is none. */
static int
new_bytes(struct story *s, int from, const struct packet *packet)
{
    uint32_t first = packet->sequence + ((packet->flags & PACKET_SYN) != 0);
    uint32_t behind = first + (uint32_t)packet->bytes;
    int32_t fresh = (int32_t)(behind - s->next[from]);

    if (s->begun[from] && fresh <= 0)
        return 0;
    if (!s->begun[from] || fresh > packet->bytes)
        fresh = packet->bytes;
    s->begun[from] = true;
    s->next[from] = behind;
    return fresh;
}

static int
sender(const struct connection *c, const struct packet *packet)
{
    return strcmp(packet->from, c->ends[CALLED]) == 0 ? CALLED : CALLER;
}

/* --- what the packets say, and what the calls do ------------------------- */

static void
learn_packets(struct run *run, struct story *stories,
              const struct packets *packets)
{
    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];
        const struct connection *c = run_connection(run, p->conn);
        struct story *s = &stories[p->conn];
        int from = sender(c, p), bytes = new_bytes(s, from, p);
        bool arrives = from != c->program_end;

        if (bytes > 0)
            add_mark(arrives ? &s->arrived : &s->departed, bytes, p->ts_ns);
        if (!arrives)
            continue;
        /* SYN and ACK come before accept returns; SYN ACK before connect. */
        if (++s->incoming == (from == CALLER ? 2 : 1))
            s->there_ns = p->ts_ns;
        if (p->flags & PACKET_FIN)
            s->arrived_end_ns = p->ts_ns;
    }
}

static void
learn_call(struct story *s, const struct event *e)
{
    int64_t end_ns = e->ts_ns + e->dur_ns;
    int64_t result = event_number(e, "result", -1);

    if (is_named(e, "accept") || is_named(e, "connect")) {
        s->made_ns = e->ts_ns;
        s->made_end_ns = end_ns;
    } else if (event_reads(e)) {
        add_mark(&s->read, result, end_ns);
    } else if (event_writes(e)) {
        add_mark(&s->written, result, e->ts_ns);
    } else if (result == 0 && (is_named(e, "recv") || is_named(e, "read"))) {
        s->read_end_ns = end_ns;
    } else if (is_named(e, "close") || is_named(e, "shutdown")) {
        s->closed_ns = e->ts_ns;
    }
}

static struct story *
story_of(struct run *run, struct story *stories, const struct event *e)
{
    int64_t conn = event_number(e, "conn", 0);

    return e->phase == 'X' && conn > 0 && conn <= run->connection_count
               ? &stories[conn]
               : NULL;
}

/* --- calls that were later ----------------------------------------------- */

/* Not before this may the call have ended; 0: no packet says. */
static int64_t
earliest_end(struct story *s, const struct event *e)
{
    int64_t end_ns = e->ts_ns + e->dur_ns, left_ns;
    int64_t result = event_number(e, "result", -1);

    if (result < 0)
        return 0;
    if (is_named(e, "accept") || is_named(e, "connect"))
        return s->there_ns;
    if (event_reads(e)) {
        add_mark(&s->read, result, 0);
        return reached(&s->arrived, s->read.list[s->read.count - 1].bytes);
    }
    if (event_writes(e)) {
        int64_t before = s->written.count > 0
                             ? s->written.list[s->written.count - 1].bytes
                             : 0;

        add_mark(&s->written, result, 0);
        left_ns = reached(&s->departed, before + 1);
        return left_ns - end_ns < AT_ONCE_NS ? left_ns : 0;
    }
    return is_named(e, "recv") || is_named(e, "read") ? s->arrived_end_ns : 0;
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
move_calls(struct run *run, struct story *stories)
{
    for (size_t i = 0; i < run->trace.count; i++) {
        struct event *e = &run->trace.events[i];
        struct story *s = story_of(run, stories, e);
        int64_t end_ns = e->ts_ns + e->dur_ns, later, room;

        if (s == NULL)
            continue;
        later = earliest_end(s, e) + 1 - end_ns;
        if (later <= 0)
            continue;
        room = next_call(&run->trace, i);
        room = room < INT64_MAX ? room - end_ns : later;
        e->ts_ns += later < room ? later : room;
    }
    for (int i = 0; i <= run->connection_count; i++) /* with the new times */
        stories[i].read.count = stories[i].written.count = 0;
    for (size_t i = 0; i < run->trace.count; i++) {
        struct story *s = story_of(run, stories, &run->trace.events[i]);

        if (s != NULL)
            learn_call(s, &run->trace.events[i]);
    }
}

/* --- packets that were earlier ------------------------------------------- */

/* Of a packet: not before, not after. */
struct limits {
    int64_t after_ns, before_ns;
};

static struct limits
find_limits(const struct connection *c, struct story *s, const struct packet *p,
            int64_t sums[ENDS])
{
    int from = sender(c, p), bytes = new_bytes(s, from, p);
    bool arrives = from != c->program_end;
    bool ends = (p->flags & PACKET_FIN) != 0;
    int64_t before_ns = 0, after_ns = 0;

    sums[from] += bytes;
    if (arrives && bytes == 0 && s->incoming++ < (from == CALLER ? 2 : 1))
        before_ns = s->made_end_ns;
    else if (!arrives && p->flags == PACKET_SYN)
        after_ns = s->made_ns;
    else if (arrives && bytes > 0)
        before_ns = reached(&s->read, sums[from]);
    else if (arrives && ends)
        before_ns = s->read_end_ns;
    else if (!arrives && bytes > 0)
        after_ns = reached(&s->written, sums[from] - bytes + 1);
    else if (!arrives && ends)
        after_ns = s->closed_ns;
    return (struct limits){.after_ns = after_ns,
                           .before_ns = before_ns > 0 ? before_ns : INT64_MAX};
}

static void
move_packets(struct run *run, struct packets *packets, struct story *stories)
{
    struct limits *limits = calloc(packets->count + 1, sizeof *limits);
    int64_t(*sums)[ENDS] =
        calloc((size_t)run->connection_count + 1, sizeof *sums);
    int64_t last_ns = 0;

    if (limits == NULL || sums == NULL)
        abort();
    for (int i = 0; i <= run->connection_count; i++) {
        stories[i].incoming = 0;
        memset(stories[i].begun, 0, sizeof stories[i].begun);
    }
    for (size_t i = 0; i < packets->count; i++) {
        const struct packet *p = &packets->list[i];

        limits[i] = find_limits(run_connection(run, p->conn), &stories[p->conn],
                                p, sums[p->conn]);
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
    free(sums);
}

void
run_agree_on_time(struct run *run, struct packets *packets)
{
    struct story *stories =
        calloc((size_t)run->connection_count + 1, sizeof *stories);

    if (stories == NULL)
        abort();
    learn_packets(run, stories, packets);
    move_calls(run, stories);
    move_packets(run, packets, stories);
    for (int i = 0; i <= run->connection_count; i++) {
        free(stories[i].arrived.list);
        free(stories[i].departed.list);
        free(stories[i].read.list);
        free(stories[i].written.list);
    }
    free(stories);
}
