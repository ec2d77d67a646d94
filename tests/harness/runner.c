/* runner: main() of every test program.
 *
 * Besides Criterion's own options (--filter, --list, --jobs) a few variables
 * count: those of report.c, LT_SUBJECTS=DIR (check the programs in this
 * folder), LT_PREFIX (a launcher), LT_FORK (forked.h), SEED, LAB_PATIENCE.
 * Criterion runs in a child, because now and then, on a busy machine, it gives
 * up before it has begun ("Could not spawn test instance"): then the child is
 * started anew.
 */
#include <criterion/criterion.h>
#include <criterion/options.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "forked.h"
#include "network.h"
#include "report.h"

enum {
    ATTEMPTS = 5, /* to get through a run of Criterion */
    JOBS = 8,     /* checks wait more than they work */
    SEEDS = 100000,
    SIGNALED = 128, /* exit status of a shell for a signal: 128 + number */
};

static void
set_number(const char *name, long number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%ld", number);
    (void)setenv(name, text, 1);
}

static void
prepare(void)
{
    if (getenv("SEED") == NULL)
        set_number("SEED", (long)(time(NULL) ^ getpid()) % SEEDS);
    if (network_allow() == 0)
        (void)setenv(NETWORK_VARIABLE, "private", 1);
    else
        set_number(NETWORK_VARIABLE, errno);
}

/* Criterion's socket in /tmp: 2.4.1 removes it only at the end of a run. */
static char socket_path[64];

static void
remove_socket(pid_t runner)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/tmp/criterion_%d.sock", (int)runner);
    (void)unlink(path);
}

static void
on_deadly_signal(int signal_number)
{
    (void)unlink(socket_path);
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number); /* comes when the handler returns */
}

static void
tidy_up_on_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};

    (void)snprintf(socket_path, sizeof socket_path, "/tmp/criterion_%d.sock",
                   (int)getpid());
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (signal(signals[i], on_deadly_signal) == SIG_IGN)
            (void)signal(signals[i], SIG_IGN);
}

/* True when the words ask for a text (--list, --help, --version) and so no test
 * shall run; else Criterion has not understood them. */
static bool
asks_for_text(int argc, char *argv[])
{
    static const char *const words[] = {"-l", "--list",    "-h", "--help",
                                        "-v", "--version", NULL};

    for (int i = 1; i < argc; i++)
        for (int n = 0; words[n] != NULL; n++)
            if (strcmp(argv[i], words[n]) == 0)
                return true;
    return false;
}

/* One run of Criterion; the exit status. */
static int
run(int argc, char *argv[])
{
    struct criterion_test_set *set;
    const char *network = getenv(NETWORK_VARIABLE);
    pid_t group = getpgrp();

    if (report_open() < 0) {
        perror("harness: the file or the pipe for verdicts");
        return STATUS_KIT_PROBLEM;
    }
    set = criterion_initialize();
    /* It has left our process group, and with it Ctrl-C: come back. */
    (void)setpgid(0, group);
    tidy_up_on_signals();
    criterion_options.jobs = JOBS;
    criterion_options.logging_threshold = (enum criterion_logging_level)100;
    if (!criterion_handle_args(argc, argv, true))
        return asks_for_text(argc, argv) ? EXIT_SUCCESS : STATUS_USAGE;
    if (network == NULL || strcmp(network, "private") != 0)
        criterion_options.jobs = 1; /* one at a time on the real port */
    if (is_forked())
        run_forked(set);
    else
        (void)criterion_run_all_tests(set);
    criterion_finalize(set);
    return report_status();
}

static volatile sig_atomic_t child; /* the process that runs Criterion */

static void
pass_on(int signal_number)
{
    if (child > 0)
        (void)kill(child, signal_number);
}

int
main(int argc, char *argv[])
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    int status = 0;

    prepare();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        child = fork();
        if (child < 0)
            break;
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            exit(run(argc, argv));
        }
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            (void)signal(signals[i], pass_on);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        remove_socket(child);
        if (WTERMSIG(status) != SIGABRT)
            return SIGNALED + WTERMSIG(status);
    }
    (void)fprintf(stderr, "harness: Criterion does not get through a run\n");
    return STATUS_KIT_PROBLEM;
}
