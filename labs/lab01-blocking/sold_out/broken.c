/* sold_out: hands out numbered tickets; one client at a time has its turn. */
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
    PORT = 12345,
    TEXT_SIZE = 32, /* "ticket 2147483647\n" and to spare */
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

/* Sends all of `text`, however many calls it takes. 0, or -1 with errno. */
static int
send_text(int fd, const char *text)
{
    while (*text != '\0') {
        /* A client that is gone is an error here, not a deadly SIGPIPE. */
        ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            return -1;
        if (sent > 0)
            text += sent;
    }
    return 0;
}

/* Hands over one ticket and waits until its owner has left. */
static void
serve(int fd, int ticket)
{
    char text[TEXT_SIZE];
    ssize_t n;

    (void)snprintf(text, sizeof text, "ticket %d\n", ticket);
    if (send_text(fd, text) < 0) {
        warn("send", NULL);
        return;
    }
    do
        n = recv(fd, text, sizeof text, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
}

int
main(void)
{
    int listener, tickets = 0;

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
        tickets++;
        serve(fd, tickets);
    }
}
