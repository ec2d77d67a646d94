/* keeper: see keeper.h. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network.h"
#include "proc.h"
#include "program.h"

enum {
    CHUNK_BYTES = 65536,
    CHUNKS_MOST = 16, /* no pipe holds more: pipe(7), pipe-max-size */
};

/* Descriptors as the program shall see them: 0, 1, 2 and no more, so that its
 * first own one is 3, as in every handout. */
static void
arrange_descriptors(const struct keeper_task *task, const int pipes[2])
{
    int input = task->input >= 0 ? task->input
                                 : open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (dup2(input, STDIN_FILENO) < 0 || dup2(pipes[0], STDOUT_FILENO) < 0 ||
        dup2(pipes[1], STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void
reset_signals(void)
{
    sigset_t none;

    /* An ignored SIGPIPE would be inherited and hide a lesson. */
    for (int i = 1; i < SIGRTMIN; i++)
        (void)signal(i, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
limit_descriptors(int most)
{
    struct rlimit limit;

    if (most == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = (rlim_t)most;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

_Noreturn static void
become_program(const struct keeper_task *task, const int pipes[2], pid_t keeper)
{
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) /* it ended before the line above */
        _exit(EXIT_FAILURE);
    reset_signals();
    arrange_descriptors(task, pipes);
    limit_descriptors(task->descriptor_limit);
    network_drop_rights();
    (void)execvpe(task->argv[0], task->argv, task->environment);
    atomic_store(&task->shared->start_errno, errno);
    _exit(127);
}

/* Moves what is in the pipe into the file, up to the limit. False at the end
 * of the pipe. */
static bool
drain(const struct keeper_task *task, int stream, int pipe_end)
{
    static char chunk[CHUNK_BYTES];
    ssize_t n = read(pipe_end, chunk, sizeof chunk);
    long kept = atomic_load(&task->shared->kept[stream]);
    long more = n < OUTPUT_LIMIT_BYTES - kept ? n : OUTPUT_LIMIT_BYTES - kept;

    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (more > 0 &&
        pwrite(task->output[stream], chunk, (size_t)more, kept) == more)
        atomic_store(&task->shared->kept[stream], kept + more);
    return n != 0;
}

static void
add_usage(struct keeping *shared, const struct rusage *usage)
{
    long seconds = usage->ru_utime.tv_sec + usage->ru_stime.tv_sec;
    long us = usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;

    (void)atomic_fetch_add(&shared->cpu_ns, seconds * 1000000000 + us * 1000);
    (void)atomic_fetch_add(&shared->switches,
                           usage->ru_nvcsw + usage->ru_nivcsw);
}

/* Reaps every child that has ended; the orphans of the program's descendants
 * become ours, because we are their subreaper. False when none is left. */
static bool
reap(const struct keeper_task *task)
{
    struct rusage usage;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        add_usage(task->shared, &usage);
        if (pid == atomic_load(&task->shared->pid)) {
            atomic_store(&task->shared->status, status);
            atomic_store(&task->shared->by_itself,
                         !atomic_load(&task->shared->ending));
            atomic_store(&task->shared->ended, true);
        }
    }
    return pid == 0;
}

/* Kills whatever is below us, until there is nothing left to reap. Only our own
 * children are killed, whose numbers nobody else can get before we reap them;
 * theirs become ours when they are gone. */
static void
kill_descendants(const struct keeper_task *task)
{
    pid_t pids[PROC_TREE_MOST];
    struct pollfd nothing;

    for (;;) {
        int count = proc_children(getpid(), pids);

        for (int i = 0; i < count; i++)
            (void)kill(pids[i], SIGKILL);
        if (!reap(task))
            return;
        (void)poll(&nothing, 0, 1);
    }
}

/* Works until the caller closes its end of `control` or is gone. */
static void
keep(const struct keeper_task *task, int pipes[2], int child_events)
{
    struct pollfd polls[] = {
        {.fd = task->control, .events = POLLIN},
        {.fd = pipes[0], .events = POLLIN},
        {.fd = pipes[1], .events = POLLIN},
        {.fd = child_events, .events = POLLIN},
    };

    while (polls[0].revents == 0) {
        char ignored[16];

        if (poll(polls, 4, -1) < 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (polls[1 + i].revents != 0 && !drain(task, i, pipes[i]))
                polls[1 + i].fd = -1;
        if (polls[3].revents != 0) {
            (void)!read(child_events, ignored, sizeof ignored);
            /* First the last words, then the news of the end. A child that
             * lives on may print on: what was printed by now is enough. */
            for (int i = 0; i < 2; i++) {
                struct pollfd rest = {.fd = polls[1 + i].fd, .events = POLLIN};

                for (int n = 0; n < CHUNKS_MOST && poll(&rest, 1, 0) > 0; n++)
                    if (!drain(task, i, pipes[i]))
                        break;
            }
            (void)reap(task);
        }
    }
}

static int child_event_pipe[2];

static void
on_child(int signal_number)
{
    int err = errno;

    (void)signal_number;
    (void)!write(child_event_pipe[1], "", 1);
    errno = err;
}

/* Keeps the descriptors of the task, and our turn on the real port until the
 * program has left it; closes all the others: a pipe of the test runner, held
 * open here, would make it wait for us. */
static void
close_foreign_descriptors(const struct keeper_task *task)
{
    const int ours[] = {task->control, task->output[0], task->output[1],
                        task->input,   task->started,   network_turn()};
    unsigned next, low = STDERR_FILENO + 1;

    do {
        next = UINT_MAX; /* the lowest of ours from `low` on; -1 is none */
        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
            if ((unsigned)ours[i] >= low && (unsigned)ours[i] < next)
                next = (unsigned)ours[i];
        if (next > low)
            (void)close_range(low, next - 1, 0);
        low = next + 1;
    } while (next != UINT_MAX);
}

_Noreturn void
keeper_run(const struct keeper_task *task)
{
    struct sigaction action = {.sa_handler = on_child,
                               .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    pid_t keeper = getpid(), child;
    int out[2], err[2];

    close_foreign_descriptors(task);
    (void)setsid(); /* Ctrl-C is for the runner; we see its end */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    reset_signals();
    (void)signal(SIGPIPE, SIG_IGN);
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
        pipe2(child_event_pipe, O_CLOEXEC | O_NONBLOCK) < 0 ||
        sigaction(SIGCHLD, &action, NULL) < 0)
        _exit(EXIT_FAILURE);
    child = fork();
    if (child == 0)
        become_program(task, (const int[]){out[1], err[1]}, keeper);
    if (child < 0) {
        atomic_store(&task->shared->start_errno, errno);
        atomic_store(&task->shared->ended, true);
        _exit(EXIT_FAILURE);
    }
    /* Before our end of `started` is closed (exec(3) closes the child's): who
     * waits for that finds the number, and no 0, which kill(2) takes for us. */
    atomic_store(&task->shared->pid, child);
    (void)close(task->started);
    (void)close(out[1]);
    (void)close(err[1]);
    keep(task, (int[]){out[0], err[0]}, child_event_pipe[0]);
    (void)reap(task); /* what has ended by itself until now */
    atomic_store(&task->shared->ending, true);
    kill_descendants(task);
    _exit(EXIT_SUCCESS);
}
