/* stream_write: the writing half of a stream, and how it closes: see coro.h.
 *
 * While nothing is queued, bytes go straight to the kernel. What it does not
 * take waits in the stream's buffer, and goes out as soon as the kernel tells
 * that there is room (flush), whichever task runs then.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "stream.h"
#include "trace.h"

/* The marks between which a queue is drained; asyncio's are the same. */
enum { HIGH_BYTES = 65536, LOW_BYTES = 16384 };

/* Sends as much as the kernel takes now: how much, or < 0. */
static ssize_t
send_now(struct stream *s, const char *bytes, size_t n)
{
    size_t sent = 0;

    while (sent < n && s->watch.writable) {
        ssize_t piece;
        int err;

        if (loop.watched)
            trace_call_begins();
        piece = send(s->watch.fd, bytes + sent, n - sent, MSG_NOSIGNAL);
        err = -errno;
        if (loop.watched)
            trace_call("send", s->watch.fd, piece < 0 ? err : piece,
                       bytes + sent, n - sent);
        if (piece >= 0)
            sent += (size_t)piece;
        else if (err == -EAGAIN)
            s->watch.writable = false;
        else if (err != -EINTR)
            return err;
    }
    return (ssize_t)sent;
}

/* After the last byte: the half-close, or the end. */
static void
finish(struct stream *s)
{
    if (s->closing) {
        if (loop.watched)
            trace_closed(s->watch.fd);
        (void)close(s->watch.fd);
        s->watch.fd = -1;
    } else if (s->eof_asked) {
        (void)shutdown(s->watch.fd, SHUT_WR);
    }
}

/* Nothing will ever be sent again. */
static int
break_off(struct stream *s, int err)
{
    s->write_error = err;
    if (buffer_length(&s->out) > 0)
        loop.outside--;
    buffer_free(&s->out);
    finish(s);
    while (waiters_wake_first(&s->writers))
        continue;
    return err;
}

/* Called when the kernel has room again. */
static void
flush(struct watch *w)
{
    struct stream *s = (struct stream *)w;
    size_t length = buffer_length(&s->out);
    ssize_t n = send_now(s, buffer_bytes(&s->out), length);

    if (n < 0) {
        (void)break_off(s, (int)n);
        return;
    }
    buffer_drop(&s->out, (size_t)n);
    length -= (size_t)n;
    if (length == 0) {
        loop.outside--;
        w->on_writable = NULL;
        buffer_rest(&s->out);
        finish(s);
    }
    if (length <= LOW_BYTES)
        while (waiters_wake_first(&s->writers))
            continue;
}

int
stream_write(struct stream *s, const void *buf, size_t n)
{
    size_t sent = 0;

    if (s->write_error < 0)
        return s->write_error;
    if (s->eof_asked || s->closing)
        return -EPIPE;
    if (buffer_length(&s->out) == 0) {
        ssize_t now = send_now(s, buf, n);

        if (now < 0)
            return break_off(s, (int)now);
        sent = (size_t)now;
    }
    if (sent == n)
        return 0;
    if (buffer_length(&s->out) == 0)
        loop.outside++; /* now the kernel has something to tell us */
    s->watch.on_writable = flush;
    if (buffer_add(&s->out, (const char *)buf + sent, n - sent) < 0) {
        if (buffer_length(&s->out) == 0)
            loop.outside--;
        return break_off(s, -ENOMEM);
    }
    return 0;
}

int
stream_drain(struct stream *s, int64_t by)
{
    int err = loop.now->cancelled ? -ECANCELED : s->write_error;

    if (err == 0 && buffer_length(&s->out) == 0)
        return loop_breathe();
    if (err == 0 && buffer_length(&s->out) > HIGH_BYTES) {
        s->drainers++;
        err = task_park_in(&s->writers, "room to write", by);
        s->drainers--;
    }
    return err < 0 ? err : s->write_error;
}

int
stream_write_eof(struct stream *s)
{
    if (s->write_error < 0)
        return s->write_error;
    if (!s->eof_asked && !s->closing) {
        s->eof_asked = true;
        if (buffer_length(&s->out) == 0)
            finish(s);
    }
    return 0;
}

void
stream_close(struct stream *s)
{
    if (s->closing)
        return;
    s->closing = true;
    if (s->watch.reader != NULL)
        task_wake(s->watch.reader, 0);
    if (buffer_length(&s->out) == 0)
        finish(s);
}

/* Whoever still reads or drains has left before s is freed. */
static void
see_others_off(struct stream *s)
{
    while (s->watch.reader != NULL || s->drainers > 0) {
        while (waiters_wake_first(&s->writers))
            continue;
        (void)task_yield();
    }
}

int
stream_wait_closed(struct stream *s, int64_t by)
{
    int err = 0;

    stream_close(s);
    while (s->watch.fd >= 0 && err == 0)
        err = task_park_in(&s->writers, "unsent bytes", by);
    if (err == 0)
        err = s->write_error;
    else if (s->write_error == 0)
        s->write_error = -ECONNABORTED; /* for those that drain */
    see_others_off(s);
    stream_abort(s);
    return err;
}
