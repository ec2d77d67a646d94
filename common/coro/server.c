/* server: a listening socket, the task that accepts, and a task per client:
 * see coro.h. */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "debug.h"
#include "loop.h"
#include "stream.h"
#include "trace.h"
#include "watch.h"

enum {
    PAUSE_MS = 100, /* until the next try when descriptors or memory are out */
    IN_ONE_GO = 64, /* clients accepted before others may run */
};

#define CLIENT "client " /* and its address: the name of its task */

/* A client's connection, on the stack of its task. */
struct client {
    struct stream stream;
    struct task *task;
    struct client *next, *previous;
};

struct server {
    struct watch watch;
    client_fn *fn;
    void *arg;
    struct task *acceptor;
    struct client *clients;
    size_t arrived;       /* accepted, and their tasks have not begun */
    struct waiters empty; /* who waits for the last client to leave */
    struct server *next;  /* among all servers */
    char address[ADDRESS_TEXT_SIZE];
};

static struct server *servers;

/* --- one client ---------------------------------------------------------- */

static void
enlist(struct server *sv, struct client *c)
{
    c->task = loop.now;
    c->previous = NULL;
    c->next = sv->clients;
    if (c->next != NULL)
        c->next->previous = c;
    sv->clients = c;
    sv->arrived--;
}

static void
strike(struct server *sv, struct client *c)
{
    *(c->previous != NULL ? &c->previous->next : &sv->clients) = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    if (sv->clients == NULL && sv->arrived == 0)
        (void)waiters_wake_first(&sv->empty);
}

/* A client's task. */
static int
attend(void *arg)
{
    struct server *sv = arg;
    struct client c;
    int err, lost;

    enlist(sv, &c);
    err =
        stream_begin(&c.stream, loop.now->fd, loop.now->name + strlen(CLIENT));
    if (err == 0) {
        c.stream.borrowed = true;
        err = sv->fn(&c.stream, sv->arg);
        lost = stream_wait_closed(&c.stream, FOREVER);
        if (err >= 0 && lost < 0)
            err = lost;
    }
    if (err < 0 && err != -ECANCELED)
        (void)fprintf(stderr, "%s: %s\n", loop.now->name, err_text(err));
    strike(sv, &c);
    return err;
}

/* Gives a new connection to a task of its own: 0, or -ENOMEM. */
static int
welcome(struct server *sv, int fd, const struct address *peer)
{
    char name[sizeof CLIENT + ADDRESS_TEXT_SIZE] = CLIENT;
    struct task *t;

    (void)address_text(name + strlen(name), peer);
    t = task_spawn_detached(name, attend, sv, CORO_HERE);
    if (t == NULL) {
        (void)close(fd);
        return -ENOMEM;
    }
    t->fd = fd;
    sv->arrived++;
    return 0;
}

/* --- accepting ----------------------------------------------------------- */

