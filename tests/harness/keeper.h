/* keeper: the process between a check and the program that it started. */
#ifndef HARNESS_KEEPER_H
#define HARNESS_KEEPER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* What keeper and caller both see (shared memory). */
struct keeping {
    _Atomic pid_t pid;       /* of the program; 0 until it runs */
    _Atomic int start_errno; /* why it could not be executed */
    _Atomic int status;      /* as from waitpid, valid once `ended` */
    _Atomic bool ended;
    _Atomic bool ending; /* the keeper kills what is left: no news from here */
    _Atomic bool by_itself; /* it ended before that */
    _Atomic long cpu_ns;    /* used by everything that has been reaped */
    _Atomic long switches;  /* context switches, the same way */
    _Atomic long kept[2];   /* bytes of stdout and stderr kept so far */
};

/* What the keeper is given. */
struct keeper_task {
    struct keeping *shared;
    int control;   /* read end: end of file means "end it all" */
    int output[2]; /* files for stdout and stderr */
    int input;     /* file for stdin, or -1 */
    int started;   /* write end: closed once the program runs, or cannot */
    char **argv;   /* launcher, program, arguments, NULL */
    char **environment;
    int descriptor_limit; /* 0: as it is */
};

/* Starts the program and keeps it until the other end of `control` is closed
 * or its owner ends; then kills it and every descendant, reaps them, and ends.
 * Runs in a child of fork and never returns. */
_Noreturn void keeper_run(const struct keeper_task *task);

#endif
