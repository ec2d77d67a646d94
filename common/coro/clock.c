/* clock: what time it is, for the loop and its users: see loop.h and coro.h. */
#include <time.h>

#include "loop.h"

int64_t
clock_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
in_ms(int64_t ms)
{
    /* 1 more, for the part of a millisecond that clock_ms() cuts off. */
    int64_t now = clock_ms() + 1;

    return ms < FOREVER - now ? now + ms : FOREVER;
}

int64_t
clock_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
