/* client: sends its arguments as one line and prints the reply. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "options.h"

enum { REPLY_BYTES = 4096 };

/* A socket connected to `address`; the caller owns it. */
static int
open_connection(const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    if (connect(fd, (const struct sockaddr *)&address->storage,
                address->length) < 0)
        die("connect", address_text(text, address));
    return fd;
}

/* Sends all of `text`, however many calls it takes. */
static void
send_text(int fd, const char *text)
{
    size_t n = strlen(text);

    while (n > 0) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

        if (sent < 0) {
            if (errno == EINTR)
                continue;
            die("send", NULL);
        }
        text += sent;
        n -= (size_t)sent;
    }
}

/* Prints what comes until the line is complete or the server hangs up. */
static void
print_reply(int fd)
{
    char piece[REPLY_BYTES];
    ssize_t n;

    do {
        n = recv(fd, piece, sizeof piece, 0);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            die("recv", NULL);
        }
        if (n == 0) {
            (void)fprintf(stderr, "client: the server hung up\n");
            exit(EXIT_FAILURE);
        }
        (void)fwrite(piece, 1, (size_t)n, stdout);
    } while (n < 0 || piece[n - 1] != '\n');
}

int
main(int argc, char *argv[])
{
    char **words;
    struct address address = client_options(argc, argv, &words);
    int fd = open_connection(&address);

    for (; *words != NULL; words++) {
        send_text(fd, *words);
        send_text(fd, words[1] != NULL ? " " : "\n");
    }
    print_reply(fd);
    (void)close(fd);
    if (fflush(stdout) != 0)
        die("stdout", NULL);
    return EXIT_SUCCESS;
}
