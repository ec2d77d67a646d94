/* send_all: see send_all.h. */
#include "send_all.h"

#include <errno.h>
#include <sys/socket.h>

int
send_all(int fd, const void *bytes, size_t n)
{
    const char *rest = bytes;

    while (n > 0) {
        ssize_t sent = send(fd, rest, n, MSG_NOSIGNAL);

        if (sent < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        rest += sent;
        n -= (size_t)sent;
    }
    return 0;
}
