/* nonblocking: see nonblocking.h. */
#include "nonblocking.h"

#include <fcntl.h>

int
make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
