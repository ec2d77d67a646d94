/* load: see load.h. */
#include "load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "nonblocking.h"

enum {
    EVENTS = 256,
    BUCKETS = 4096, /* of the times: a quarter of a microsecond at first ... */
    PATIENCE_MS = 10000,
    PER_ADDRESS = 20000, /* connections from one address: its ports */
};

struct connection {
    int fd;
    size_t received, sent; /* of the line in flight */
    double started_us;
};

struct load {
    pid_t server;
    int epoll, count;
    size_t bytes;
    char *line, *reply; /* what is sent; where replies are received */
    struct connection *connections;
    long histogram[BUCKETS];
};

static double
now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

_Noreturn static void
give_up(const char *why)
{
    (void)fprintf(stderr, "load: %s\n", why);
    exit(EXIT_FAILURE);
}

/* --- times: a histogram whose buckets grow by 1/64 ----------------------- */

static int
bucket_of(double us)
{
    double limit = 64;
    int bucket = 256;

    if (us < limit)
        return (int)(us * 4);
    while (us >= limit * 2) {
        limit *= 2;
        bucket += 64;
    }
    bucket += (int)((us - limit) / limit * 64);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double
bucket_us(int bucket)
{
    double limit = 64;

    if (bucket < 256)
        return bucket / 4.0;
    for (bucket -= 256; bucket >= 64; bucket -= 64)
        limit *= 2;
    return limit * (1 + bucket / 64.0);
}

static double
percentile(const long *histogram, long total, double part)
{
    long seen = 0;

    for (int i = 0; i < BUCKETS; i++) {
        seen += histogram[i];
        if ((double)seen >= part * (double)total)
            return bucket_us(i);
    }
    return bucket_us(BUCKETS - 1);
}

/* --- connections --------------------------------------------------------- */

static int
connect_from(int number, int port)
{
    struct address from, to;
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(text, sizeof text, "127.0.0.%d", 2 + number / PER_ADDRESS);
    if (fd < 0 || address_parse(&from, text, 0) < 0 ||
        address_parse(&to, "127.0.0.1", port) < 0 ||
        bind(fd, (struct sockaddr *)&from.storage, from.length) < 0 ||
        connect(fd, (struct sockaddr *)&to.storage, to.length) < 0 ||
        make_nonblocking(fd) < 0)
        die("connect", address_text(text, &to));
    return fd;
}

struct load *
load_open(pid_t server, int port, int n, size_t bytes)
{
    struct load *load = calloc(1, sizeof *load);

    if (load == NULL || (load->line = malloc(bytes)) == NULL ||
        (load->reply = malloc(bytes + 1)) == NULL ||
        (load->connections = calloc((size_t)n, sizeof *load->connections)) ==
            NULL ||
        (load->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        die("load", NULL);
    load->server = server;
    load->count = n;
    load->bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
        load->line[i] = (char)('a' + i % 26);
    load->line[bytes - 1] = '\n';
    for (int i = 0; i < n; i++) {
        struct connection *c = &load->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

        c->fd = connect_from(i, port);
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
            die("epoll_ctl", NULL);
    }
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

static void
send_rest(struct load *load, struct connection *c)
{
    while (c->sent < load->bytes) {
        ssize_t n = send(c->fd, load->line + c->sent, load->bytes - c->sent,
                         MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            die("send", NULL);
        if (n > 0)
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

/* True when the reply is complete. */
static bool
receive(struct load *load, struct connection *c)
{
    ssize_t n =
        recv(c->fd, load->reply, load->bytes - c->received + 1, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        give_up("the server hung up");
    if ((size_t)n > load->bytes - c->received ||
        memcmp(load->reply, load->line + c->received, (size_t)n) != 0)
        give_up("the reply differs from the line");
    c->received += (size_t)n;
    return c->received == load->bytes;
}

/* Adds to *ran and *waited what the kernel says of a process's main thread. */
static void
add_times(pid_t pid, double sign, double *ran, double *waited)
{
    char path[64];
    unsigned long long run_ns = 0, wait_ns = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%llu %llu", &run_ns, &wait_ns) != 2)
        die("schedstat", path);
    (void)fclose(file);
    *ran += sign * (double)run_ns / 1e9;
    *waited += sign * (double)wait_ns / 1e9;
}

static void
note_times(struct load *load, double sign, struct slice *slice)
{
    double own = 0;

    add_times(load->server, sign, &slice->server_s, &slice->waited_s);
    add_times(getpid(), sign, &own, &slice->waited_s);
}

struct slice
load_run(struct load *load, int ms)
{
    struct slice slice = {0};
    struct epoll_event events[EVENTS];
    int in_flight = load->count;
    double start, end;

    memset(load->histogram, 0, sizeof load->histogram);
    note_times(load, -1, &slice);
    start = now_us();
    end = start + ms * 1000.0;
    for (int i = 0; i < load->count; i++)
        send_line(load, &load->connections[i]);
    while (in_flight > 0) {
        int n = epoll_wait(load->epoll, events, EVENTS, PATIENCE_MS);
        double now = now_us();

        if (n == 0)
            give_up("a reply is missing");
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (!receive(load, c))
                continue;
            slice.replies++;
            load->histogram[bucket_of(now_us() - c->started_us)]++;
            if (now < end)
                send_line(load, c);
            else
                in_flight--;
        }
    }
    slice.seconds = (now_us() - start) / 1e6;
    note_times(load, 1, &slice);
    slice.p50_us = percentile(load->histogram, slice.replies, 0.50);
    slice.p99_us = percentile(load->histogram, slice.replies, 0.99);
    return slice;
}
