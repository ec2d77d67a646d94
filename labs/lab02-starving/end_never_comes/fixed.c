/* end_never_comes: answers each client's one line with a secret writing of
 * it (rot13) and hangs up; a process for each, so that nobody waits.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { LINE_BYTES = 1024 };

/* Moves each letter 13 places on in the alphabet; twice, and all is as before.
 */
static char
rotate(char letter)
{
    const char *alphabet = isupper((unsigned char)letter)
                               ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               : "abcdefghijklmnopqrstuvwxyz";

    if (!isalpha((unsigned char)letter))
        return letter;
    return alphabet[(letter - alphabet[0] + 13) % 26];
}

/* Answers one line; a longer one than LINE_BYTES is answered in part. */
_Noreturn static void
answer(int fd)
{
    char line[LINE_BYTES];
    size_t used = 0;

    while (used < LINE_BYTES && (used == 0 || line[used - 1] != '\n')) {
        ssize_t n = recv(fd, line + used, 1, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        line[used] = rotate(line[used]);
        used++;
    }
    if (send_all(fd, line, used) < 0)
        warn("send", NULL);
    _exit(EXIT_SUCCESS);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    (void)signal(SIGCHLD, SIG_IGN); /* no zombies: see wait(2), NOTES */
    listener = listener_open(&address);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        pid_t child;

        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        child = fork();
        if (child == 0) {
            (void)close(listener);
            answer(fd);
        }
        if (child < 0)
            warn("fork", NULL);
        (void)close(fd);
    }
}
