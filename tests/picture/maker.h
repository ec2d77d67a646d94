/* maker: how rows are made of events; for rows.c, packet_rows.c, call_rows.c.
 */
#ifndef PICTURE_MAKER_H
#define PICTURE_MAKER_H

#include "rows.h"
#include "story.h"

enum {
    GAP_NS = 5000000, /* so long without a row is told of */
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

/* Appends to the text of a row, as far as there is room (printf-like). */
void row_add(struct row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A new row, and before it a gap where time has passed. Valid until the next.
 */
struct row *add_row(struct maker *m, int64_t ts_ns);

/* The row of the packet, or of the call, that is told as number `i`, with what
 * belongs to it; what is no row of its own makes none. */
void make_packet(struct maker *m, size_t i);
void make_call(struct maker *m, size_t i);

/* The next packet of a connection in that direction, if it is `wanted`, and the
 * program does nothing with the connection before it: it is then part of the
 * row of number `i`. NULL otherwise. */
const struct event *take_packet(struct maker *m, size_t i, int conn,
                                const char *to,
                                bool (*wanted)(const struct event *e));

/* What a packet is. */
bool has_flag(const struct event *e, const char *flag);
bool is_plain_ack(const struct event *e);
bool has_bytes(const struct event *e);
bool says_end(const struct event *e);

#endif
