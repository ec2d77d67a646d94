/* server: echoes lines to one client at a time; every call waits its turn. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "announce.h"
#include "die.h"
#include "options.h"
#include "quit.h"
#include "text.h"

enum {
    BACKLOG = 128,     /* connections the kernel keeps until accept */
    PIECE_BYTES = 2,   /* tiny on purpose: a line takes several recv calls */
    LINE_LIMIT = 4096, /* bytes of the longest line, its "\n" included */
};

/* A socket that listens on `address`; the caller owns it. */
static int
open_listener(const struct address *address)
{
    const struct sockaddr *name = (const void *)&address->storage;
    const int yes = 1;
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    /* Without this a server that hung up first cannot start again for the
     * 60 s that its old connections spend in TIME_WAIT (socket(7)). */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        die("setsockopt", "SO_REUSEADDR");
    if (bind(fd, name, address->length) < 0)
        die("bind", address_text(text, address));
    if (listen(fd, BACKLOG) < 0)
        die("listen", address_text(text, address));
    return fd;
}

/* Sends all `n` bytes: send may take fewer than it is given. False, and a
 * message, when the client is gone. */
static bool
send_line(int fd, const char *line, size_t n)
{
    for (size_t done = 0; done < n;) {
        /* A client that is gone is an error here, not a deadly SIGPIPE. */
        ssize_t sent = send(fd, line + done, n - done, MSG_NOSIGNAL);

        if (sent >= 0) {
            done += (size_t)sent;
        } else if (errno != EINTR) {
            warn("send", NULL);
            return false;
        }
    }
    return true;
}

/* Waits for the next piece of what the client sends, and prints it. The number
 * of bytes that came; 0 when the client has sent its last; -1 with errno. */
static ssize_t
receive_piece(int fd, char piece[PIECE_BYTES])
{
    ssize_t n;

    do
        n = recv(fd, piece, PIECE_BYTES, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        (void)fprintf(stderr, "got %zd byte%s: ", n, n == 1 ? "" : "s");
        text_print(stderr, piece, (size_t)n);
        (void)putc('\n', stderr);
    }
    return n;
}

/* Says that there will be no more, then reads what the client still sends
 * until it leaves: close() with unread bytes would reset the connection, and
 * the reset could overtake the last replies (RFC 1122, 4.2.2.13). */
static void
refuse_long_line(int fd)
{
    char rest[LINE_LIMIT];
    ssize_t n;

    (void)fprintf(stderr, "line too long\n");
    (void)shutdown(fd, SHUT_WR); /* fails only if the client is gone */
    do
        n = recv(fd, rest, sizeof rest, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
}

/* Sends every line of one client back to it, until the client leaves. */
static void
serve(int fd)
{
    char piece[PIECE_BYTES], line[LINE_LIMIT];
    size_t used = 0; /* bytes of an unfinished line in `line` */
    ssize_t n;

    while ((n = receive_piece(fd, piece)) > 0) {
        /* A piece may hold the end of one line and the start of the next. */
        for (ssize_t i = 0; i < n; i++) {
            line[used++] = piece[i];
            if (piece[i] == '\n') {
                if (!send_line(fd, line, used))
                    return;
                used = 0;
            } else if (used == LINE_LIMIT) {
                refuse_long_line(fd);
                return;
            }
        }
    }
    if (n < 0)
        warn("recv", NULL);
    else
        (void)send_line(fd, line, used); /* the rest, without a newline */
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = open_listener(&address);
    announce_listening(listener);
    for (;;) {
        char text[ADDRESS_TEXT_SIZE];
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            /* The next client may be luckier than one that left at once. */
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        (void)address_peer(&address, fd);
        (void)fprintf(stderr, "%s came\n", address_text(text, &address));
        serve(fd);
        (void)fprintf(stderr, "%s left\n", text);
        (void)close(fd);
    }
}
