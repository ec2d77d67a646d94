/* first: lab 01's loop on a listener that never waits; it dies at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"

/* From now on a call on `fd` that would have to wait fails instead. */
static void
make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    /* Adding the bit to the old flags leaves the others as they were. */
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
}

/* Says why accept failed, in the kernel's words and in ours, and ends. */
_Noreturn static void
give_up(void)
{
    warn("accept", NULL);
    /* Two names for one thing: on Linux they are the same number, elsewhere
     * they may differ (POSIX allows both). */
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        (void)fprintf(stderr, "first: EAGAIN means: nobody has called yet, "
                              "and I was told not to wait\n");
    exit(EXIT_FAILURE);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener = listener_open(&address);

    make_nonblocking(listener);
    for (;;) {
        char text[ADDRESS_TEXT_SIZE];
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            give_up();
        (void)address_peer(&address, fd);
        (void)fprintf(stderr, "%s came\n", address_text(text, &address));
        /* Here lab 01 served its client. We do not come this far: nobody can
         * call that soon after the listening line. */
        (void)close(fd);
    }
}
