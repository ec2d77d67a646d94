/* no_answer: sends words one by one, prints how long each took to come back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "options.h"

/* A socket connected to `address`; the caller owns it. */
static int
open_connection(const struct address *address)
{
    const struct sockaddr *name = (const void *)&address->storage;
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    if (connect(fd, name, address->length) < 0)
        die("connect", address_text(text, address));
    return fd;
}

/* Sends all `n` bytes, however many calls it takes. */
static void
send_bytes(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            die("send", NULL);
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
}

/* Waits until a whole line has come back. */
static void
await_echo(int fd)
{
    char last = '\0';

    while (last != '\n') {
        ssize_t n = recv(fd, &last, 1, 0);

        if (n < 0 && errno != EINTR)
            die("recv", NULL);
        if (n == 0) {
            (void)fprintf(stderr, "no_answer: the server hung up\n");
            exit(EXIT_FAILURE);
        }
    }
}

/* Milliseconds between sending `word` and having it back. */
static double
measure(int fd, const char *word)
{
    struct timespec start, end;
    char *line;

    if (asprintf(&line, "%s\n", word) < 0)
        die("asprintf", NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    send_bytes(fd, line, strlen(word));
    await_echo(fd);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    free(line);
    return (double)(end.tv_sec - start.tv_sec) * 1e3 +
           (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

int
main(int argc, char *argv[])
{
    char **words;
    struct address address = client_options(argc, argv, &words);
    int fd = open_connection(&address);

    for (; *words != NULL; words++)
        (void)printf("%s: back after %.1f ms\n", *words, measure(fd, *words));
    (void)close(fd);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
