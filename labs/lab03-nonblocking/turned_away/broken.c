/* visitors: tells each caller the number of its visit, and hangs up. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "quit.h"
#include "send_all.h"

enum { PORT = 12345, BACKLOG = 16, TEXT_SIZE = 40 };

/* A socket that listens on 127.0.0.1 and never waits; the caller owns it. */
static int
open_listener(void)
{
    const int yes = 1;
    const struct sockaddr_in here = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = PORT,
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int flags;

    if (fd < 0)
        die("socket", NULL);
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        die("setsockopt", "SO_REUSEADDR");
    if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0)
        die("bind", NULL);
    if (listen(fd, BACKLOG) < 0)
        die("listen", NULL);
    (void)printf("listening on 127.0.0.1:%d\n", PORT);
    if (fflush(stdout) != 0)
        die("stdout", NULL);
    return fd;
}

/* Tells the caller its number. The text is so short that it fits into the
 * kernel's buffer: this send does not wait. */
static void
greet(int fd, unsigned long visit)
{
    char text[TEXT_SIZE];
    int n = snprintf(text, sizeof text, "you are visitor %lu\n", visit);

    if (send_all(fd, text, (size_t)n) < 0)
        warn("send", NULL);
}

int
main(void)
{
    unsigned long visits = 0;
    int listener;

    quit_on_signals();
    listener = open_listener();
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0) {
            greet(fd, ++visits);
            (void)close(fd);
        } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR &&
                   errno != ECONNABORTED) {
            die("accept", NULL);
        }
    }
}
