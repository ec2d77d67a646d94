/* pieces_pth: the parts of GNU Pth: see piece_rows.h. */
#include <pth.h>
#include <stdlib.h>

typedef void *unit_result;
#define UNIT_DONE NULL
#define UNIT_NO_WAKE

static void *
unit_spawn(void *(*fn)(void *), void *arg)
{
    pth_t thread = pth_spawn(PTH_ATTR_DEFAULT, fn, arg);

    if (thread == NULL)
        abort();
    return thread;
}

static void
unit_join(void *unit)
{
    if (!pth_join(unit, NULL))
        abort();
}

static void
unit_yield(void)
{
    (void)pth_yield(NULL);
}

static void
unit_sleep(int ms)
{
    (void)pth_nap(pth_time(0, ms * 1000L));
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    return argc == 3 && pth_init() ? measure_row(argv[1], argv[2]) : 2;
}
