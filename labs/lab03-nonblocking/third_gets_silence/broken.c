/* headcount: answers each line with the number of callers that are here. */
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

enum { CALLER_LIMIT = 100, PIECE_BYTES = 200, TEXT_SIZE = 40 };

static int callers[CALLER_LIMIT]; /* their sockets */
static size_t caller_count;

/* Errors that pass by themselves: it is enough to ask again. */
static bool
will_pass(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EMFILE:
    case ENFILE:
        return true;
    default:
        return false;
    }
}

/* Takes one caller out of the kernel's queue, if there is one. */
static void
take_caller(int listener)
{
    static int last_error; /* each trouble is told once, not every round */
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        callers[caller_count++] = fd;
        return;
    }
    if (!will_pass(errno) && errno != last_error)
        warn("accept", NULL);
    last_error = errno;
}

/* Answers the lines that have come. False when the caller has left, or does
 * not take its answers. */
static bool
serve(int fd)
{
    char piece[PIECE_BYTES];
    char text[TEXT_SIZE];
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    int length = snprintf(text, sizeof text, "here: %zu\n", caller_count);

    if (n < 0 && !will_pass(errno))
        warn("recv", NULL);
    if (n <= 0)
        return n < 0 && will_pass(errno);
    for (ssize_t i = 0; i < n; i++) {
        if (piece[i] == '\n' &&
            send(fd, text, (size_t)length, MSG_NOSIGNAL) != length)
            return false;
    }
    return true;
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
    for (;;) {
        if (caller_count < CALLER_LIMIT)
            take_caller(listener);
        for (size_t i = 0; i < caller_count; i++) {
            if (serve(callers[i]))
                continue;
            (void)close(callers[i]);
            callers[i] = callers[--caller_count];
        }
    }
}
