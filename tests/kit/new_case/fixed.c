/* more_than_you_see: tells a client the length of each line that it sends. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"
#include "die.h"
#include "quit.h"

enum {
    PIECE_BYTES = 64, /* as much as one recv may bring */
    TEXT_SIZE = 32,   /* "2147483647\n" and to spare */
};

/* A socket that listens for clients on this machine; the caller owns it. */
static int
open_listener(void)
{
    const int yes = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(12345),
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

/* Sends all `n` bytes, however many calls it takes. 0, or -1 with errno. */
static int
send_bytes(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        /* A client that is gone is an error here, not a deadly SIGPIPE. */
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            return -1;
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
    return 0;
}

/* Answers one line, of this length. 0, or -1 with errno. */
static int
tell_length(int fd, int letters)
{
    char text[TEXT_SIZE] = "";

    (void)snprintf(text, sizeof text, "%d\n", letters);
    return send_bytes(fd, text, strlen(text));
}

/* Counts until the client has no more to say. 0, or -1 with errno. */
static int
serve(int fd)
{
    char piece[PIECE_BYTES];
    int letters = 0;
    ssize_t n;

    while ((n = recv(fd, piece, sizeof piece, 0)) != 0) {
        if (n < 0 && errno != EINTR)
            return -1;
        for (ssize_t i = 0; i < n; i++) {
            if (piece[i] != '\n') {
                letters++;
                continue;
            }
            if (tell_length(fd, letters) < 0)
                return -1;
            letters = 0;
        }
    }
    return 0;
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
