/* pieces: the parts of the kit's own runtime: see piece_rows.h. */
#include <errno.h>
#include <stdlib.h>

#include "coro.h"

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

#include "piece_rows.h"

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
