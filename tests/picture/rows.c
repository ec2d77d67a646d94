/* rows: see rows.h. */
#include "rows.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"

enum {
    GAP_NS = 5000000, /* so long without a row is told of */
    GAP_THREADS = 3,  /* of which it is told what they are in meanwhile */
    AHEAD = 6,        /* events in which a packet's answer is looked for */
};

struct maker {
    const struct view *view;
    const struct told *told; /* in the order in which they are told */
    size_t count;
    bool *done; /* it is part of an earlier row */
    struct rows rows;
    char woken[ROW_TEXT]; /* what a select has said, for the next row */
    int woken_thread;
};

__attribute__((format(printf, 2, 3))) static void
add(struct row *row, const char *format, ...)
{
    size_t used = strlen(row->text);
    va_list values;

    va_start(values, format);
    if (used < sizeof row->text)
        (void)vsnprintf(row->text + used, sizeof row->text - used, format,
                        values);
    va_end(values);
}

/* --- gaps ---------------------------------------------------------------- */

/* What a thread was in at that time. */
static const struct period *
period_at(const struct thread_lane *thread, int64_t ts_ns)
{
    for (int i = 0; i < thread->period_count; i++)
        if (thread->periods[i].from_ns <= ts_ns &&
            ts_ns < thread->periods[i].to_ns)
            return &thread->periods[i];
    return NULL;
}

static struct row *
append(struct maker *m, int64_t ts_ns)
{
    struct rows *rows = &m->rows;

    rows->list =
        realloc(rows->list, ((size_t)rows->count + 1) * sizeof *rows->list);
    if (rows->list == NULL)
        abort();
    rows->list[rows->count] =
        (struct row){.ts_ns = ts_ns, .lane = -1, .thread = -1};
    return &rows->list[rows->count++];
}

static bool
all_asleep(const struct view *view, int64_t ts_ns)
{
    for (int i = 0; i < view->thread_count; i++) {
        const struct period *p = period_at(&view->threads[i], ts_ns);

        if (p != NULL && p->stay != STAY_SLEEPS)
            return false;
    }
    return true;
}

/* What each of the threads is in. */
static void
tell_threads(struct maker *m, struct row *row, int64_t ts_ns)
{
    char call[LABEL_SIZE];
    int told = 0;

    for (int i = 0; i < m->view->thread_count && i < GAP_THREADS; i++) {
        const struct thread_lane *thread = &m->view->threads[i];
        const struct period *p = period_at(thread, ts_ns);

        if (p == NULL)
            continue;
        add(row, told++ == 0 ? ": " : "; ");
        if (m->view->thread_count > 1)
            add(row, "%s ", thread->name);
        if (p->call == NULL) {
            add(row, "awake");
            continue;
        }
        story_call(m->view, p->call, call, sizeof call);
        add(row, p->stay == STAY_SLEEPS ? "asleep in %.*s" : "%.*s",
            (int)strcspn(call, ":"), call);
    }
}

/* "29 ms: asleep in select(3 4)". */
static void
add_gap(struct maker *m, int64_t from_ns, int64_t to_ns)
{
    struct row *row = append(m, from_ns);

    row->is_gap = true;
    add(row, "%s", ms_text(to_ns - from_ns));
    if (all_asleep(m->view, (from_ns + to_ns) / 2) && m->view->thread_count > 1)
        add(row, ": all asleep");
    else
        tell_threads(m, row, (from_ns + to_ns) / 2);
}
static struct row *
add_row(struct maker *m, int64_t ts_ns)
{
    int64_t last_ns =
        m->rows.count > 0 ? m->rows.list[m->rows.count - 1].ts_ns : ts_ns;

    if (ts_ns - last_ns >= GAP_NS)
        add_gap(m, last_ns, ts_ns);
    return append(m, ts_ns);
}

/* --- looking ahead ------------------------------------------------------- */

static bool
is_packet(const struct event *e, int conn, const char *to)
{
    return e->phase == 'i' && e->pid == WIRE && e->tid == conn &&
           strcmp(e->name, "packet") == 0 &&
           strcmp(event_text(e, "to"), to) == 0;
}

static bool
has_flag(const struct event *e, const char *flag)
{
    return strstr(event_text(e, "flags"), flag) != NULL;
}

