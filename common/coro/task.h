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
 * page in all. What a wait touches are its first 64 bytes, a line of the cache:
 * where there are many tasks, a wait costs what the memory for it costs. */
struct task {
    /* Zero at first. (No more than 48 bytes: gcc clears those without a loop,
     * which would cost as much as all the rest of a spawn.) */
    bool cancelled;       /* until it returns or calls task_uncancel() */
    bool detached;        /* nobody will join it: it frees itself */
    bool reported;        /* debug has told of its failure */
    bool told_to_stop;    /* by loop_shutdown(), which does so once */
    unsigned timer;       /* its entry among the timers; 0: none */
    struct waiters *line; /* while it stands in one */
    struct task *joiner;  /* who waits for its end */
    struct task *younger; /* among all tasks there are */

    struct context context; /* where it stopped */
    enum task_state state;
    int woken;                    /* what its wait ends with */
    int64_t by;                   /* while it waits: until when */
    const char *waits_for;        /* and in words */
    struct task *before, *behind; /* in its line */

    struct task *older; /* among all tasks there are */
    task_fn *fn;
    void *arg;
    void *stack;
    const char *where; /* the line that spawned it */
    void *item;        /* what it hands over or gets at a queue: sync.c */
    int fd;            /* a descriptor handed over to it: server.c */
    int result;        /* once it has ended */
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
