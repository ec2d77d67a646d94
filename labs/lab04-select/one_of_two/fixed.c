/* ask_two: asks two questions at once, each over a connection of its own, and
 * prints the answers as they come.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "options.h"
#include "send_all.h"

enum { PIECE_BYTES = 200 };

/* Calls the server and asks. The socket, on which the answer will come. */
static int
ask(const struct address *server, const char *question)
{
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(server->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket", NULL);
    if (connect(fd, (const struct sockaddr *)&server->storage, server->length) <
        0)
        die("connect", address_text(text, server));
    if (send_all(fd, question, strlen(question)) < 0 ||
        send_all(fd, "\n", 1) < 0)
        die("send", NULL);
    return fd;
}

/* Prints what has come of an answer. True when its line is complete. */
static bool
print_answer(int fd)
{
    char piece[PIECE_BYTES];
    ssize_t n = recv(fd, piece, sizeof piece, 0);

    if (n < 0) {
        if (errno == EINTR)
            return false;
        die("recv", NULL);
    }
    if (n == 0) {
        (void)fprintf(stderr, "ask_two: the server hung up\n");
        exit(EXIT_FAILURE);
    }
    (void)fwrite(piece, 1, (size_t)n, stdout);
    if (fflush(stdout) != 0)
        die("stdout", NULL);
    return piece[n - 1] == '\n';
}

int
main(int argc, char *argv[])
{
    char **questions;
    struct address server = client_options(argc, argv, &questions);
    int first, second;
    bool first_waits = true, second_waits = true;

    if (questions[1] == NULL) {
        (void)fprintf(stderr, "ask_two: two questions, please\n");
        return 2;
    }
    first = ask(&server, questions[0]);
    second = ask(&server, questions[1]);
    while (first_waits || second_waits) {
        fd_set woke;

        FD_ZERO(&woke);
        if (first_waits)
            FD_SET(first, &woke);
        if (second_waits)
            FD_SET(second, &woke);
        if (select(second + 1, &woke, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        if (FD_ISSET(first, &woke))
            first_waits = !print_answer(first);
        if (FD_ISSET(second, &woke))
            second_waits = !print_answer(second);
    }
    return EXIT_SUCCESS;
}
