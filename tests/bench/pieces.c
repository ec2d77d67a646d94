/* pieces: what the parts of the runtime cost, each alone.
 *
 *     pieces [QUICK]
 *
 * Process CPU time per operation, the median of several repetitions in turn;
 * memory as the growth of the resident set per parked task. Targets beside
 * them are for a 2 to 3 GHz x86-64; only ratios travel between machines.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coro.h"

enum { REPETITIONS = 5, LIVE_MOST = 100000, SHUFFLED = 10000, SLEEPS = 3 };

static struct task *tasks[LIVE_MOST];
static unsigned order[LIVE_MOST]; /* a fixed shuffle */
static int scale = 1;             /* a quick run does a tenth */

static double
cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* --- what tasks do ------------------------------------------------------- */

static int
nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int
yield_often(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--)
        (void)task_yield();
    return 0;
}

/* Three calls deep, that the compiler shall not take apart; the work after
 * each return keeps them from becoming jumps. */
static volatile long work;

__attribute__((noinline)) static void
deep3(void)
{
    (void)task_yield();
    work++;
}

__attribute__((noinline)) static void
deep2(void)
{
    deep3();
    work++;
}

__attribute__((noinline)) static int
deep(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        deep2();
        work++;
    }
    return 0;
}

__attribute__((noinline)) static int
deep_other(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        work++;
        deep3();
        work++;
    }
    return 0;
}

static int
park(void *arg)
{
    (void)arg;
    return task_sleep(FOREVER);
}

/* Waits at the gate, which is opened by cancelling it; then yields. */
static int
gate_yield(void *arg)
{
    (void)park(NULL);
    task_uncancel();
    return yield_often(arg);
}

static size_t asleep; /* sleepers that have not had enough */
static double awake_ns;

/* The same, and then sleeps `SLEEPS` times: 20 to 119 ms, spread over tasks.
 * The last one says when: to free stacks is no part of a sleep. */
static int
gate_sleep(void *arg)
{
    int err = 0;

    (void)park(NULL);
    task_uncancel();
    for (int i = 0; i < SLEEPS && err == 0; i++)
        err = task_sleep(in_ms(20 + *(unsigned *)arg % 100));
    if (--asleep == 0)
        awake_ns = cpu_ns();
    return err;
}

/* --- what is measured ---------------------------------------------------- */

static void
spawn_all(size_t n, task_fn *fn, void *arg)
{
    for (size_t i = 0; i < n; i++)
        if ((tasks[i] = task_spawn("bench", fn, arg)) == NULL)
            abort();
}

static void
join_all(size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (task_join(tasks[i], NULL, FOREVER) < 0)
            abort();
}

/* n tasks, `each` yields each; CPU time per yield. */
static double
yields(size_t n, long each, task_fn *fn, task_fn *other)
{
    double start;

    each /= scale;
    start = cpu_ns();
    for (size_t i = 0; i < n; i++) {
        task_fn *which = other != NULL && order[i] % 2 == 1 ? other : fn;

        if ((tasks[i] = task_spawn("bench", which, &each)) == NULL)
            abort();
    }
    join_all(n);
    return (cpu_ns() - start) / (double)n / (double)each;
}

static double
ping_pong(void)
{
    return yields(2, 3000000, yield_often, NULL);
}

static double
deep64(void)
{
    return yields(64, 50000, deep, NULL);
}

static double
mixed64(void)
{
    return yields(64, 50000, deep, deep_other);
}

static double
live_in_order(void)
{
    return yields(10000, 200, yield_often, NULL);
}

/* 10,000 tasks whose order in the ready queue is shuffled. */
static double
live_shuffled(void)
{
    enum { N = SHUFFLED };
    long each = 200 / scale;
    double start;

    spawn_all(N, gate_yield, &each);
    (void)task_yield(); /* now all of them are parked */
    for (size_t i = 0; i < N; i++)
        task_cancel(tasks[order[i]]);
    start = cpu_ns();
    join_all(N);
    return (cpu_ns() - start) / N / (double)each;
}

