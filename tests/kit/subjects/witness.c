/* witness: a right echo server, one client at a time, that tells on stderr
 * what each system call returned: the harness claims to be a difficult peer,
 * and this is who can say whether it was.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum { BUFFER_BYTES = 4096 };

/* Tells what a call returned, and how many bytes it had been asked for. True
 * when it is worth another try. */
static bool
tell(const char *call, ssize_t n, size_t asked)
{
    int err = errno;

    if (n < 0)
        (void)fprintf(stderr, "%s %s\n", call, strerrorname_np(err));
    else
        (void)fprintf(stderr, "%s %zd of %zu\n", call, n, asked);
    return n < 0 && err == EINTR;
}

/* False when the client is gone. */
static bool
send_back(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (tell("send", sent, n))
            continue;
        if (sent < 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void
serve(int fd)
{
    char bytes[BUFFER_BYTES];

    for (;;) {
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);

        if (tell("recv", n, sizeof bytes))
            continue;
        if (n <= 0 || !send_back(fd, bytes, (size_t)n))
            return;
    }
}

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            (void)tell("accept", -1, 0);
            continue;
        }
        serve(fd);
        (void)close(fd);
    }
}
