/* open: to look a name up and to connect: stream_open() of coro.h.
 *
 * A lookup may ask a name server and wait for seconds, and the C library knows
 * no other way than blocking: so it runs in a pool thread.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "loop.h"
#include "stream.h"
#include "trace.h"
#include "watch.h"

/* What a pool thread works on: it may outlive who has asked for it. */
struct lookup {
    struct addrinfo *found;
    char *port;
    char host[]; /* and the port behind it */
};

static void
lookup_free(void *arg)
{
    struct lookup *l = arg;

    if (l->found != NULL)
        freeaddrinfo(l->found);
    free(l);
}

static struct lookup *
lookup_make(const char *host, const char *port)
{
    size_t host_size = strlen(host) + 1, port_size = strlen(port) + 1;
    struct lookup *l = malloc(sizeof *l + host_size + port_size);

    if (l == NULL)
        return NULL;
    l->found = NULL;
    l->port = l->host + host_size;
    memcpy(l->host, host, host_size);
    memcpy(l->port, port, port_size);
    return l;
}

/* 0, or an EAI_ code, which is none of errno's. */
static int
ask(struct lookup *l, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = flags};

    return getaddrinfo(l->host, l->port, &hints, &l->found);
}

/* The job in the pool thread. */
static int
look_up(void *arg)
{
    switch (ask(arg, 0)) {
    case 0:
        return 0;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_SYSTEM:
        return -errno;
    default:
        return -ENOENT; /* there is no such name, or no such service */
    }
}

/* What connect() came to, once it is known: 0, or < 0. */
static int
connected(int fd, int64_t by)
{
    struct watch watch;
    int err = watch_open(&watch, fd), failure = 0;
    socklen_t size = sizeof failure;

    /* The kernel tells at once of what it knows; that is not the end yet. */
    watch.writable = false;
    while (err == 0 && !watch.writable && !watch.more)
        err = watch_wait_writable(&watch, "a connection", by);
    if (err == 0)
        err = -getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
    /* `watch` ends here; the stream will register fd with one of its own. */
    (void)epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, NULL);
    return err < 0 ? err : -failure;
}

/* A connected socket, or < 0. */
static int
connect_to(const struct addrinfo *a, int64_t by)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    a->ai_protocol);
    int err = 0;

    if (fd < 0)
        return -errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
        err =
            errno == EINPROGRESS || errno == EINTR ? connected(fd, by) : -errno;
    if (loop.watched)
        trace_call("connect", fd, err, NULL, 0);
    if (err == 0)
        return fd;
    (void)close(fd);
    return err;
}

/* Connects to one after the other until one answers. */
static int
connect_to_any(const struct addrinfo *list, struct address *peer, int64_t by)
{
    int fd = -ENOENT;

    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        fd = connect_to(a, by);
        if (fd >= 0) {
            peer->length = a->ai_addrlen;
            memcpy(&peer->storage, a->ai_addr, a->ai_addrlen);
        }
        if (fd >= 0 || fd == -ECANCELED || fd == -ETIMEDOUT)
            break;
    }
    return fd;
}

int
stream_open(struct stream **out, const char *host, const char *port, int64_t by)
{
    struct lookup *l;
    struct stream *s = NULL;
    struct address peer;
    char text[ADDRESS_TEXT_SIZE];
    int fd, err = 0, result;

    if (loop.now->cancelled)
        return -ECANCELED;
    l = lookup_make(host, port);
    if (l == NULL)
        return -ENOMEM;
    /* An address and a port number need no lookup, and no thread. */
    if (ask(l, AI_NUMERICHOST | AI_NUMERICSERV) != 0) {
        err = offload(look_up, l, lookup_free, &result, by);
        if (err < 0)
            return err; /* l is the thread's, or is freed */
        err = result;
    }
    err = fd = err < 0 ? err : connect_to_any(l->found, &peer, by);
    lookup_free(l);
    if (fd < 0)
        return err;
    s = malloc(sizeof *s);
    if (s == NULL) {
        (void)close(fd);
        return -ENOMEM;
    }
    err = stream_begin(s, fd, address_text(text, &peer));
    if (err < 0) {
        free(s);
        return err;
    }
    *out = s;
    return 0;
}
