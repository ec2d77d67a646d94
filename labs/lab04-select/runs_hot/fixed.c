/* chargen: sends every guest the alphabet again and again until it leaves.
 * (RFC 864 describes such a server; it was made to test networks.)
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz\n";

static fd_set guests;
static size_t next[FD_SETSIZE]; /* the letter that each guest gets next */

/* Opens the door to one guest. */
static void
let_in(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno != EINTR && errno != ECONNABORTED)
            die("accept", NULL);
    } else if (fd < FD_SETSIZE) {
        FD_SET(fd, &guests);
        next[fd] = 0;
    } else {
        (void)close(fd); /* a set has no room for it */
    }
}

/* Sends one alphabet, or as much of it as the kernel takes now; what guests
 * send is not read. False when the guest is gone. */
static bool
feed(int fd)
{
    size_t rest = sizeof alphabet - 1 - next[fd];
    ssize_t n = send(fd, alphabet + next[fd], rest, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        warn("send", NULL);
        return false;
    }
    if (n > 0)
        next[fd] = (next[fd] + (size_t)n) % (sizeof alphabet - 1);
    return true;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    for (;;) {
        fd_set has_room = guests, woke;

        FD_ZERO(&woke);
        FD_SET(listener, &woke);
        if (select(FD_SETSIZE, &woke, &has_room, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (FD_ISSET(fd, &has_room) && !feed(fd)) {
                FD_CLR(fd, &guests);
                (void)close(fd);
            }
        }
        if (FD_ISSET(listener, &woke))
            let_in(listener);
    }
}
