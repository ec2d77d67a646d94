/* delivered_but_lost: sends each MESSAGE by a process of its own, waits for
 * the echo as a receipt, and says how many were delivered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "options.h"
#include "send_all.h"

/* Waits until a whole line has come back. 0, or an error's number. */
static int
await_receipt(int fd)
{
    char byte = '\0';

    while (byte != '\n') {
        ssize_t n = recv(fd, &byte, 1, 0);

        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return ENODATA; /* the other side hung up before that */
    }
    return 0;
}

/* Delivers one message. 0, or an error's number: all of them are small enough
 * for the exit status of a process. */
static int
deliver(const struct address *to, const char *message)
{
    int fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&to->storage, to->length) < 0 ||
        send_all(fd, message, strlen(message)) < 0 || send_all(fd, "\n", 1) < 0)
        return errno;
    return await_receipt(fd);
}

/* Tells why the message did not arrive; `status` is from waitpid. */
static void
complain(const char *message, int status)
{
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    warn("not delivered", message);
}

int
main(int argc, char *argv[])
{
    char **messages;
    struct address address = client_options(argc, argv, &messages);
    int total = 0, delivered = 0;

    for (; messages[total] != NULL; total++) {
        pid_t child = fork();
        int status;

        if (child < 0)
            die("fork", NULL);
        if (child == 0)
            _exit(deliver(&address, messages[total]));
        if (waitpid(child, &status, 0) < 0)
            die("waitpid", NULL);
        if (WIFEXITED(status))
            delivered++;
        else
            complain(messages[total], status);
    }
    (void)printf("%d of %d delivered\n", delivered, total);
    return delivered == total ? EXIT_SUCCESS : EXIT_FAILURE;
}