static bool
is_plain_ack(const struct event *e)
{
    return strcmp(event_text(e, "flags"), "ACK") == 0 &&
           event_number(e, "bytes", 0) == 0;
}

/* The next packet of a connection in that direction, if nothing but packets
 * stands before it; marks it as done. */
static const struct event *
take_packet(struct maker *m, size_t i, int conn, const char *to,
            bool (*wanted)(const struct event *e))
{
    for (size_t k = i + 1; k < m->count && k <= i + AHEAD; k++) {
        const struct event *e = m->told[k].event;

        if (e->pid != WIRE && e->phase == 'X' && view_thread(m->view, e) >= 0 &&
            event_number(e, "conn", 0) == conn)
            return NULL; /* the program has done something meanwhile */
        if (m->done[k] || !is_packet(e, conn, to))
            continue;
        if (!wanted(e))
            return NULL;
        m->done[k] = true;
        return e;
    }
    return NULL;
}

static bool
is_answer_to_syn(const struct event *e)
{
    return has_flag(e, "SYN") || has_flag(e, "RST");
}

static bool
has_bytes(const struct event *e)
{
    return event_number(e, "bytes", 0) > 0;
}

static bool
says_end(const struct event *e)
{
    return has_flag(e, "FIN") || has_flag(e, "RST");
}

/* --- packets ------------------------------------------------------------- */

static void
add_bytes(struct row *row, const struct event *e)
{
    int64_t bytes = event_number(e, "bytes", 0);
    const char *data = event_text(e, "data");

    if (data[0] != '\0')
        add(row, "\"%s\"", data);
    else
        add(row, "%lld bytes", (long long)bytes);
    if (event_number(e, "again", 0) > 0)
        add(row, " once more");
}

static void
make_connect(struct maker *m, size_t i, struct row *row, const char *back)
{
    const struct event *e = m->told[i].event;
    const struct event *answer =
        take_packet(m, i, e->tid, back, is_answer_to_syn);

    row->arrows = TO_KERNEL;
    add(row, "SYN");
    if (answer == NULL)
        return;
    row->arrows |= FROM_KERNEL;
    if (has_flag(answer, "RST")) {
        add(row, ", RST: refused");
        return;
    }
    add(row, ", SYN ACK");
    if (take_packet(m, i, e->tid, event_text(e, "to"), is_plain_ack) != NULL)
        add(row, ", ACK");
}

static void
make_packet(struct maker *m, size_t i)
{
    const struct event *e = m->told[i].event;
    bool in = strcmp(event_text(e, "to"), "program") == 0;
    const char *back = in ? "peer" : "program";
    struct row *row = add_row(m, m->told[i].ts_ns);

    row->lane = view_lane(m->view, e->tid);
    if (strcmp(event_text(e, "flags"), "SYN") == 0) {
        make_connect(m, i, row, back);
        if (!in) /* the program's side asks */
            row->arrows = (row->arrows & TO_KERNEL ? FROM_KERNEL : 0) |
                          (row->arrows & FROM_KERNEL ? TO_KERNEL : 0);
        return;
    }
    row->arrows = in ? TO_KERNEL : FROM_KERNEL;
    if (has_bytes(e))
        add_bytes(row, e);
    if (!has_bytes(e) || says_end(e))
        add(row, "%s%s", row->text[0] != '\0' ? " " : "",
            says_end(e) ? (has_flag(e, "RST") ? "RST" : "FIN")
                        : event_text(e, "flags"));
    if (!is_plain_ack(e) && !has_flag(e, "RST") &&
        take_packet(m, i, e->tid, back, is_plain_ack) != NULL)
        add(row, ", ACK");
}

/* --- calls --------------------------------------------------------------- */

static bool
is_named(const struct event *e, const char *name)
{
    return strncmp(e->name, name, strlen(name)) == 0;
}

static bool
asks_for_ready(const struct event *e)
{
    return is_named(e, "select") || is_named(e, "poll") ||
           is_named(e, "epoll_wait");
}

/* What is left to the text: how a program sets itself up, and what it says. */
static bool
is_aside(const struct event *e)
{
    static const char *const names[] = {
        "fcntl",        "setsockopt", "getsockopt", "epoll_ctl",
        "epoll_create", "socket",     "dup",        NULL};
    bool says = is_named(e, "write") && !event_has(e, "conn");

    for (int i = 0; names[i] != NULL; i++)
        if (is_named(e, names[i]) && !event_has(e, "error"))
            return true;
    return says || ((is_named(e, "read") || is_named(e, "close")) &&
                    !event_has(e, "conn"));
}

