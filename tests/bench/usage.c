/* usage: see usage.h. */
#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

static clockid_t *clocks; /* of the children */
static size_t clock_count;

static FILE *
open_of(pid_t pid, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

void
usage_children(pid_t server)
{
    char name[32];
    FILE *file;
    int child;

    (void)snprintf(name, sizeof name, "task/%d/children", (int)server);
    file = open_of(server, name);
    clock_count = 0;
    while (file != NULL && fscanf(file, "%d", &child) == 1) {
        clocks = realloc(clocks, (clock_count + 1) * sizeof *clocks);
        if (clocks == NULL)
            die("clocks", NULL);
        if (clock_getcpuclockid(child, &clocks[clock_count]) == 0)
            clock_count++;
    }
    if (file != NULL)
        (void)fclose(file);
}

static double
seconds_of(clockid_t which)
{
    struct timespec time = {0};

    (void)clock_gettime(which, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* How long the main thread of a process has waited for a processor. */
static double
waited_by(pid_t pid)
{
    unsigned long long ran_ns, waited_ns = 0;
    FILE *file = open_of(pid, "schedstat");

    if (file == NULL || fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2)
        waited_ns = 0; /* a kernel without it */
    if (file != NULL)
        (void)fclose(file);
    return (double)waited_ns / 1e9;
}

static int
threads_of(pid_t pid)
{
    char line[128];
    int threads = 1;
    FILE *file = open_of(pid, "status");

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Threads: %d", &threads) == 1)
            break;
    if (file != NULL)
        (void)fclose(file);
    return threads;
}

static double
stolen(void)
{
    long ticks = 0;
    FILE *file = fopen("/proc/stat", "re");

    if (file != NULL &&
        fscanf(file, "cpu %*d %*d %*d %*d %*d %*d %*d %ld", &ticks) != 1)
        ticks = 0;
    if (file != NULL)
        (void)fclose(file);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

struct usage
usage_now(pid_t server)
{
    struct usage u = {.waited_s = waited_by(getpid()), .stolen_s = stolen()};
    clockid_t own;

    if (clock_getcpuclockid(server, &own) != 0)
        die("the server is gone", NULL);
    u.cpu_s = seconds_of(own);
    for (size_t i = 0; i < clock_count; i++)
        u.cpu_s += seconds_of(clocks[i]);
    if (clock_count == 0 && threads_of(server) == 1)
        u.waited_s += waited_by(server);
    return u;
}

struct usage
usage_between(struct usage a, struct usage b)
{
    return (struct usage){b.cpu_s - a.cpu_s, b.waited_s - a.waited_s,
                          b.stolen_s - a.stolen_s};
}
