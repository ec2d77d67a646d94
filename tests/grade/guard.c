/* guard: see guard.h. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "command.h"

enum {
    STATUS_TROUBLE = 75,
    LOOK_MS = 20,
    ORDERLY_MS = 10000, /* for the child to end by itself */
};

static volatile sig_atomic_t child; /* whom signals are passed on to */

static void
pass_on(int signal_number)
{
    if (child > 0)
        (void)kill(child, signal_number);
}

static void
pass_signals_on(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = pass_on};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
}

/* The status of a child that has ended, or -1 as long as it has not. */
static int
status_of_child(int options)
{
    int status;
    pid_t pid = waitpid(child, &status, options);

    if (pid == 0 || (pid < 0 && errno == EINTR))
        return -1;
    if (pid > 0 && WIFSIGNALED(status))
        (void)fprintf(stderr, "grade: ended by SIG%s\n",
                      sigabbrev_np(WTERMSIG(status)));
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_TROUBLE;
}

/* Between the caller and the child: `caller` is at its end when the caller is
 * gone. Then the child shall end in order, and if it does not, at once. It is
 * told each time: it may not have been ready to hear. */
_Noreturn static void
stand_between(int caller, void (*clean)(void *), void *arg)
{
    struct pollfd gone = {.fd = caller, .events = POLLIN};
    int64_t told_ns = 0;
    int status;

    while ((status = status_of_child(WNOHANG)) < 0) {
        if (poll(&gone, 1, LOOK_MS) > 0) {
            gone.fd = -1; /* is told once */
            told_ns = now_ns();
        }
        if (told_ns != 0)
            (void)kill(child,
                       elapsed_ms(told_ns) > ORDERLY_MS ? SIGKILL : SIGTERM);
    }
    children_end();
    clean(arg);
    _exit(status);
}

/* In the process between: a group of its own, since what is sent to the
 * caller's group comes through the caller. */
static void
begin_between(int caller, void (*clean)(void *), void *arg)
{
    pid_t between = getpid();

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    pass_signals_on();
    child = fork();
    if (child < 0)
        _exit(STATUS_TROUBLE);
    if (child > 0)
        stand_between(caller, clean, arg);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)close(caller);
    if (getppid() != between)
        _exit(STATUS_TROUBLE);
}

void
guard_begin(void (*clean)(void *), void *arg)
{
    int alive[2], status;
    pid_t between;

    (void)fflush(NULL);
    if (pipe2(alive, O_CLOEXEC) < 0 || (between = fork()) < 0) {
        perror("grade");
        exit(STATUS_TROUBLE);
    }
    if (between == 0) {
        (void)close(alive[1]);
        begin_between(alive[0], clean, arg);
        return;
    }
    (void)close(alive[0]);
    child = between;
    pass_signals_on();
    while ((status = status_of_child(0)) < 0)
        ;
    exit(status);
}