/* What select has said goes before what is done about it. */
static void
make_woken(struct maker *m, const struct event *e)
{
    const char *ready = event_text(e, "ready");

    m->woken_thread = view_thread(m->view, e);
    (void)snprintf(m->woken, sizeof m->woken, "%s%s%s: ", e->name,
                   ready[0] != '\0' ? " " : "", ready);
}

static void
make_result(const struct event *e, struct row *row)
{
    const char *data = event_text(e, "data");
    int64_t result = event_number(e, "result", 0);

    if (event_has(e, "error"))
        add(row, " %s",
            event_has(e, "result") ? event_text(e, "error") : "interrupted");
    else if (!event_has(e, "result"))
        add(row, " ...");
    else if ((event_reads(e) || event_writes(e)) && data[0] != '\0')
        add(row, " = %lld \"%s\"", (long long)result, data);
    else if (is_named(e, "accept"))
        add(row, " = %lld", (long long)result);
    else if (event_has(e, "child") || event_has(e, "thread"))
        add(row, event_has(e, "child") ? ": child %lld" : ": thread %lld",
            (long long)(event_has(e, "child")
                            ? event_number(e, "child", 0) - 1
                            : event_number(e, "thread", 0) - FIRST_THREAD + 1));
    else if (!is_named(e, "connect") && !is_named(e, "close"))
        add(row, " = %lld", (long long)result);
}

/* A call that asks once more and gets EAGAIN says only that it was all. */
static void
take_eagain(struct maker *m, size_t i, struct row *row)
{
    const struct event *e = m->told[i].event;

    for (size_t k = i + 1; k < m->count && k <= i + AHEAD; k++) {
        const struct event *next = m->told[k].event;

        if (next->phase != 'X' || view_thread(m->view, next) != row->thread)
            continue;
        if (is_aside(next) && !event_has(next, "conn"))
            continue;
        if (strcmp(next->name, e->name) == 0 &&
            event_number(next, "fd", -1) == event_number(e, "fd", -2) &&
            strcmp(event_text(next, "error"), "EAGAIN") == 0 &&
            !event_has(next, "times")) {
            m->done[k] = true;
            add(row, ", EAGAIN");
        }
        return;
    }
}

/* What the kernel sends because of the call stands on the call's row. */
static void
take_sent(struct maker *m, size_t i, struct row *row)
{
    const struct event *e = m->told[i].event, *sent;
    int conn = (int)event_number(e, "conn", 0);
    bool ends = is_named(e, "close") || is_named(e, "shutdown");

    if (conn == 0 || (!ends && !event_writes(e)))
        return;
    sent = take_packet(m, i, conn, "peer", ends ? says_end : has_bytes);
    if (sent == NULL)
        return;
    row->arrows |= FROM_KERNEL;
    if (ends)
        add(row, ": %s", has_flag(sent, "RST") ? "RST" : "FIN");
    if (!has_flag(sent, "RST") &&
        take_packet(m, i, conn, "program", is_plain_ack) != NULL)
        add(row, ", ACK");
}

/* One more call that got EAGAIN, right behind another one: on the same row. */
static bool
continues_in_vain(struct maker *m, const struct event *e)
{
    struct row *last =
        m->rows.count > 0 ? &m->rows.list[m->rows.count - 1] : NULL;
    char call[LABEL_SIZE];

    if (strcmp(event_text(e, "error"), "EAGAIN") != 0 || last == NULL ||
        !last->in_vain || last->thread != view_thread(m->view, e) ||
        m->woken[0] != '\0' || event_has(e, "times"))
        return false;
    story_call(m->view, e, call, sizeof call);
    last->lane = -1;
    add(last, ", %s EAGAIN", call);
    return true;
}

