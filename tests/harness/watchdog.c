/* watchdog: see watchdog.h. */
#include "watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"

enum {
    LOOK_MS = 200,
    AFTERMATH_MS = 5000, /* for Criterion to notice the end of a test */
};

static struct {
    int limit_ms;
    void (*give_up)(void);
    _Atomic(int64_t) fed_ns;
} watchdog;

static void
wait_for_silence(int ms)
{
    while (elapsed_ms(atomic_load(&watchdog.fed_ns)) < ms)
        pause_ms(LOOK_MS);
}

static void *
watch(void *unused)
{
    pid_t pids[PROC_TREE_MOST];
    int64_t fed_ns;

    (void)unused;
    do {
        wait_for_silence(watchdog.limit_ms);
        fed_ns = atomic_load(&watchdog.fed_ns);
        /* Whoever runs now has run longer than it may. */
        for (int i = proc_children(getpid(), pids); i-- > 0;)
            (void)kill(pids[i], SIGKILL);
        wait_for_silence(watchdog.limit_ms + patience_ms(AFTERMATH_MS));
    } while (atomic_load(&watchdog.fed_ns) != fed_ns);
    watchdog.give_up();
    return NULL;
}

void
watchdog_start(int seconds, void (*give_up)(void))
{
    pthread_t thread;

    watchdog.limit_ms = seconds * 1000;
    watchdog.give_up = give_up;
    watchdog_feed();
    if (pthread_create(&thread, NULL, watch, NULL) == 0)
        (void)pthread_detach(thread);
}

void
watchdog_feed(void)
{
    atomic_store(&watchdog.fed_ns, now_ns());
}
