/* load: see load.h. One line in flight on each connection. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "load_stream.h"
#include "nonblocking.h"

enum {
    EVENTS = 256,
    PER_ADDRESS = 20000, /* connections from one address: its ports */
};

struct connection {
    int fd;
    size_t sent, received; /* of the line in flight */
    double started_us;
};

struct load {
    struct plan plan;
    int epoll, count;
    char *line, *reply; /* what is sent; where replies are received */
    struct connection *connections;
};

/* --- connections --------------------------------------------------------- */

/* Each run has addresses of its own: the kernel keeps the ports of connections
 * that have ended for a minute. */
static void
own_address(char text[ADDRESS_TEXT_SIZE], int number)
{
    int run = (int)(getpid() % 60000);

    (void)snprintf(text, ADDRESS_TEXT_SIZE, "127.%d.%d.%d", 1 + run / 250,
                   1 + run % 250, 1 + number / PER_ADDRESS);
}

static int
connect_from(int number, int port)
{
    struct address from, to;
    char text[ADDRESS_TEXT_SIZE];
    const struct timeval patience = {PATIENCE_MS / 1000, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    own_address(text, number);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) <
            0 ||
        address_parse(&from, text, 0) < 0 ||
        address_parse(&to, "127.0.0.1", port) < 0 ||
        bind(fd, (struct sockaddr *)&from.storage, from.length) < 0 ||
        connect(fd, (struct sockaddr *)&to.storage, to.length) < 0 ||
        make_nonblocking(fd) < 0) {
        if (errno == EINPROGRESS) /* what connect says of SO_SNDTIMEO */
            errno = ETIMEDOUT;
        die("connect", address_text(text, &to));
    }
    return fd;
}

static struct load *
load_make(const struct plan *plan)
{
    struct load *load = calloc(1, sizeof *load);
    int count = plan->connections + plan->idle;

    if (load == NULL || (load->line = malloc(plan->bytes)) == NULL ||
        (load->reply = malloc(plan->bytes + 1)) == NULL ||
        (load->connections =
             calloc((size_t)count, sizeof *load->connections)) == NULL ||
        (load->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        die("load", NULL);
    load->plan = *plan;
    load->count = count;
    pattern_fill(load->line, plan->bytes, 0, plan->bytes);
    return load;
}

static void exchange(struct load *load, struct connection *first, int n, int ms,
                     struct slice *slice);

struct load *
load_open(const struct plan *plan)
{
    struct load *load = load_make(plan);
    struct slice ignored = {0};

    for (int i = 0; i < load->count; i++) {
        struct connection *c = &load->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

        c->fd = connect_from(i, plan->port);
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
            die("epoll_ctl", NULL);
    }
    exchange(load, load->connections, load->count, 0, &ignored);
    return load;
}

void
load_close(struct load *load)
{
    for (int i = 0; i < load->count; i++)
        (void)close(load->connections[i].fd);
    (void)close(load->epoll);
    free(load->connections);
    free(load->line);
    free(load->reply);
    free(load);
}

/* --- a slice ------------------------------------------------------------- */

/* Sends what is missing of the line, as far as the kernel takes it. */
static void
send_rest(struct load *load, struct connection *c)
{
    while (c->sent < load->plan.bytes) {
        ssize_t n = send(c->fd, load->line + c->sent,
                         load->plan.bytes - c->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            continue; /* a line is shorter than the kernel's buffers */
        if (n < 0)
            die("send", NULL);
        c->sent += (size_t)n;
    }
}

static void
send_line(struct load *load, struct connection *c)
{
    c->sent = c->received = 0;
    c->started_us = now_us();
    send_rest(load, c);
}

/* True when the reply is complete. There is room for a byte too many. */
static bool
receive(struct load *load, struct connection *c)
{
    size_t left = load->plan.bytes - c->received;
    ssize_t n = recv(c->fd, load->reply, left + 1, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        give_up("the server hung up");
    if ((size_t)n > left ||
        memcmp(load->reply, load->line + c->received, (size_t)n) != 0)
        give_up("the reply differs from the line");
    c->received += (size_t)n;
    return c->received == load->plan.bytes;
}

/* Exchanges lines on the n connections from `first` for `ms`: one at least. */
static void
exchange(struct load *load, struct connection *first, int n, int ms,
         struct slice *slice)
{
    struct epoll_event events[EVENTS];
    double start = now_us(), end = start + ms * 1000.0;
    int in_flight = n;

    for (int i = 0; i < n; i++)
        send_line(load, &first[i]);
    while (in_flight > 0) {
        int ready = epoll_wait(load->epoll, events, EVENTS, PATIENCE_MS);
        double now = now_us();

        if (ready == 0)
            give_up("a reply is missing");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;

            if (!receive(load, c))
                continue;
            slice->replies++;
            histogram_add(&slice->times, now_us() - c->started_us);
            if (now < end)
                send_line(load, c);
            else
                in_flight--;
        }
    }
    slice->seconds = (now_us() - start) / 1e6;
}

void
load_run(struct load *load, int ms, struct slice *slice)
{
    *slice = (struct slice){0};
    if (load->plan.stream)
        stream_run(load->connections[0].fd, load->plan.bytes, ms, slice);
    else
        exchange(load, load->connections, load->plan.connections, ms, slice);
}