static double
spawn_join(void)
{
    int n = 1000000 / scale;
    double start = cpu_ns();

    for (int i = 0; i < n; i++) {
        tasks[0] = task_spawn("bench", nothing, NULL);
        join_all(1);
    }
    return (cpu_ns() - start) / n;
}

static double
live_1000(void)
{
    enum { N = 1000 };
    int rounds = 500 / scale;
    double start = cpu_ns();

    for (int r = 0; r < rounds; r++) {
        spawn_all(N, nothing, NULL);
        join_all(N);
    }
    return (cpu_ns() - start) / N / rounds;
}

static double
sleeps(size_t n)
{
    double start;

    for (size_t i = 0; i < n; i++)
        if ((tasks[i] = task_spawn("bench", gate_sleep, &order[i])) == NULL)
            abort();
    (void)task_yield(); /* now all of them are parked */
    for (size_t i = 0; i < n; i++)
        task_cancel(tasks[i]);
    asleep = n;
    start = cpu_ns();
    join_all(n);
    return (awake_ns - start) / (double)n / SLEEPS;
}

static double
sleeps_10k(void)
{
    return sleeps(10000);
}

static double
sleeps_100k(void)
{
    return sleeps(LIVE_MOST);
}

/* Bytes of VmRSS (a) or VmPTE (b) of this process. */
static long
memory(const char *key)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[128];
    long kib = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            (void)sscanf(line + strlen(key), ": %ld", &kib);
    if (file != NULL)
        (void)fclose(file);
    return kib * 1024;
}

/* Bytes per parked task. */
static void
parked(void)
{
    enum { N = 20000 };
    long resident, tables;

    spawn_all(N, park, NULL);
    join_all(0);
    (void)task_yield();
    resident = memory("VmRSS");
    tables = memory("VmPTE");
    (void)printf("%-34s %10ld  (%ld resident in all, page tables %ld)\n",
                 "a parked task, bytes", resident / N, resident, tables);
    for (size_t i = 0; i < N; i++)
        task_cancel(tasks[i]);
    join_all(N);
}

static const struct {
    const char *what;
    double (*measure)(void);
    double target;
} rows[] = {
    {"yield, two tasks, ns", ping_pong, 8},
    {"yield 3 calls deep, 64 tasks", deep64, 10},
    {"the same, two kinds mixed", mixed64, 23.4},
    {"spawn, run, join, warm", spawn_join, 40},
    {"1,000 live, each to its end", live_1000, 44},
    {"10,000 live, in order, a yield", live_in_order, 25},
    {"10,000 live, shuffled, a yield", live_shuffled, 25},
    {"a sleep, 10,000 sleepers", sleeps_10k, 500},
    {"a sleep, 100,000 sleepers", sleeps_100k, 500},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int
run(void *arg)
{
    static double times[ROWS][REPETITIONS];
    uint64_t seed = 1;

    (void)arg;
    for (size_t i = 0; i < LIVE_MOST; i++)
        order[i] = (unsigned)i;
    for (size_t i = SHUFFLED; i-- > 1;) { /* Fisher and Yates; LCG of Knuth */
        size_t j;
        unsigned other;

        seed = seed * 6364136223846793005U + 1442695040888963407U;
        j = (size_t)(seed >> 33) % (i + 1);
        other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
    parked(); /* first, as memory that was used stays */
    for (int r = 0; r < REPETITIONS; r++)
        for (int i = 0; i < ROWS; i++)
            times[i][r] = rows[i].measure();
    for (int i = 0; i < ROWS; i++) {
        qsort(times[i], REPETITIONS, sizeof times[i][0], compare);
        (void)printf("%-34s %10.1f  (%.1f to %.1f; target %.0f)\n",
                     rows[i].what, times[i][REPETITIONS / 2], times[i][0],
                     times[i][REPETITIONS - 1], rows[i].target);
    }
    return 0;
}

int
main(int argc, char *argv[])
{
    (void)argv;
    if (argc > 1)
        scale = 10;
    return loop_run(run, NULL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
