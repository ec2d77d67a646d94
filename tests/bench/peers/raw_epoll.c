/* raw_epoll: the yardstick: echoes what comes, on a level-triggered epoll loop,
 * with one buffer for all: nothing that a server does for an echo is missing,
 * and nothing is added. What the kernel does not take at once ends it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "nonblocking.h"
#include "options.h"
#include "quit.h"

enum { BUFFER_BYTES = 65536, EVENTS = 256 };

static void
watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl", NULL);
}

static void
welcome(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        watch(epoll, fd);
    else if (errno != EAGAIN && errno != ECONNABORTED)
        die("accept", NULL);
}

static void
echo(int fd)
{
    static char buffer[BUFFER_BYTES];
    ssize_t n = recv(fd, buffer, sizeof buffer, 0), sent = 0;

    while (sent < n) {
        ssize_t piece =
            send(fd, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);

        if (piece < 0 && errno != EAGAIN)
            break;
        if (piece > 0)
            sent += piece;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN) || sent < n)
        (void)close(fd);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener = listener_open(&address);
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    quit_on_signals();
    if (epoll < 0 || make_nonblocking(listener) < 0 ||
        listen(listener, SOMAXCONN) < 0)
        die("epoll_create1", NULL);
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                welcome(epoll, listener);
            else
                echo(events[i].data.fd);
        }
    }
}
