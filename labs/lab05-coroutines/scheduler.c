/* scheduler: three generators take turns: cooperative multitasking. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "die.h"

enum { STACK_BYTES = 65536, TASKS_MOST = 8 };

struct task {
    const char *name;
    int count; /* how far it shall count */
    bool ended;
    char *stack;
    ucontext_t place; /* where it has stopped */
};
static struct task tasks[TASKS_MOST];
static int task_count;
static struct task *running; /* who has the processor */
static ucontext_t scheduler; /* where main() has stopped */

/* Inside a task: lets the others run. Nobody can take the processor away from
 * a task that never calls this. */
static void
yield(void)
{
    if (swapcontext(&running->place, &scheduler) < 0)
        die("swapcontext", NULL);
}

/* What each task does. At the end it returns to main() (uc_link). */
static void
count(void)
{
    struct task *me = running;

    for (int i = 1; i <= me->count; i++) {
        (void)printf("%s %d\n", me->name, i);
        yield();
    }
    (void)printf("%s ends\n", me->name);
    me->ended = true;
}

/* Makes a task: a stack of its own, and registers that begin with count(). It
 * does not run yet. */
static void
spawn(const char *name, int how_far)
{
    struct task *task = &tasks[task_count++];

    *task = (struct task){.name = name, .count = how_far};
    task->stack = malloc(STACK_BYTES);
    if (task->stack == NULL || getcontext(&task->place) < 0)
        die("no stack for a task", name);
    task->place.uc_stack.ss_sp = task->stack;
    task->place.uc_stack.ss_size = STACK_BYTES;
    task->place.uc_link = &scheduler;
    makecontext(&task->place, count, 0);
}

/* Lets each task run once. False when all have ended. */
static bool
one_round(void)
{
    bool any = false;

    /* The next one runs when this one yields or ends: nobody is interrupted,
     * and so nobody needs a lock. */
    for (int i = 0; i < task_count; i++) {
        if (tasks[i].ended)
            continue;
        any = true;
        running = &tasks[i];
        if (swapcontext(&scheduler, &running->place) < 0)
            die("swapcontext", NULL);
    }
    return any;
}

int
main(void)
{
    spawn("anna", 3);
    spawn("bert", 1);
    spawn("carl", 2);
    while (one_round()) /* lab 04 would sleep here until somebody is ready */
        continue;
    for (int i = 0; i < task_count; i++)
        free(tasks[i].stack);
    return 0;
}
