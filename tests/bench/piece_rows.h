/* piece_rows: what the parts of a library of coroutines cost, in terms of a few
 * functions that each program defines before it includes this:
 *
 *     unit_result, UNIT_DONE
 *                           what the function of one returns
 *     unit_spawn(fn, arg)   a coroutine, ready to run: what unit_join() takes
 *     unit_join(unit)       waits for its end, and frees it
 *     unit_yield()          lets the others run
 *     unit_sleep(ms)        waits (unless UNIT_NO_SLEEP is defined)
 *     unit_wait(), unit_wake(unit)
 *                           waits for ever; ends that (unless UNIT_NO_WAKE is)
 *
 *     UNIT_GUARDED          how many with a guard there can be, at most
 *                           GUARDED_MOST (only if it is defined)
 *
 *     PROGRAM ROW SCALE     prints the row's figure: nanoseconds of CPU time
 * for one operation, or bytes. 1/SCALE of the operations.
 *
 * Status 3: this program has no such row.
 */
#ifndef BENCH_PIECE_ROWS_H
#define BENCH_PIECE_ROWS_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GUARDED_MOST = 200000 };
enum { MOST = 100000, MANY = 10000, NO_SUCH_ROW = 3 };
static const int SLEEPS = 3;

static void *units[MOST];
static unsigned order[MOST]; /* a fixed shuffle of the first MANY */
static long scale = 1;

static double
cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void
make_order(void)
{
    unsigned long long seed = 1;

    for (unsigned i = 0; i < MOST; i++)
        order[i] = i;
    for (unsigned i = MANY; i-- > 1;) { /* Fisher and Yates; LCG of Knuth */
        unsigned j, other;

        seed = seed * 6364136223846793005U + 1442695040888963407U;
        j = (unsigned)((seed >> 33) % (i + 1));
        other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

static void
spawn_all(size_t n, unit_result (*fn)(void *), void *arg)
{
    for (size_t i = 0; i < n; i++)
        units[i] = unit_spawn(fn, arg);
}

static void
join_all(size_t n)
{
    for (size_t i = 0; i < n; i++)
        unit_join(units[i]);
}

/* --- what they do -------------------------------------------------------- */

static unit_result
nothing(void *arg)
{
    (void)arg;
    return UNIT_DONE;
}

static unit_result
yield_often(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--)
        unit_yield();
    return UNIT_DONE;
}

/* Three calls deep, that the compiler shall not take apart; the work after
 * each return keeps them from becoming jumps. */
static volatile long work;

__attribute__((noinline)) static void
deep3(void)
{
    unit_yield();
    work = work + 1;
}

__attribute__((noinline)) static void
deep2(void)
{
    deep3();
    work = work + 1;
}

__attribute__((noinline)) static unit_result
deep(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        deep2();
        work = work + 1;
    }
    return UNIT_DONE;
}

/* Three other handlers, each with a place of its own where it stops. */
__attribute__((noinline)) static unit_result
other1(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        work = work + 1;
        deep3();
        work = work + 1;
    }
    return UNIT_DONE;
}

__attribute__((noinline)) static unit_result
other2(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        unit_yield();
        work = work + 2;
    }
    return UNIT_DONE;
}

__attribute__((noinline)) static unit_result
other3(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        deep2();
        work = work + 3;
    }
    return UNIT_DONE;
}

/* --- rows ---------------------------------------------------------------- */

/* n of them, `each` yields each: CPU time for a yield. First once for nothing,
 * so that their memory is there. */
static double
yields(size_t n, long each, int kinds)
{
    static unit_result (*const fn[])(void *) = {deep, other1, other2, other3};
    double start = 0;
    long count = 1;

    for (int warm = 1; warm >= 0; warm--) {
        start = cpu_ns();
        for (size_t i = 0; i < n; i++)
            units[i] = unit_spawn(kinds == 0 ? yield_often
                                             : fn[order[i] % (unsigned)kinds],
                                  &count);
        join_all(n);
        count = each / scale;
    }
    return (cpu_ns() - start) / (double)n / (double)count;
}

static double
row_yield(void)
{
    return yields(2, 3000000, 0);
}

static double
row_deep(void)
{
    return yields(64, 50000, 1);
}

static double
row_mixed(void)
{
    return yields(64, 50000, 4);
}

