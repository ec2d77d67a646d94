/* old_news: a notice board: shows its notice to each client that comes. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "quit.h"

enum { PORT = 12345, USAGE_STATUS = 2 };

static const char place[] = "127.0.0.1:12345";

/* A socket that listens for clients on this machine; the caller owns it. */
static int
open_listener(void)
{
    const int yes = 1;
    const struct sockaddr_in here = {
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
    if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0)
        die("bind", place);
    if (listen(fd, SOMAXCONN) < 0)
        die("listen", place);
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

int
main(int argc, char *argv[])
{
    int listener;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: old_news NOTICE\n");
        return USAGE_STATUS;
    }
    quit_on_signals();
    listener = open_listener();
    (void)printf("listening on %s\n", place);
    (void)fflush(stdout); /* a pipe would keep the line until the end */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            /* The next client may be luckier than one that left at once. */
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        if (send_text(fd, argv[1]) < 0 || send_text(fd, "\n") < 0)
            warn("send", NULL);
        (void)close(fd);
    }
}
