/* server: echoes lines to many clients, asleep in select till one needs it. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "nonblocking.h"
#include "options.h"
#include "quit.h"

enum { LINE_LIMIT = 65536 }; /* bytes of the longest line, its "\n" included */

/* One buffer for both ways: in front what goes out, behind it what came in. */
struct client {
    char name[ADDRESS_TEXT_SIZE], bytes[LINE_LIMIT];
    size_t used;  /* bytes that came and did not go back yet ... */
    size_t ready; /* ... and so many of them, at the front, may go now */
    bool refused; /* its line was too long: we only wait until it leaves */
};
static struct client *clients[FD_SETSIZE]; /* the index is the descriptor */
static bool door_shut; /* after EMFILE, until somebody leaves */

/* True when a call failed only for now; else says what failed. */
static bool
not_now(const char *what, const char *name)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return true;
    warn(what, name);
    return false;
}

/* Lets one client in, if it is still there and there is room for it. */
static void
welcome(int listener)
{
    struct address peer;
    struct client *client = NULL;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        door_shut = errno != ECONNABORTED && !not_now("accept", NULL);
    } else if (fd >= FD_SETSIZE || !(client = calloc(1, sizeof *client))) {
        (void)fprintf(stderr, "server full: no room for descriptor %d\n", fd);
        (void)send(fd, "server full\n", strlen("server full\n"), MSG_NOSIGNAL);
        (void)close(fd);
    } else {
        (void)address_peer(&peer, fd);
        (void)fprintf(stderr, "%s came\n", address_text(client->name, &peer));
        clients[fd] = client;
    }
}

/* Receives what is there. False when the client has left. */
static bool
receive(int fd, struct client *client)
{
    char *end = client->bytes + client->used;
    ssize_t n = recv(fd, end, LINE_LIMIT - client->used, 0);

    if (n < 0)
        return not_now("recv", client->name);
    client->used += (size_t)n;
    end = memrchr(end, '\n', (size_t)n);
    if (client->refused) {
        client->used = 0; /* forgotten, so that the rest can come */
    } else if (n == 0) {
        client->ready = client->used; /* a last line without "\n"; then the */
    } else if (end != NULL) {         /* next recv will say 0 again */
        client->ready = (size_t)(end + 1 - client->bytes);
    } else if (client->used == LINE_LIMIT) {
        (void)fprintf(stderr, "%s: line too long\n", client->name);
        (void)shutdown(fd, SHUT_WR); /* close() could reset older replies */
        client->refused = true;
        client->used = 0;
    }
    return n > 0 || client->ready > 0;
}

/* Sends back what the kernel takes now. False when the client has left. */
static bool
answer(int fd, struct client *client)
{
    ssize_t n = send(fd, client->bytes, client->ready, MSG_NOSIGNAL);

    if (n < 0)
        return not_now("send", client->name);
    client->ready -= (size_t)n;
    client->used -= (size_t)n;
    memmove(client->bytes, client->bytes + n, client->used);
    return true;
}

/* Sleeps until somebody needs us, then serves all who do. */
static void
one_round(int listener)
{
    fd_set readable, writable;

    /* make the set: each time, for select leaves in it only who woke it */
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    if (!door_shut) /* else those who wait there would never let us sleep */
        FD_SET(listener, &readable);
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (clients[fd] != NULL) /* who does not take may not send more */
            FD_SET(fd, clients[fd]->ready > 0 ? &writable : &readable);
    /* sleep: an error, such as EINTR, leaves the sets as they are */
    while (select(FD_SETSIZE, &readable, &writable, NULL, NULL) < 0)
        if (errno != EINTR)
            die("select", NULL);
    for (int fd = 0; fd < FD_SETSIZE; fd++) {
        /* who woke */
        bool in = FD_ISSET(fd, &readable), out = FD_ISSET(fd, &writable);

        /* serve without blocking */
        if (in && fd == listener)
            welcome(listener);
        else if ((in && !receive(fd, clients[fd])) ||
                 (out && !answer(fd, clients[fd]))) {
            /* forget the dead */
            (void)fprintf(stderr, "%s left\n", clients[fd]->name);
            (void)close(fd);
            free(clients[fd]);
            clients[fd] = NULL;
            door_shut = false;
        }
    }
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    if (make_nonblocking(listener) < 0) /* who called may be gone again */
        die("fcntl", "O_NONBLOCK");
    for (;;)
        one_round(listener);
}
