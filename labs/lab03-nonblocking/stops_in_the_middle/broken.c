/* squares: sends every caller a table of squares, and hangs up. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum {
    LAST_NUMBER = 20000,
    ROW_SIZE = 40,       /* bytes, more than any row needs */
    SEND_BUFFER = 16384, /* bytes: many callers shall not cost much memory */
    CALLER_LIMIT = 100,
};

static char table[LAST_NUMBER * ROW_SIZE];
static size_t table_bytes;

static struct caller {
    int fd;
    size_t sent; /* so much of the table has gone */
} callers[CALLER_LIMIT];
static size_t caller_count;

/* Writes the rows "1 1", "2 4", "3 9", ... into the table. */
static void
fill_table(void)
{
    for (unsigned long i = 1; i <= LAST_NUMBER; i++)
        table_bytes += (size_t)snprintf(table + table_bytes, ROW_SIZE,
                                        "%lu %lu\n", i, i * i);
}

/* Takes one caller out of the kernel's queue, if there is one. */
static void
take_caller(int listener)
{
    const int size = SEND_BUFFER;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) < 0)
            die("setsockopt", "SO_SNDBUF");
        callers[caller_count++] = (struct caller){.fd = fd};
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        die("accept", NULL);
    }
}

/* Sends the caller its table. True when nothing more is to be done for it. */
static bool
finish(struct caller *caller)
{
    const char *rest = table + caller->sent;
    size_t n = table_bytes - caller->sent;
    ssize_t sent = send(caller->fd, rest, n, MSG_NOSIGNAL);

    if (sent < 0)
        return errno != EAGAIN && errno != EINTR;
    caller->sent += (size_t)sent;
    return caller->sent > 0;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener, flags;

    quit_on_signals();
    listener = listener_open(&address);
    flags = fcntl(listener, F_GETFL);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
    fill_table();
    for (;;) {
        if (caller_count < CALLER_LIMIT)
            take_caller(listener);
        for (size_t i = 0; i < caller_count; i++) {
            if (!finish(&callers[i]))
                continue;
            (void)close(callers[i].fd);
            callers[i] = callers[--caller_count];
        }
    }
}
