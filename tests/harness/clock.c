/* clock: see clock.h. */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { NS_PER_MS = 1000000, MS_PER_S = 1000, MOST_PATIENCE = 100 };

int64_t
now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S * NS_PER_MS + now.tv_nsec;
}

double
elapsed_ms(int64_t since_ns)
{
    return (double)(now_ns() - since_ns) / NS_PER_MS;
}

void
pause_ms(int ms)
{
    struct timespec rest = {.tv_sec = ms / MS_PER_S,
                            .tv_nsec = (long)(ms % MS_PER_S) * NS_PER_MS};

    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
}

int
patience_ms(int ms)
{
    const char *text = getenv("LAB_PATIENCE");
    long factor = text != NULL ? strtol(text, NULL, 10) : 1;

    if (factor < 1)
        factor = 1;
    if (factor > MOST_PATIENCE)
        factor = MOST_PATIENCE;
    return ms * (int)factor;
}
