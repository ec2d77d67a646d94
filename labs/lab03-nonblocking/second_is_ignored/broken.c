/* capitals: sends all that comes back in capital letters, to many callers. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum { CALLER_LIMIT = 100, PIECE_BYTES = 200 };

static int callers[CALLER_LIMIT]; /* their sockets */
static size_t caller_count;

/* Takes one caller out of the kernel's queue, if there is one and a place. */
static void
take_caller(int listener)
{
    int fd;

    if (caller_count == CALLER_LIMIT)
        return;
    /* SOCK_NONBLOCK spares the two calls of fcntl. */
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        callers[caller_count++] = fd;
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        die("accept", NULL);
}

/* Sends back in capitals what has come. The number of bytes; 0 when the caller
 * has left or does not take its answers; -1 with errno set. */
static ssize_t
shout_back(int fd)
{
    char piece[PIECE_BYTES];
    ssize_t n = recv(fd, piece, sizeof piece, 0);

    for (ssize_t i = 0; i < n; i++)
        piece[i] = (char)toupper((unsigned char)piece[i]);
    if (n > 0 && send(fd, piece, (size_t)n, MSG_NOSIGNAL) != n)
        return 0;
    return n;
}

/* One turn for everybody. */
static void
serve_callers(void)
{
    for (size_t i = 0; i < caller_count; i++) {
        ssize_t n = shout_back(callers[i]);

        if (n > 0)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0)
            warn("recv", NULL);
        (void)close(callers[i]);
        callers[i] = callers[--caller_count];
    }
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
        take_caller(listener);
        serve_callers();
    }
}
