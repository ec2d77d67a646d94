/* listener: see listener.h. */
#include "listener.h"

#include <stddef.h>

#include "announce.h"
#include "die.h"

enum { BACKLOG = 128 }; /* connections the kernel keeps until accept */

int
listener_open(const struct address *address)
{
    const int yes = 1;
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        die("setsockopt", "SO_REUSEADDR");
    if (bind(fd, (const struct sockaddr *)&address->storage, address->length) <
        0)
        die("bind", address_text(text, address));
    if (listen(fd, BACKLOG) < 0)
        die("listen", address_text(text, address));
    announce_listening(fd);
    return fd;
}
