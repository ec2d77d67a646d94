/* brood: fifty children become daemons, each with a session, a listening port
 * and no ear for signals of its own; then the parent listens too.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"

enum { DAEMONS = 50 };

/* As daemon(7) has it: a second fork, so that nobody is its parent. */
_Noreturn static void
become_daemon(void)
{
    struct address anywhere;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)setsid();
    if (fork() != 0)
        _exit(EXIT_SUCCESS);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_IGN);
    (void)chdir("/");
    (void)address_parse(&anywhere, "127.0.0.1", 0);
    if (bind(fd, (struct sockaddr *)&anywhere.storage, anywhere.length) < 0 ||
        listen(fd, 1) < 0)
        die("listen", NULL);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    for (;;)
        (void)pause();
}

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);

    for (int i = 0; i < DAEMONS; i++) {
        pid_t child = fork();

        if (child < 0)
            die("fork", NULL);
        if (child == 0)
            become_daemon();
        (void)waitpid(child, NULL, 0);
    }
    (void)listener_open(&address);
    for (;;)
        (void)pause();
}
