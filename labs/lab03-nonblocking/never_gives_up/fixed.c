/* ask: asks one question and waits so many milliseconds for the answer.
 *
 *     ask QUESTION MILLISECONDS
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "options.h"
#include "send_all.h"

enum { ANSWER_LIMIT = 200 };

/* Time since some fixed moment in the past. */
static long
now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        die("clock_gettime", NULL);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends the program where no call has failed, and yet there is no answer. */
_Noreturn static void
give_up(const char *why)
{
    (void)fprintf(stderr, "ask: no answer: %s\n", why);
    exit(EXIT_FAILURE);
}

/* A socket connected to `address`; the caller owns it. */
static int
open_connection(const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int flags;

    if (fd < 0)
        die("socket", NULL);
    if (connect(fd, (const struct sockaddr *)&address->storage,
                address->length) < 0)
        die("connect", address_text(text, address));
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
    return fd;
}

/* Puts the answer, one line, into `answer`. The number of its bytes. */
static size_t
await_answer(int fd, char answer[ANSWER_LIMIT], long patience_ms)
{
    long deadline_ms = now_ms() + patience_ms;
    size_t used = 0;

    while (memchr(answer, '\n', used) == NULL && used < ANSWER_LIMIT) {
        ssize_t n = recv(fd, answer + used, ANSWER_LIMIT - used, 0);

        if (n == 0)
            give_up("the server hung up");
        if (n > 0)
            used += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            die("recv", NULL);
        else if (now_ms() > deadline_ms)
            give_up("the time is up");
    }
    return used;
}

int
main(int argc, char *argv[])
{
    char **words;
    struct address address = client_options(argc, argv, &words);
    int fd = open_connection(&address);
    char answer[ANSWER_LIMIT];
    long patience_ms = words[1] != NULL ? strtol(words[1], NULL, 10) : 0;

    if (patience_ms <= 0)
        give_up("how long shall I wait?");
    if (send_all(fd, words[0], strlen(words[0])) < 0 ||
        send_all(fd, "?\n", 2) < 0)
        die("send", NULL);
    (void)fwrite(answer, 1, await_answer(fd, answer, patience_ms), stdout);
    (void)close(fd);
    if (fflush(stdout) != 0)
        die("stdout", NULL);
    return EXIT_SUCCESS;
}
