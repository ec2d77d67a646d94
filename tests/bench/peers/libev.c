/* libev: an echo server with a watcher for each client. */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "listener.h"
#include "nonblocking.h"
#include "options.h"
#include "quit.h"

/* What the kernel does not take at once ends the client, as in raw_epoll. */
static void
came(struct ev_loop *loop, ev_io *client, int events)
{
    static char buffer[65536];
    ssize_t n = recv(client->fd, buffer, sizeof buffer, 0), sent = 0;

    (void)events;
    while (sent < n) {
        ssize_t piece =
            send(client->fd, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);

        if (piece < 0 && errno != EAGAIN)
            break;
        if (piece > 0)
            sent += piece;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN) || sent < n) {
        ev_io_stop(loop, client);
        (void)close(client->fd);
        free(client);
    }
}

static void
welcome(struct ev_loop *loop, ev_io *listener, int events)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    ev_io *client;

    (void)events;
    if (fd < 0)
        return;
    client = malloc(sizeof *client);
    if (client == NULL)
        die("client", NULL);
    ev_init(client, came);
    ev_io_set(client, fd, EV_READ);
    ev_io_start(loop, client);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
    int fd = listener_open(&address);
    ev_io listener;

    quit_on_signals();
    if (loop == NULL || make_nonblocking(fd) < 0 || listen(fd, SOMAXCONN) < 0)
        die("listen", NULL);
    ev_init(&listener, welcome);
    ev_io_set(&listener, fd, EV_READ);
    ev_io_start(loop, &listener);
    return ev_run(loop, 0);
}
