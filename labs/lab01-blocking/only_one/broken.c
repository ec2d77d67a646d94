/* only_one: shouts: sends back in capitals whatever a client says. */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"
#include "die.h"
#include "quit.h"

enum {
    PORT = 12345,
    PIECE_BYTES = 64, /* as much as one recv may bring */
};

/* A socket that listens for clients on this machine; the caller owns it. */
static int
open_listener(void)
{
    const int yes = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(PORT),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    /* Else no restart while old connections are in TIME_WAIT (socket(7)). */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        die("setsockopt", "SO_REUSEADDR");
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        die("bind", "127.0.0.1:12345");
    if (listen(fd, SOMAXCONN) < 0)
        die("listen", "127.0.0.1:12345");
    return fd;
}

/* Sends all `n` bytes in capitals. 0, or -1 with errno. */
static int
shout(int fd, char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)toupper((unsigned char)bytes[i]);
    for (size_t sent = 0; sent < n;) {
        /* A client that is gone is an error here, not a deadly SIGPIPE. */
        ssize_t more = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL);

        if (more < 0 && errno != EINTR)
            return -1;
        if (more > 0)
            sent += (size_t)more;
    }
    return 0;
}

/* Shouts at one client. 0, or -1 with errno. */
static int
serve(int fd)
{
    char piece[PIECE_BYTES];

    for (;;) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return (int)n;
        if (shout(fd, piece, (size_t)n) < 0)
            return -1;
    }
}

int
main(void)
{
    int listener;

    quit_on_signals();
    listener = open_listener();
    announce_listening(listener);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            /* The next client may be luckier than one that left at once. */
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        if (serve(fd) < 0)
            warn("client", NULL);
        (void)close(fd);
    }
}
