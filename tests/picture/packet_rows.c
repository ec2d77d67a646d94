/* packet_rows: the rows of packets; see maker.h. */
#include <string.h>

#include "maker.h"

/* --- looking ahead ------------------------------------------------------- */

static bool
is_packet(const struct event *e, int conn, const char *to)
{
    return e->phase == 'i' && e->pid == WIRE && e->tid == conn &&
           strcmp(e->name, "packet") == 0 &&
           strcmp(event_text(e, "to"), to) == 0;
}

bool
has_flag(const struct event *e, const char *flag)
{
    return strstr(event_text(e, "flags"), flag) != NULL;
}

bool
is_plain_ack(const struct event *e)
{
    return strcmp(event_text(e, "flags"), "ACK") == 0 &&
           event_number(e, "bytes", 0) == 0;
}

const struct event *
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

bool
has_bytes(const struct event *e)
{
    return event_number(e, "bytes", 0) > 0;
}

bool
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
        row_add(row, "\"%s\"", data);
    else
        row_add(row, "%lld bytes", (long long)bytes);
    if (event_number(e, "again", 0) > 0)
        row_add(row, " once more");
}

static void
make_connect(struct maker *m, size_t i, struct row *row, const char *back)
{
    const struct event *e = m->told[i].event;
    const struct event *answer =
        take_packet(m, i, e->tid, back, is_answer_to_syn);

    row->arrows = TO_KERNEL;
    row_add(row, "SYN");
    if (answer == NULL)
        return;
    row->arrows |= FROM_KERNEL;
    if (has_flag(answer, "RST")) {
        row_add(row, ", RST: refused");
        return;
    }
    row_add(row, ", SYN ACK");
    if (take_packet(m, i, e->tid, event_text(e, "to"), is_plain_ack) != NULL)
        row_add(row, ", ACK");
}

void
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
        row_add(row, "%s%s", row->text[0] != '\0' ? " " : "",
                says_end(e) ? (has_flag(e, "RST") ? "RST" : "FIN")
                            : event_text(e, "flags"));
    if (!is_plain_ack(e) && !has_flag(e, "RST") &&
        take_packet(m, i, e->tid, back, is_plain_ack) != NULL)
        row_add(row, ", ACK");
}