static void
make_call(struct maker *m, size_t i)
{
    const struct event *e = m->told[i].event;
    int conn = (int)event_number(e, "conn", 0);
    bool failed = event_has(e, "error");
    char call[LABEL_SIZE];
    struct row *row;

    if (is_aside(e) || (event_has(e, "times") && e->dur_ns >= GAP_NS))
        return; /* long asking is told of where the time passes */
    if (asks_for_ready(e) && !failed && event_has(e, "result") &&
        !event_has(e, "times")) {
        make_woken(m, e);
        return;
    }
    if (continues_in_vain(m, e))
        return;
    row = add_row(m, m->told[i].ts_ns);
    row->is_call = true;
    row->in_vain = failed || event_has(e, "times");
    row->thread = view_thread(m->view, e);
    row->lane = conn > 0 ? view_lane(m->view, conn) : -1;
    if (m->woken[0] != '\0' && m->woken_thread == row->thread)
        add(row, "%s", m->woken);
    m->woken[0] = '\0';
    story_call(m->view, e, call, sizeof call);
    add(row, "%.*s", (int)strcspn(call, ":"), call);
    row->arrows = event_writes(e) || failed || is_named(e, "close") ||
                          is_named(e, "connect") || is_named(e, "shutdown")
                      ? FROM_PROGRAM
                      : TO_PROGRAM;
    if (conn == 0 && !is_named(e, "accept"))
        row->arrows = 0;
    if (event_has(e, "times"))
        return;
    make_result(e, row);
    take_sent(m, i, row);
    if (!failed)
        take_eagain(m, i, row);
}

static void
make_moment(struct maker *m, size_t i)
{
    const struct event *e = m->told[i].event;
    struct row *row = add_row(m, m->told[i].ts_ns);

    row->thread = view_thread(m->view, e);
    row->lane = e->pid == WIRE ? view_lane(m->view, e->tid) : -1;
    if (strcmp(e->name, "lost") == 0)
        add(row, "%lld bytes not recorded",
            (long long)event_number(e, "bytes", 0));
    else if (strcmp(e->name, "signal") == 0)
        add(row, "%s", event_text(e, "signal"));
    else if (event_has(e, "signal"))
        add(row, "ended by %s", event_text(e, "signal"));
    else
        add(row, "ends, status %lld", (long long)event_number(e, "status", 0));
}

/* --- all of them --------------------------------------------------------- */

/* By the signal that ended the recording, or another one: the call goes on. */
static bool
is_interrupted(const struct event *e)
{
    return e->phase == 'X' && event_has(e, "error") && !event_has(e, "result");
}

static bool
is_shown(const struct maker *m, const struct told *told)
{
    const struct event *e = told->event;

    return told->ts_ns >= m->view->from_ns && told->ts_ns < m->view->to_ns &&
           !is_interrupted(e) &&
           (e->phase == 'X' ||
            (e->phase == 'i' && strcmp(e->name, "ready") != 0 &&
             strcmp(e->name, "ended") != 0 &&
             strcmp(e->name, "cancelled") != 0));
}

/* Takes the middle away; a gap says how much it was. */
static void
shorten(struct rows *rows, int most)
{
    int first = most * 2 / 3, last = most - first - 1;
    int out = rows->count - first - last;
    struct row *gap = &rows->list[first];

    if (rows->count <= most)
        return;
    rows->left_out = out;
    *gap = (struct row){
        .ts_ns = gap->ts_ns, .is_gap = true, .lane = -1, .thread = -1};
    add(gap, "%d rows left out: the text has them", out);
    memmove(gap + 1, rows->list + rows->count - last,
            (size_t)last * sizeof *gap);
    rows->count = most;
}

struct rows
rows_of(const struct view *view, int most)
{
    struct maker m = {.view = view, .woken_thread = -1};
    struct told *told = story_order(view, &m.count);

    m.told = told;
    m.done = calloc(m.count + 1, sizeof *m.done);
    if (m.done == NULL)
        abort();
    for (size_t i = 0; i < m.count; i++) {
        const struct event *e = told[i].event;

        if (m.done[i] || !is_shown(&m, &told[i]))
            continue;
        if (e->phase == 'X')
            make_call(&m, i);
        else if (strcmp(e->name, "packet") == 0)
            make_packet(&m, i);
        else
            make_moment(&m, i);
    }
    if (m.rows.count > 0 &&
        view->to_ns - m.rows.list[m.rows.count - 1].ts_ns >= GAP_NS)
        add_gap(&m, m.rows.list[m.rows.count - 1].ts_ns, view->to_ns);
    free(told);
    free(m.done);
    shorten(&m.rows, most);
    return m.rows;
}

void
rows_free(struct rows *rows)
{
    free(rows->list);
    *rows = (struct rows){0};
}