/* One more client: 0, or < 0. */
static int
accept_one(struct server *sv)
{
    struct address peer = {.length = sizeof peer.storage};
    int fd, err;

    if (loop.watched)
        trace_call_begins();
    fd = accept4(sv->watch.fd, (struct sockaddr *)&peer.storage, &peer.length,
                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    err = -errno;
    if (loop.watched)
        trace_call("accept4", sv->watch.fd, fd < 0 ? err : fd, NULL, 0);
    return fd < 0 ? err : welcome(sv, fd, &peer);
}

/* Accepts until there is nobody: -EAGAIN, or what else went wrong. */
static int
accept_all(struct server *sv)
{
    for (int i = 1;; i++) {
        int err = accept_one(sv);

        if (err == 0 && i % IN_ONE_GO == 0)
            err = task_yield();
        /* Whoever called and hung up again is no reason to stop. */
        if (err < 0 && err != -ECONNABORTED && err != -EINTR)
            return err;
    }
}

/* The task that accepts. Out of descriptors or memory (EMFILE, ENOMEM, ...),
 * the callers stay in the kernel's queue, and we try again after a pause: the
 * kernel, which has told us of them, will not do so again. */
static int
accept_clients(void *arg)
{
    struct server *sv = arg;
    int err = 0, reported = 0;

    while (err != -ECANCELED) {
        err = accept_all(sv);
        if (err == -EAGAIN) {
            reported = 0;
            err = watch_wait_readable(&sv->watch, "clients", FOREVER);
        } else if (err != -ECANCELED) {
            if (err != reported)
                (void)fprintf(stderr, "server %s: accept: %s\n", sv->address,
                              err_text(err));
            reported = err;
            err = task_sleep(in_ms(PAUSE_MS));
        }
    }
    return 0;
}

/* --- its life ------------------------------------------------------------ */

/* A listening socket, or -errno. */
static int
listen_at(const struct address *address)
{
    const int yes = 1;
    int fd = socket(address->storage.ss_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err;

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, (const struct sockaddr *)&address->storage, address->length) ==
            0 &&
        listen(fd, SOMAXCONN) == 0)
        return fd;
    err = -errno;
    (void)close(fd);
    return err;
}

int
server_start(struct server **out, const struct address *address, client_fn *fn,
             void *arg)
{
    struct server *sv;
    struct address in_use;
    int fd = listen_at(address), err;

    if (fd < 0)
        return fd;
    sv = calloc(1, sizeof *sv);
    err = sv != NULL ? watch_open(&sv->watch, fd) : -ENOMEM;
    if (err < 0)
        goto out;
    sv->fn = fn;
    sv->arg = arg;
    (void)address_local(&in_use, fd);
    (void)address_text(sv->address, &in_use);
    sv->acceptor = task_spawn("acceptor", accept_clients, sv);
    err = sv->acceptor != NULL ? 0 : -ENOMEM;
    if (err < 0)
        goto out;
    sv->next = servers;
    servers = sv;
    *out = sv;
    return 0;

out:
    (void)close(fd);
    free(sv);
    return err;
}

const char *
server_address(const struct server *sv)
{
    return sv->address;
}

static void
server_free(struct server *sv)
{
    struct server **link = &servers;

    while (*link != sv)
        link = &(*link)->next;
    *link = sv->next;
    if (sv->watch.fd >= 0)
        (void)close(sv->watch.fd);
    free(sv);
}

/* Waits until the last client has left: 0. */
static int
wait_until_empty(struct server *sv, int64_t by)
{
    int err = 0;

    while ((sv->clients != NULL || sv->arrived > 0) && err == 0)
        err = task_park_in(&sv->empty, "the last client's end", by);
    return err;
}

int
server_close(struct server *sv, int64_t by)
{
    bool was_cancelled;
    int cancelled = 0;

    for (struct client *c = sv->clients; c != NULL; c = c->next)
        if (c->task == loop.now)
            return -EDEADLK;
    /* At its end, all clients that it has accepted have begun. */
    task_cancel(sv->acceptor);
    (void)task_see_end(sv->acceptor);
    (void)close(sv->watch.fd);
    sv->watch.fd = -1;
    (void)wait_until_empty(sv, by);
    was_cancelled = loop.now->cancelled;
    for (struct client *c = sv->clients; c != NULL; c = c->next) {
        task_cancel(c->task);
        cancelled++;
    }
    /* They end now; nothing shall keep us from seeing that. */
    do {
        was_cancelled = was_cancelled || loop.now->cancelled;
        loop.now->cancelled = false;
    } while (wait_until_empty(sv, FOREVER) < 0);
    loop.now->cancelled = was_cancelled || loop.now->cancelled;
    server_free(sv);
    return cancelled;
}

void
servers_end(void)
{
    while (servers != NULL) {
        debug_leak("server at", servers->address, "closed");
        server_free(servers);
    }
}
