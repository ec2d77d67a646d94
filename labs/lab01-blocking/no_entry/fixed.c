/* no_entry: tells each client the date and the time of day, and hangs up. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "quit.h"

enum { TEXT_SIZE = 32 }; /* "2001-12-31 23:59:59\n" and to spare */

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

/* Sends the time as one line; nobody need ask for it (RFC 867). */
static void
tell_time(int fd)
{
    char text[TEXT_SIZE];
    time_t now = time(NULL);
    struct tm parts;

    (void)localtime_r(&now, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S\n", &parts);
    if (send_text(fd, text) < 0)
        warn("send", NULL);
}

int
main(void)
{
    int listener;

    quit_on_signals();
    listener = open_listener();
    (void)printf("listening on 127.0.0.1:12345\n");
    (void)fflush(stdout); /* a pipe would keep the line until the end */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            /* The next client may be luckier than one that left at once. */
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        tell_time(fd);
        (void)close(fd);
    }
}
