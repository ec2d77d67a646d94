/* stream_read: the reading half of a stream: see coro.h.
 *
 * Bytes go straight to the caller's buffer where it has one. A line is looked
 * for in the stream's own buffer and lent from there.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "loop.h"
#include "stream.h"
#include "trace.h"

/* What must be in order before a task may read. */
static int
may_read(struct stream *s)
{
    if (loop.now->cancelled)
        return -ECANCELED;
    if (s->watch.reader != NULL)
        return -EBUSY;
    if (s->lent_end != NULL) /* what was lent is not lent any more */
        *s->lent_end = s->covered;
    s->lent_end = NULL;
    return 0;
}

/* Receives once, into `room` bytes at `to`: 1..room; 0 at the end; < 0.
 * Waits first when the kernel is known to have nothing. */
static ssize_t
receive_once(struct stream *s, void *to, size_t room)
{
    ssize_t n;
    int err;

    if (loop.watched)
        trace_call_begins();
    n = recv(s->watch.fd, to, room, 0);
    err = -errno;
    if (loop.watched)
        trace_call("recv", s->watch.fd, n < 0 ? err : n, to, room);
    if (n < 0) {

        if (err != -EAGAIN && err != -EINTR)
            s->read_error = err; /* the kernel says it only once */
        return err;
    }
    s->ended = n == 0;
    /* Less than there was room for: the kernel has no more, and will tell when
     * it has (epoll(7), question 9). */
    if ((size_t)n < room && !s->watch.more)
        s->watch.readable = false;
    return n;
}

/* For who does not wait, what the loop has not been told of yet counts too. */
static bool
has_come(int fd)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};

    return poll(&in, 1, 0) > 0;
}

/* Waits until there may be something to receive: 0. */
static int
wait_for_bytes(struct stream *s, const char *why, int64_t by)
{
    int err;

    if (s->read_error < 0)
        return s->read_error;
    if (s->watch.readable || (by <= NOW && has_come(s->watch.fd))) {
        s->watch.reader = loop.now; /* others may run, but not read */
        err = loop_breathe();
        s->watch.reader = NULL;
        return err < 0 ? err : s->closing ? -ECONNABORTED : 0;
    }
    buffer_rest(&s->in); /* an idle connection holds no memory */
    if (!s->settled) /* nor the page of its stack that a greeting has used */
        task_trim_stack();
    s->settled = true;
    err = watch_wait_readable(&s->watch, why, by);
    return err < 0 ? err : s->closing ? -ECONNABORTED : 0;
}

/* Receives, having waited for it. */
static ssize_t
receive(struct stream *s, void *to, size_t room, const char *why, int64_t by)
{
    for (;;) {
        ssize_t n = wait_for_bytes(s, why, by);

        if (n < 0)
            return n;
        n = receive_once(s, to, room);
        if (n == -EAGAIN)
            s->watch.readable = false;
        else if (n != -EINTR)
            return n;
    }
}

/* The same into the stream's buffer, which may grow to `most` bytes. */
static ssize_t
fill(struct stream *s, size_t most, const char *why, int64_t by)
{
    struct buffer *in = &s->in;

    for (;;) {
        ssize_t n = wait_for_bytes(s, why, by); /* may take the memory away */

        buffer_drop(in, 0); /* without bytes, it starts at the front again */
        if (n == 0)
            n = buffer_make_room(in, most);
        if (n < 0)
            return n;
        n = receive_once(s, in->memory + in->end, in->size - in->end);
        if (n == -EAGAIN)
            s->watch.readable = false;
        else if (n > 0)
            in->end += (size_t)n;
        if (n != -EAGAIN && n != -EINTR)
            return n;
    }
}

/* Moves up to `cap` bytes from the stream's buffer to `buf`. */
static size_t
take(struct stream *s, void *buf, size_t cap)
{
    size_t n = buffer_length(&s->in);

    if (n > cap)
        n = cap;
    if (n > 0)
        memcpy(buf, buffer_bytes(&s->in), n);
    buffer_drop(&s->in, n);
    return n;
}

ssize_t
stream_read(struct stream *s, void *buf, size_t cap, int64_t by)
{
    int err = may_read(s);
    size_t n;

    if (err < 0)
        return err;
    n = take(s, buf, cap);
    if (n > 0 || s->ended || cap == 0)
        return (ssize_t)n;
    return receive(s, buf, cap, "bytes", by);
}

ssize_t
stream_read_exactly(struct stream *s, void *buf, size_t n, size_t *got,
                    int64_t by)
{
    ssize_t piece = may_read(s);
    size_t have = 0;

    if (piece == 0)
        have = take(s, buf, n);
    while (piece >= 0 && have < n) {
        if (s->ended) {
            piece = CORO_EOF;
            break;
        }
        piece = receive(s, (char *)buf + have, n - have, "bytes", by);
        if (piece > 0)
            have += (size_t)piece;
    }
    if (got != NULL)
        *got = have;
    return have == n && piece >= 0 ? (ssize_t)n : piece;
}

/* Lends the first n bytes, with a NUL behind them: n. */
static ssize_t
lend(struct stream *s, const char **data, size_t n)
{
    *data = buffer_bytes(&s->in);
    s->lent_end = buffer_bytes(&s->in) + n; /* the memory has one byte more */
    s->covered = *s->lent_end;
    *s->lent_end = '\0';
    /* The bytes stay where they are until the next read. */
    s->in.start += n;
    return (ssize_t)n;
}

ssize_t
stream_read_until(struct stream *s, char delim, const char **data, size_t limit,
                  int64_t by)
{
    ssize_t n = may_read(s);
    size_t searched = 0;

    while (n >= 0) {
        size_t have = buffer_length(&s->in);

        if (have > limit)
            have = limit;
        if (have > searched) {
            const char *bytes = buffer_bytes(&s->in);
            const char *end = memchr(bytes + searched, delim, have - searched);

            if (end != NULL)
                return lend(s, data, (size_t)(end - bytes) + 1);
        }
        if (have == limit)
            return CORO_LIMIT;
        if (s->ended)
            return CORO_EOF;
        searched = have;
        n = fill(s, limit, "a line", by);
    }
    return n;
}

ssize_t
stream_read_line(struct stream *s, const char **line, size_t limit, int64_t by)
{
    ssize_t n = stream_read_until(s, '\n', line, limit, by);

    if (n != CORO_EOF)
        return n;
    if (buffer_length(&s->in) > 0)
        return lend(s, line, buffer_length(&s->in));
    *line = "";
    return 0;
}
