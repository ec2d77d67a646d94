/* wrong: a server that every run of the bench must notice: of every second line
 * it sends back another one. No peer: the tests start it. */
#include <stdlib.h>
#include <sys/socket.h>

#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener = listener_open(&address), fd;

    quit_on_signals();
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        char bytes[65536];
        ssize_t n;

        for (int i = 1; (n = recv(fd, bytes, sizeof bytes, 0)) > 0; i++) {
            if (i % 2 == 0)
                bytes[n / 2] ^= 1;
            if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
                break;
        }
    }
    return EXIT_FAILURE;
}
