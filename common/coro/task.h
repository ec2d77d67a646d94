/* task: private: what a task is, and the one way in which it stops and goes
 * on. coro.h is for users; this is for the other files in this folder.
 */
#ifndef CORO_TASK_H
#define CORO_TASK_H

#include <stdbool.h>

#include "coro.h"
#include "coro_sync.h"
#include "switch.h"

enum { TASK_NAME_SIZE = 64 }; /* "client " and the longest address fit */

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED };

/* It lies at the top of the task's own stack, so that a waiting task needs one
 * page in all. */
struct task {
    struct context context; /* where it stopped */
    enum task_state state;
    int woken;             /* what its wait ends with */
    bool cancelled;        /* until it returns or calls task_uncancel() */
    bool detached;         /* nobody will join it: it frees itself */
    bool reported;         /* debug has told of its failure */
    bool told_to_stop;     /* by loop_shutdown(), which does so once */
    int64_t by;            /* while it waits: until when */
    size_t timer;          /* its place among the timers, counted from 1 */
    uint64_t wait_number;  /* of two with the same `by`, who waited first */
    const char *waits_for; /* while it waits: in words */
    struct waiters *line;  /* while it stands in one: ... */
    struct task *before, *behind; /* ... and between whom */
    struct task *older, *younger; /* among all tasks there are */
    struct task *joiner;          /* who waits for its end */
    task_fn *fn;
    void *arg;
    int result; /* once it has ended */
    int fd;     /* a descriptor handed over to it: server.c */
    void *item; /* what it hands over or gets at a queue: sync.c */
    void *stack;
    const char *where; /* the line that spawned it */
    unsigned number;   /* in order of birth, from 1 */
    char name[TASK_NAME_SIZE];
};

/* --- to stop and go on (loop.c) ------------------------------------------ */

/* Stops the running task until task_wake(), its cancellation or `by`. What it
 * was woken with; -ECANCELED, -ETIMEDOUT. `why` is for reports ("a line"). */
int task_park(const char *why, int64_t by);

/* The same, standing at the end of a line meanwhile. */
int task_park_in(struct waiters *line, const char *why, int64_t by);

/* Makes a waiting task ready; task_park() will return `woken`. Nothing happens
 * to one that is not waiting. */
void task_wake(struct task *t, int woken);

/* Wakes the first in the line, with 0: false when there is none. */
bool waiters_wake_first(struct waiters *line);

/* Gives the kernel back what the running task's stack does not use now. */
void task_trim_stack(void);

/* --- all tasks (tasks.c) ------------------------------------------------- */

/* Like task_spawn(), for a task that nobody joins: it is freed at its end. */
struct task *task_spawn_detached(const char *name, task_fn *fn, void *arg,
                                 const char *where);

/* Waits for the end of t whatever happens: the caller's own cancellation is
 * put off until then. Frees t; its result. */
int task_see_end(struct task *t);

/* The oldest task that was not freed; its `younger` leads on. */
struct task *tasks_all(void);

/* Frees the detached ones that have ended. */
void tasks_bury(void);

/* The end of the loop: frees what ended and was never joined. */
void tasks_end(void);

#endif
