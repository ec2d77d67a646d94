/* loop: private: who runs next, and what happens when nobody can. */
#ifndef CORO_LOOP_H
#define CORO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "task.h"

struct watch;

/* There is one loop in a process. */
struct loop {
    struct task *now; /* who runs */
    struct task root; /* stands for the thread that called loop_run() */
    int epoll;        /* -1: no loop runs */
    size_t outside;   /* who waits for the kernel or for a pool thread */
    int turns_left;   /* switches until the kernel is asked again */
    int calls_left;   /* system calls until a task must let others run */
    int spin_us;      /* see loop_spin() */
    bool watched;     /* debug or trace wants to see each switch */
    bool deadlocked;  /* every task waited for another one */
};
extern struct loop loop;

/* Room for `n` tasks in the ready queue: 0, or -ENOMEM. */
int ready_reserve(size_t n);

/* Puts a task at the end of the ready queue. */
void ready_push(struct task *t);

/* The running task has ended: what it has to return, for the next to go on. */
void *loop_leave(void);

/* Called after each system call that did not have to wait: lets the others run
 * after many of them. 0, or -ECANCELED. */
int loop_breathe(void);

/* Milliseconds (microseconds) of CLOCK_MONOTONIC, rounded down. */
int64_t clock_ms(void);
int64_t clock_us(void);

#endif
