/* server: echoes lines to many clients by asking every socket all the time. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum {
    LINE_LIMIT = 4096,   /* bytes of the longest line, its "\n" included */
    CLIENT_LIMIT = 1000, /* whoever comes later waits in the kernel's queue */
};

/* What must be remembered of a client from one round to the next. */
static struct client {
    int fd;
    bool finished; /* it has sent its last byte */
    bool refused;  /* its line was too long: we only wait until it leaves */
    size_t used;   /* bytes that came and did not go back yet ... */
    size_t ready;  /* ... and so many of them, at the front, may go now */
    char name[ADDRESS_TEXT_SIZE];
    char bytes[LINE_LIMIT];
} clients[CLIENT_LIMIT];
static size_t client_count;

/* From now on a call on `fd` that would have to wait fails with EAGAIN. */
static void
make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
}

/* True when a call failed only for now; else says what failed. */
static bool
not_now(const char *what, const char *name)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return true;
    warn(what, name);
    return false;
}

/* Takes one client out of the kernel's queue, if there is one. */
static void
welcome(int listener)
{
    static int last_error; /* the same error is no news in the next round */
    struct client *client = &clients[client_count];
    struct address address;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        /* EMFILE, too many open files, passes when a client leaves. */
        if (errno != last_error && errno != ECONNABORTED)
            (void)not_now("accept", NULL);
        last_error = errno;
        return;
    }
    make_nonblocking(fd); /* on Linux it does not inherit the listener's flag */
    (void)address_peer(&address, fd);
    *client = (struct client){.fd = fd};
    (void)fprintf(stderr, "%s came\n", address_text(client->name, &address));
    client_count++;
}

/* Receives what is there. False when the client has left. */
static bool
receive(struct client *client)
{
    char *end = client->bytes + client->used;
    ssize_t n = recv(client->fd, end, LINE_LIMIT - client->used, 0);

    if (n < 0)
        return not_now("recv", client->name); /* the half line stays */
    if (n == 0) {
        client->finished = true;
        client->ready = client->used; /* the last line may lack its "\n" */
        return client->used > 0;
    }
    if (client->refused)
        return true; /* `used` stays 0: these bytes are forgotten */
    client->used += (size_t)n;
    end = memrchr(client->bytes, '\n', client->used);
    if (end != NULL) {
        client->ready = (size_t)(end - client->bytes) + 1;
    } else if (client->used == LINE_LIMIT) {
        (void)fprintf(stderr, "%s: line too long\n", client->name);
        /* close() could reset replies that are still on their way. */
        (void)shutdown(client->fd, SHUT_WR);
        client->refused = true;
        client->used = 0;
    }
    return true;
}

/* Sends back as much as the kernel takes now; the rest is for later rounds.
 * False when the client has left, or has got all that it can get. */
static bool
answer(struct client *client)
{
    ssize_t n = send(client->fd, client->bytes, client->ready, MSG_NOSIGNAL);

    if (n < 0)
        return not_now("send", client->name);
    client->ready -= (size_t)n;
    client->used -= (size_t)n;
    memmove(client->bytes, client->bytes + n, client->used);
    return client->ready > 0 || !client->finished;
}

/* One call each. Nothing is read from a client that takes no replies. */
static void
ask_everyone(void)
{
    for (size_t i = client_count; i-- > 0;) {
        struct client *client = &clients[i];

        if (client->ready > 0 ? answer(client) : receive(client))
            continue;
        (void)fprintf(stderr, "%s left\n", client->name);
        (void)close(client->fd);
        *client = clients[--client_count]; /* the last one takes its place */
    }
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    make_nonblocking(listener);
    for (;;) { /* nothing in here ever waits: that costs a whole CPU */
        if (client_count < CLIENT_LIMIT)
            welcome(listener);
        ask_everyone();
    }
}
