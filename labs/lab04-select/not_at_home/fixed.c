/* party_line: whatever one guest says, all the other guests hear. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "quit.h"
#include "send_all.h"

enum { PORT = 12345, BACKLOG = 16, PIECE_BYTES = 512 };

static fd_set guests;

/* A socket that listens on 127.0.0.1; the caller owns it. */
static int
open_listener(void)
{
    const int yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        die("setsockopt", "SO_REUSEADDR");
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons(PORT);
    if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0)
        die("bind", NULL);
    if (listen(fd, BACKLOG) < 0)
        die("listen", NULL);
    (void)printf("listening on 127.0.0.1:%d\n", PORT);
    (void)fflush(stdout); /* a pipe would keep the line until the end */
    return fd;
}

/* Opens the door to one guest. */
static void
let_in(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno != EINTR && errno != ECONNABORTED)
            die("accept", NULL);
    } else if (fd < FD_SETSIZE) {
        FD_SET(fd, &guests);
    } else {
        (void)close(fd); /* a set has no room for it */
    }
}

/* Passes on what one guest says, or notices that it has left. */
static void
listen_to(int speaker)
{
    char piece[PIECE_BYTES];
    ssize_t n = recv(speaker, piece, sizeof piece, 0);

    if (n < 0 && errno == EINTR)
        return; /* select will name this guest again */
    if (n <= 0) {
        FD_CLR(speaker, &guests);
        (void)close(speaker);
    }
    for (int fd = 0; fd < FD_SETSIZE && n > 0; fd++)
        if (fd != speaker && FD_ISSET(fd, &guests))
            (void)send_all(fd, piece, (size_t)n); /* if gone: recv will say */
}

int
main(void)
{
    int listener;

    quit_on_signals();
    listener = open_listener();
    for (;;) {
        fd_set woke = guests;

        FD_SET(listener, &woke);
        if (select(FD_SETSIZE, &woke, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        for (int fd = 0; fd < FD_SETSIZE; fd++)
            if (FD_ISSET(fd, &woke) && fd != listener)
                listen_to(fd);
        if (FD_ISSET(listener, &woke))
            let_in(listener);
    }
}
