/* planted_race: a job in a thread and the loop count together, unguarded. */
#include <pthread.h>
#include <stdio.h>

#include "coro.h"

static int count;

static void *
count_too(void *arg)
{
    (void)arg;
    count++;
    return NULL;
}

static int
run(void *arg)
{
    pthread_t thread;

    (void)arg;
    if (pthread_create(&thread, NULL, count_too, NULL) != 0)
        return -1;
    count++;
    return -pthread_join(thread, NULL);
}

int
main(void)
{
    int result = loop_run(run, NULL);

    printf("%d passed, 0 failed\n", result == 0);
    return 0;
}
