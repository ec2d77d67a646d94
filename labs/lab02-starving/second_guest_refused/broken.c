/* second_guest_refused: brings guests to an echo server, each over a
 * connection of its own, and lets one after the other speak.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "send_all.h"

enum { PORT = 12345, GUESTS_MOST = 8, USAGE_STATUS = 2 };

/* Connects `guest` with the server on this machine. The caller owns it. */
static int
bring_in(const char *guest, int port)
{
    struct address server;
    int fd;

    if (address_parse(&server, "127.0.0.1", port) < 0)
        die("address", guest);
    fd = socket(server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket", guest);
    if (connect(fd, (const struct sockaddr *)&server.storage, server.length) <
        0)
        die("connect", guest);
    return fd;
}

/* Says the guest's name, one line, and prints what comes back. */
static void
speak(int fd, const char *guest)
{
    char letter = '\0';

    if (send_all(fd, guest, strlen(guest)) < 0 || send_all(fd, "\n", 1) < 0)
        die("send", guest);
    (void)printf("%s hears ", guest);
    while (letter != '\n') {
        ssize_t n = recv(fd, &letter, 1, 0);

        if (n < 0 && errno != EINTR)
            die("recv", guest);
        if (n == 0) {
            (void)fprintf(stderr, "%s: the server hung up\n", guest);
            exit(EXIT_FAILURE);
        }
        if (n > 0)
            (void)putchar(letter);
    }
}

int
main(int argc, char *argv[])
{
    char **guests = argv + 1;
    int count = argc - 1;
    int fds[GUESTS_MOST];

    if (count < 1 || count > GUESTS_MOST) {
        (void)fprintf(stderr, "usage: second_guest_refused GUEST...\n");
        return USAGE_STATUS;
    }
    /* All of them are in before the first one opens its mouth. */
    for (int i = 0; i < count; i++)
        fds[i] = bring_in(guests[i], PORT + i);
    for (int i = 0; i < count; i++)
        speak(fds[i], guests[i]);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
