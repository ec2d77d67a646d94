/* call_rows: the rows of system calls; see maker.h. */
#include <string.h>

#include "maker.h"

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
        row_add(row, " %s",
                event_has(e, "result") ? event_text(e, "error")
                                       : "interrupted");
    else if (!event_has(e, "result"))
        row_add(row, " ...");
    else if ((event_reads(e) || event_writes(e)) && data[0] != '\0')
        row_add(row, " = %lld \"%s\"", (long long)result, data);
    else if (event_has(e, "child") || event_has(e, "thread"))
        row_add(
            row, event_has(e, "child") ? ": child %lld" : ": thread %lld",
            (long long)(event_has(e, "child")
                            ? event_number(e, "child", 0) - 1
                            : event_number(e, "thread", 0) - FIRST_THREAD + 1));
    else if (!is_named(e, "connect") && !is_named(e, "close"))
        row_add(row, " = %lld", (long long)result);
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
            row_add(row, ", EAGAIN");
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
        row_add(row, ": %s", has_flag(sent, "RST") ? "RST" : "FIN");
    if (!has_flag(sent, "RST") &&
        take_packet(m, i, conn, "program", is_plain_ack) != NULL)
        row_add(row, ", ACK");
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
    row_add(last, ", %s EAGAIN", call);
    return true;
}

void
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
        row_add(row, "%s", m->woken);
    m->woken[0] = '\0';
    story_call(m->view, e, call, sizeof call);
    row_add(row, "%.*s", (int)strcspn(call, ":"), call);
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
