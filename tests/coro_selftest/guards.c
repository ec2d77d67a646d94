/* guards: a process whose kernel has no guard pages of the new kind.
 *
 * usage: guards KERNEL overflow|alive
 *
 * KERNEL: new, the one we run on; old, before Linux 6.13; pretends, says yes
 * and does nothing, as emulators do; full, old and with few mappings left.
 * Linked with --wrap=madvise and --wrap=mprotect.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "coro.h"

enum {
    GUARD_INSTALL = 102, /* MADV_GUARD_INSTALL */
    FULL_AFTER = 100,    /* calls of mprotect */
    TASKS = 100000,
};

static const char *kernel;
static int calls_of_mprotect;

int __real_madvise(void *start, size_t bytes, int advice);
int __wrap_madvise(void *start, size_t bytes, int advice);
int __real_mprotect(void *start, size_t bytes, int protection);
int __wrap_mprotect(void *start, size_t bytes, int protection);

int
__wrap_madvise(void *start, size_t bytes, int advice)
{
    if (advice != GUARD_INSTALL || strcmp(kernel, "new") == 0)
        return __real_madvise(start, bytes, advice);
    if (strcmp(kernel, "pretends") == 0)
        return 0;
    errno = EINVAL;
    return -1;
}

int
__wrap_mprotect(void *start, size_t bytes, int protection)
{
    if (strcmp(kernel, "full") != 0 || ++calls_of_mprotect <= FULL_AFTER)
        return __real_mprotect(start, bytes, protection);
    errno = ENOMEM;
    return -1;
}

/* --- a stack that is too small ---------------------------------------------
 */

static int
go_deep(int pages) /* NOLINT(misc-no-recursion) */
{
    volatile char page[4096] = {0};

    page[pages % 4096] = 1;
    return page[0] + (pages > 0 ? go_deep(pages - 1) : 0);
}

static int
overflow(void *arg)
{
    (void)arg;
    return go_deep(1000);
}

static int
start_deep_one(void *arg)
{
    struct task *t = task_spawn("deep one", overflow, arg);
    int result = -ENOMEM;

    return t == NULL || task_join(t, &result, FOREVER) < 0 ? -ENOMEM : result;
}

/* --- very many stacks -------------------------------------------------------
 */

static int alive;

static int
stay(void *arg)
{
    (void)arg;
    alive++;
    return task_sleep(FOREVER);
}

static int
start_many(void *arg)
{
    static struct task *tasks[TASKS];
    int cancelled = 0, result;

    for (int i = 0; i < TASKS; i++) {
        tasks[i] = task_spawn("one of many", stay, arg);
        if (tasks[i] == NULL)
            return -ENOMEM;
    }
    (void)task_yield();
    printf("%d alive\n", alive);
    for (int i = 0; i < TASKS; i++) {
        task_cancel(tasks[i]);
        if (task_join(tasks[i], &result, FOREVER) == 0)
            cancelled += result == -ECANCELED;
    }
    printf("%d cancelled\n", cancelled);
    return 0;
}

int
main(int argc, char *argv[])
{
    const struct rlimit none = {0};

    if (argc != 3)
        return 2;
    kernel = argv[1];
    (void)setrlimit(RLIMIT_CORE, &none);
    return loop_run(strcmp(argv[2], "alive") == 0 ? start_many : start_deep_one,
                    NULL) == 0
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