static double
row_live_order(void)
{
    return yields(MANY, 200, 0);
}

static double
row_spawn(void)
{
    long n = 500000 / scale;
    double start;

    join_all(0);
    start = cpu_ns();
    for (long i = 0; i < n; i++) {
        units[0] = unit_spawn(nothing, NULL);
        join_all(1);
    }
    return (cpu_ns() - start) / (double)n;
}

static double
row_live_1000(void)
{
    const size_t n = 1000;
    long rounds = 300 / scale;
    double start = 0;

    for (long r = -1; r < rounds; r++) {
        if (r == 0)
            start = cpu_ns();
        spawn_all(n, nothing, NULL);
        join_all(n);
    }
    return (cpu_ns() - start) / (double)n / (double)rounds;
}

#ifndef UNIT_NO_WAKE
/* Bytes of a size in /proc/self/status. */
static double
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
    return (double)kib * 1024;
}

static unit_result
wait_and_yield(void *arg)
{
    unit_wait();
    return yield_often(arg);
}

/* As row_live_order, but the next one in turn is never the next in memory. */
static double
row_live_shuffled(void)
{
    long each = 1;
    double start = 0;

    for (int warm = 1; warm >= 0; warm--) {
        spawn_all(MANY, wait_and_yield, &each);
        unit_yield(); /* now all of them wait */
        for (size_t i = 0; i < MANY; i++)
            unit_wake(units[order[i]]);
        start = cpu_ns();
        join_all(MANY);
        each = warm == 1 ? 200 / scale : each;
    }
    return (cpu_ns() - start) / (double)MANY / (double)each;
}

static unit_result
wait_only(void *arg)
{
    (void)arg;
    unit_wait();
    return UNIT_DONE;
}

/* Bytes for one that waits: resident, and the kernel's tables of pages. */
static double
row_parked(void)
{
    double before = memory("VmRSS") + memory("VmPTE"), after;

    spawn_all(MANY, wait_only, NULL);
    unit_yield();
    after = memory("VmRSS") + memory("VmPTE");
    for (size_t i = 0; i < MANY; i++)
        unit_wake(units[i]);
    join_all(MANY);
    return (after - before) / (double)MANY;
}
#endif

#ifndef UNIT_NO_SLEEP
static size_t asleep; /* sleepers that have not had enough */
static double awake_ns;

/* Three times 20 to 119 ms. The last one says when: to free is no part of it.
 */
static unit_result
sleep_often(void *arg)
{
    for (int i = 0; i < SLEEPS; i++)
        unit_sleep(20 + (int)(*(unsigned *)arg % 100));
    if (--asleep == 0)
        awake_ns = cpu_ns();
    return UNIT_DONE;
}

/* Those that sleep have slept once before, so their memory is there. */
static double
sleeps(size_t n)
{
    double start;

    for (int warm = 1; warm >= 0; warm--) {
        asleep = n;
        for (size_t i = 0; i < n; i++)
            units[i] = unit_spawn(sleep_often, &order[i]);
        unit_yield();
        start = cpu_ns();
        join_all(n);
    }
    return (awake_ns - start) / (double)n / SLEEPS;
}

static double
row_sleep_10k(void)
{
    return sleeps(MANY);
}

static double
row_sleep_100k(void)
{
    return sleeps(MOST);
}
#endif

static const struct {
    const char *name;
    double (*measure)(void);
} rows[] = {
#ifdef UNIT_GUARDED
    {"guarded", UNIT_GUARDED},
#endif

    {"yield", row_yield},
    {"deep", row_deep},
    {"mixed", row_mixed},
    {"spawn", row_spawn},
    {"live_1000", row_live_1000},
    {"live_order", row_live_order},
#ifndef UNIT_NO_WAKE
    {"live_shuffled", row_live_shuffled},
    {"parked", row_parked},
#endif
#ifndef UNIT_NO_SLEEP
    {"sleep_10k", row_sleep_10k},
    {"sleep_100k", row_sleep_100k},
#endif
};

/* To be called where the others can run: the program's status. */
static int
measure_row(const char *name, const char *slower)
{
    scale = strtol(slower, NULL, 10);
    make_order();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0) {
            (void)printf("%.2f\n", rows[i].measure());
            return EXIT_SUCCESS;
        }
    return NO_SUCH_ROW;
}

#endif
