/* server_fork: echoes lines to many clients, with a process for each: only
 * that process waits when its client is slow.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { LINE_LIMIT = 4096 }; /* bytes of the longest line, "\n" included */

/* Answers in good order, then reads what the client still sends until it
 * leaves: close() with unread bytes would reset the connection, and the reset
 * could overtake the last replies. */
static void
refuse_long_line(int fd)
{
    char rest[LINE_LIMIT];
    ssize_t n;

    (void)fprintf(stderr, "line too long\n");
    (void)shutdown(fd, SHUT_WR); /* fails only if the client is gone */
    do
        n = recv(fd, rest, sizeof rest, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
}

/* Sends every line of one client back to it, until the client leaves.
 * 0, or -1 with errno set. */
static int
serve(int fd)
{
    char lines[LINE_LIMIT];
    size_t used = 0;
    ssize_t n;

    while ((n = recv(fd, lines + used, LINE_LIMIT - used, 0)) != 0) {
        const char *end;
        size_t length;

        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        used += (size_t)n;
        /* All complete lines go back at once; half a line waits. */
        end = memrchr(lines, '\n', used);
        length = end == NULL ? 0 : (size_t)(end - lines) + 1;
        if (send_all(fd, lines, length) < 0)
            return -1;
        used -= length;
        memmove(lines, lines + length, used);
        if (used == LINE_LIMIT) {
            refuse_long_line(fd);
            return 0;
        }
    }
    return send_all(fd, lines, used);
}

/* Forgets children that have ended: until their parent asks how they ended,
 * the kernel keeps a row for each in its table of processes, a zombie. */
static void
reap_children(int signal_number)
{
    int err = errno; /* the signal may come in the middle of anything */

    (void)signal_number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = err;
}

/* What a child does, from its first line to its end. */
_Noreturn static void
run_child(int fd, pid_t parent)
{
    char name[ADDRESS_TEXT_SIZE];
    struct address peer;

    /* When the server ends, its children shall end too; if it ended before
     * this call, the child has got another parent by now. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_SUCCESS);
    (void)address_peer(&peer, fd);
    (void)fprintf(stderr, "%s came\n", address_text(name, &peer));
    if (serve(fd) < 0)
        warn("serve", name);
    (void)fprintf(stderr, "%s left\n", name);
    _exit(EXIT_SUCCESS);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    struct sigaction reap = {.sa_handler = reap_children};
    pid_t parent = getpid();
    int listener;

    quit_on_signals();
    if (sigaction(SIGCHLD, &reap, NULL) < 0)
        die("sigaction", NULL);
    listener = listener_open(&address);
    /* This process waits in accept alone; for a client waits its child. */
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
            run_child(fd, parent);
        }
        if (child < 0)
            warn("fork", NULL); /* this client is out of luck */
        /* The child has its own copy. The connection ends when the last copy
         * is closed, so the server must not keep one. */
        (void)close(fd);
    }
}
