/* pieces: the parts of the kit's own runtime: see piece_rows.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "task.h"

enum { PAGE_BYTES = 4096 };

typedef int unit_result;
#define UNIT_DONE 0

static void *
unit_spawn(task_fn *fn, void *arg)
{
    struct task *t = task_spawn("bench", fn, arg);

    if (t == NULL)
        abort();
    return t;
}

static void
unit_join(void *unit)
{
    if (task_join(unit, NULL, FOREVER) < 0)
        abort();
}

static void
unit_yield(void)
{
    (void)task_yield();
}

static void
unit_sleep(int ms)
{
    if (task_sleep(in_ms(ms)) < 0)
        abort();
}

static void
unit_wait(void)
{
    if (task_sleep(FOREVER) == -ECANCELED)
        task_uncancel();
}

static void
unit_wake(void *unit)
{
    task_cancel(unit);
}

static double count_guarded(void);
#define UNIT_GUARDED count_guarded
#include "piece_rows.h"

/* True when the kernel cannot write below our stack. */
static int
is_guarded(void *arg)
{
    char *low = task_self()->stack;

    *(long *)arg += uname((struct utsname *)(void *)(low - PAGE_BYTES)) < 0;
    return task_sleep(FOREVER);
}

static double
count_guarded(void)
{
    static void *tasks[GUARDED_MOST];
    long guarded = 0;
    size_t n = 0;

    while (n < GUARDED_MOST &&
           (tasks[n] = task_spawn("bench", is_guarded, &guarded)) != NULL)
        n++;
    (void)task_yield();
    while (n-- > 0) {
        task_cancel(tasks[n]);
        unit_join(tasks[n]);
    }
    return (double)guarded;
}

static int
run(void *arg)
{
    char **words = arg;

    return measure_row(words[1], words[2]);
}

int
main(int argc, char *argv[])
{
    return argc == 3 ? loop_run(run, argv) : 2;
}
