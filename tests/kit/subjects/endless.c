/* endless: prints without end, on stdout and stderr, and tells each client how
 * many bytes it has printed by now.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "nonblocking.h"
#include "options.h"
#include "send_all.h"

enum { CHUNK_BYTES = 4096 };

int
main(int argc, char *argv[])
{
    static char chunk[CHUNK_BYTES];
    const struct address address = server_options(argc, argv);
    int listener = listener_open(&address);
    long printed = 0;

    if (make_nonblocking(listener) < 0)
        die("fcntl", "O_NONBLOCK");
    (void)memset(chunk, 'x', sizeof chunk);
    for (;;) {
        char line[32];
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0) {
            (void)snprintf(line, sizeof line, "%ld\n", printed);
            (void)send_all(fd, line, strlen(line));
            (void)close(fd);
        }
        for (int out = STDOUT_FILENO; out <= STDERR_FILENO; out++) {
            ssize_t n = write(out, chunk, sizeof chunk);

            if (n < 0)
                return 1;
            printed += n;
        }
    }
}
