/* command: see command.h. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "network.h"

enum {
    CHUNK_BYTES = 65536,
    TICK_MS = 20, /* between two looks whether it has ended */
    NOT_EXECUTED = 127,
};

static volatile sig_atomic_t stopped;

static void
on_signal(int signal_number)
{
    stopped = signal_number;
}

void
command_prepare(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_signal};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* make shell gives rights, and bubblewrap does not run with any. */
    network_drop_rights();
}

bool
command_stopped(void)
{
    return stopped != 0;
}

_Noreturn static void
become(const struct command *command, const int ends[2], pid_t parent)
{
    int input = command->input != 0 ? command->input
                                    : open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(NOT_EXECUTED);
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(ends[0], STDOUT_FILENO) < 0 ||
        dup2(ends[1], STDERR_FILENO) < 0)
        _exit(NOT_EXECUTED);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    (void)execve(command->argv[0], (char *const *)command->argv,
                 (char *const *)command->environment);
    _exit(NOT_EXECUTED);
}

/* Takes what is there. What is too much is read all the same: a program that
 * cannot write on would be another program. False at the end. */
static bool
take(int fd, GByteArray *kept, size_t most, size_t *count)
{
    static guint8 chunk[CHUNK_BYTES];
    ssize_t n = read(fd, chunk, sizeof chunk);
    size_t room = most - kept->len;

    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    *count += (size_t)n;
    g_byte_array_append(kept, chunk,
                        (guint)((size_t)n < room ? (size_t)n : room));
    return n > 0;
}

/* True when the command itself has ended. Others that end are reaped. */
static bool
has_ended(pid_t pid, int *status)
{
    int one;
    pid_t ended;

    while ((ended = waitpid(-1, &one, WNOHANG)) > 0)
        if (ended == pid) {
            *status = one;
            return true;
        }
    return false;
}

/* Reads until the command has ended and has said everything, or its time is
 * over. */
static void
attend(const struct command *command, pid_t pid, const int fds[2],
       struct outcome *outcome)
{
    struct pollfd polls[2] = {{.fd = fds[0], .events = POLLIN},
                              {.fd = fds[1], .events = POLLIN}};
    int64_t start_ns = now_ns();
    size_t said_bytes = 0;
    bool ended = false;

    for (;;) {
        int ready = poll(polls, 2, ended ? 0 : TICK_MS);

        if (ready <= 0 && ended)
            return;
        if (polls[0].revents != 0 &&
            !take(fds[0], outcome->out, command->out_most, &outcome->out_bytes))
            polls[0].fd = -1;
        if (polls[1].revents != 0 &&
            !take(fds[1], outcome->said, command->said_most, &said_bytes))
            polls[1].fd = -1;
        if (!ended)
            ended = has_ended(pid, &outcome->status);
        outcome->timed_out =
            elapsed_ms(start_ns) > 1000.0 * command->seconds && !ended;
        if (outcome->timed_out || command_stopped())
            return;
    }
}

int
command_run(const struct command *command, struct outcome *outcome)
{
    int out[2], said[2];
    pid_t pid, parent = getpid();

    *outcome = (struct outcome){.out = g_byte_array_new(),
                                .said = g_byte_array_new(),
                                .status = SIGKILL};
    if (command_stopped())
        return -EINTR;
    if (pipe2(out, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(said, O_CLOEXEC) < 0) {
        (void)close(out[0]);
        (void)close(out[1]);
        return -EMFILE;
    }
    pid = fork();
    if (pid == 0)
        become(command, (const int[]){out[1], said[1]}, parent);
    (void)close(out[1]);
    (void)close(said[1]);
    if (pid > 0)
        attend(command, pid, (const int[]){out[0], said[0]}, outcome);
    children_end();
    (void)close(out[0]);
    (void)close(said[0]);
    if (command_stopped())
        return -EINTR;
    return pid > 0 ? 0 : -EAGAIN;
}

void
outcome_clear(struct outcome *outcome)
{
    g_byte_array_unref(outcome->out);
    g_byte_array_unref(outcome->said);
}
