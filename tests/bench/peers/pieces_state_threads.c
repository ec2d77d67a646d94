/* pieces_state_threads: the parts of State Threads: see piece_rows.h. */
#include <st.h>
#include <stdlib.h>

typedef void *unit_result;
#define UNIT_DONE NULL

static void *
unit_spawn(void *(*fn)(void *), void *arg)
{
    void *thread = st_thread_create(fn, arg, 1, 0);

    if (thread == NULL)
        abort();
    return thread;
}

static void
unit_join(void *unit)
{
    if (st_thread_join(unit, NULL) < 0)
        abort();
}

static void
unit_yield(void)
{
    (void)st_usleep(0); /* it has no other word for it */
}

static void
unit_sleep(int ms)
{
    (void)st_usleep((st_utime_t)ms * 1000);
}

static void
unit_wait(void)
{
    (void)st_usleep(ST_UTIME_NO_TIMEOUT);
}

static void
unit_wake(void *unit)
{
    st_thread_interrupt(unit);
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    if (argc != 3 || st_set_eventsys(ST_EVENTSYS_ALT) < 0 || st_init() < 0)
        return 2;
    return measure_row(argv[1], argv[2]);
}
