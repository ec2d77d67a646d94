/* ends: see ends.h. */
#include "ends.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TOLD_MS = 10000 }; /* for what only a stuck machine delays */

int
listen_on_any(char port[8], int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    HOLDS(fd >= 0);
    HOLDS(bind(fd, (struct sockaddr *)&address, size) == 0);
    HOLDS(listen(fd, backlog) == 0);
    HOLDS(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    (void)snprintf(port, 8, "%d", ntohs(address.sin_port));
    return fd;
}

static void
set_buffer(int fd, int which, int bytes)
{
    HOLDS(setsockopt(fd, SOL_SOCKET, which, &bytes, sizeof bytes) == 0);
}

static void
open_both(struct ends *e, bool small)
{
    char port[8];
    int listener = listen_on_any(port, 1);

    if (small) /* the far end inherits it */
        set_buffer(listener, SO_RCVBUF, SMALL_BYTES);
    IS(stream_open(&e->s, "127.0.0.1", port, FOREVER), 0);
    e->far = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    HOLDS(e->far >= 0);
    (void)close(listener);
    if (small)
        set_buffer(e->s->watch.fd, SO_SNDBUF, SMALL_BYTES);
}

void
ends_open(struct ends *e)
{
    open_both(e, false);
}

void
ends_open_small(struct ends *e)
{
    open_both(e, true);
}

void
ends_close(struct ends *e)
{
    IS(stream_wait_closed(e->s, FOREVER), 0);
    far_closes(e);
}

void
until_told(const struct stream *s, short events)
{
    struct pollfd of = {.fd = s->watch.fd, .events = events};

    HOLDS(poll(&of, 1, TOLD_MS) == 1);
}

/* --- what the far end does ------------------------------------------------ */

void
far_sends(struct ends *e, const void *bytes, size_t n)
{
    const char *next = bytes;

    while (n > 0) {
        ssize_t sent = send(e->far, next, n, MSG_NOSIGNAL);

        if (sent < 0) {
            IS(errno, EAGAIN);
            IS(task_sleep(in_ms(1)), 0);
            continue;
        }
        next += sent;
        n -= (size_t)sent;
    }
}

void
far_says(struct ends *e, const char *text, size_t n)
{
    far_sends(e, text, n);
    until_told(e->s, POLLIN);
}

void
far_sends_urgent(struct ends *e, char byte)
{
    IS(send(e->far, &byte, 1, MSG_OOB | MSG_NOSIGNAL), 1);
    until_told(e->s, POLLPRI);
}

void
far_half_closes(struct ends *e)
{
    IS(shutdown(e->far, SHUT_WR), 0);
    until_told(e->s, POLLRDHUP);
}

void
far_closes(struct ends *e)
{
    if (e->far >= 0)
        (void)close(e->far);
    e->far = -1;
}

void
far_resets(struct ends *e)
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};

    HOLDS(setsockopt(e->far, SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
    far_closes(e);
    if (e->s->watch.fd >= 0)
        until_told(e->s, POLLHUP);
}

/* What has come at the far end, at most n bytes; 0 at the end, or -errno. */
static ssize_t
far_receives(struct ends *e, void *bytes, size_t n)
{
    for (;;) {
        ssize_t came = recv(e->far, bytes, n, 0);

        if (came >= 0)
            return came;
        if (errno != EAGAIN)
            return -errno;
        IS(task_sleep(in_ms(1)), 0);
    }
}

void
far_hears(struct ends *e, const char *text, size_t n, const char *where)
{
    char *bytes = malloc(n + 1);
    size_t have = 0;

    HOLDS(bytes != NULL);
    while (have < n) {
        ssize_t came = far_receives(e, bytes + have, n - have);

        if (came <= 0)
            inside_fails("the far end gets bytes", where);
        have += (size_t)came;
    }
    inside_reads((int64_t)have, bytes, text, n, "what the far end gets", where);
    free(bytes);
}

void
far_takes(struct ends *e, size_t n)
{
    char bytes[1024];

    while (n > 0) {
        ssize_t came =
            far_receives(e, bytes, n < sizeof bytes ? n : sizeof bytes);

        HOLDS(came > 0);
        n -= (size_t)came;
    }
}

size_t
far_takes_all(struct ends *e, bool *reset)
{
    char bytes[1024];
    size_t all = 0;

    for (;;) {
        ssize_t came = far_receives(e, bytes, sizeof bytes);

        *reset = came == -ECONNRESET;
        if (came <= 0) {
            HOLDS(came == 0 || *reset);
            return all;
        }
        all += (size_t)came;
    }
}

/* --- a stream that is full ------------------------------------------------ */

void
fill_up(struct ends *e, size_t n)
{
    static const char bytes[SMALL_BYTES];
    char *rest;

    while (buffer_length(&e->s->out) == 0)
        IS(stream_write(e->s, bytes, sizeof bytes), 0);
    HOLDS(buffer_length(&e->s->out) <= n);
    n -= buffer_length(&e->s->out);
    rest = calloc(1, n + 1);
    HOLDS(rest != NULL);
    IS(stream_write(e->s, rest, n), 0);
    free(rest);
}
