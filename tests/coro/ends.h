/* ends: a stream of the runtime, and a plain socket as the far end of its
 * connection, both in the hands of one test. To be used inside a task.
 */
#ifndef CORO_ENDS_H
#define CORO_ENDS_H

#include "inside.h"
#include "stream.h"

struct ends {
    struct stream *s;
    int far; /* a non-blocking socket; -1 once closed */
};

enum { SMALL_BYTES = 4096 }; /* of the kernel's buffers, where they are small */

/* Connects the two over 127.0.0.1. */
void ends_open(struct ends *e);
/* The same with small buffers in the kernel, which a few writes fill. */
void ends_open_small(struct ends *e);
/* Closes both; the stream must take it well. */
void ends_close(struct ends *e);

/* A socket that listens on 127.0.0.1, and the port as text. */
int listen_on_any(char port[8], int backlog);

/* --- what the far end does ------------------------------------------------ */

/* Sends the text, and waits until the stream's kernel has it. */
#define FAR_SAYS(e, text) far_says((e), (text), sizeof(text) - 1)
void far_says(struct ends *e, const char *text, size_t n);
/* Sends many bytes; lets the loop run while the kernel takes no more. */
void far_sends(struct ends *e, const void *bytes, size_t n);
void far_sends_urgent(struct ends *e, char byte);
void far_half_closes(struct ends *e);
void far_closes(struct ends *e);
/* Closes with a reset, and waits until the stream's kernel knows. */
void far_resets(struct ends *e);

/* Expects exactly these bytes next. */
#define FAR_HEARS(e, text) far_hears((e), (text), sizeof(text) - 1, INSIDE_HERE)
void far_hears(struct ends *e, const char *text, size_t n, const char *where);
/* Takes n bytes, whatever they are, and lets the loop run meanwhile. */
void far_takes(struct ends *e, size_t n);
/* Takes all until the end or a reset: how many bytes; *reset says which. */
size_t far_takes_all(struct ends *e, bool *reset);

/* Waits until the kernel has something to tell of the stream's descriptor. */
void until_told(const struct stream *s, short events);

/* --- a stream that is full ------------------------------------------------ */

/* Writes `n` bytes more than the kernel takes: they are queued. */
void fill_up(struct ends *e, size_t n);

#endif
