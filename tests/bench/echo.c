/* echo: what an echo costs a server, beside a raw epoll loop in the same run.
 *
 *     echo [-q] YARDSTICK SERVER...
 *
 * Every server runs on processor 0, this program on the last one. For each
 * number of connections and each size of line, slices of all servers take
 * turns; a slice that somebody else disturbed is repeated. Printed are medians
 * of ratios to the yardstick's neighbouring slice. -q: a tenth of the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "load.h"

enum { SERVERS_MOST = 16, ROUNDS_MOST = 21, TRIES = 5 };

/* Waiting for a processor for more of a slice than this disturbs it. */
static const double DISTURBED = 0.03;

static int rounds = 11, slice_ms = 300, disturbed;

struct server {
    const char *path, *name;
    pid_t pid;
    int port;
};
static struct server servers[SERVERS_MOST];
static int server_count;

static void
pin(int processor)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        die("sched_setaffinity", NULL);
}

/* Starts a server on a free port, which its first line tells. */
static void
start(struct server *server)
{
    int out[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    FILE *said;
    char line[128];
    const char *colon;

    if (null < 0 || pipe2(out, O_CLOEXEC) < 0 || (server->pid = fork()) < 0)
        die("start", server->path);
    if (server->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(0);
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
        execl(server->path, server->path, "-p", "0", (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    (void)close(out[1]);
    (void)close(null);
    said = fdopen(out[0], "r");
    if (said == NULL || fgets(line, sizeof line, said) == NULL ||
        (colon = strrchr(line, ':')) == NULL)
        die("it does not say where it listens", server->path);
    server->port = atoi(colon + 1);
    (void)fclose(said);
}

static void
stop(struct server *server)
{
    (void)kill(server->pid, SIGTERM);
    (void)waitpid(server->pid, NULL, 0);
}

static long
resident(pid_t pid)
{
    char path[64];
    long all = 0, pages = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%ld %ld", &all, &pages) != 2)
        die("statm", path);
    (void)fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* --- medians ------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* --- one row of the table ------------------------------------------------ */

/* A slice that nobody disturbed, if one of TRIES is. */
static struct slice
clean_slice(struct load *load)
{
    struct slice slice = {0};

    for (int i = 0; i < TRIES; i++) {
        slice = load_run(load, slice_ms);
        if (slice.waited_s < DISTURBED * slice.seconds)
            return slice;
        disturbed++;
    }
    return slice;
}

static void
print_row(const struct server *server, int connections, size_t bytes,
          const struct slice *own, const struct slice *raw)
{
    double us[ROUNDS_MOST] = {0}, cpu[ROUNDS_MOST] = {0};
    double speed[ROUNDS_MOST] = {0}, p99[ROUNDS_MOST] = {0};

    for (int r = 0; r < rounds; r++, own++, raw++) {
        us[r] = own->server_s / (double)own->replies * 1e6;
        cpu[r] = us[r] / (raw->server_s / (double)raw->replies * 1e6);
        speed[r] = (double)own->replies / own->seconds /
                   ((double)raw->replies / raw->seconds);
        p99[r] = own->p99_us / raw->p99_us;
    }
    (void)printf("%-12s %6d %6zu %8.2f %7.3f %7.2f %7.2f", server->name,
                 connections, bytes, median(us, rounds), median(cpu, rounds),
                 median(speed, rounds), median(p99, rounds));
}

static void
measure(int connections, size_t bytes)
{
    static struct slice slices[SERVERS_MOST][ROUNDS_MOST];
    struct load *loads[SERVERS_MOST] = {NULL};
    double grown[SERVERS_MOST] = {0};

    for (int s = 0; s < server_count; s++) {
        long before;

        start(&servers[s]);
        before = resident(servers[s].pid);
        loads[s] =
            load_open(servers[s].pid, servers[s].port, connections, bytes);
        (void)load_run(loads[s], 1); /* every connection speaks once */
        grown[s] = (double)(resident(servers[s].pid) - before) / connections;
    }
    for (int r = 0; r < rounds; r++)
        for (int s = 0; s < server_count; s++)
            slices[s][r] = clean_slice(loads[s]);
    for (int s = 0; s < server_count; s++) {
        print_row(&servers[s], connections, bytes, slices[s], slices[0]);
        (void)printf(" %8.0f\n", grown[s]);
        load_close(loads[s]);
        stop(&servers[s]);
    }
    (void)fflush(stdout);
}

static void
raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* "labs/lab05-coroutines/server" is called lab05. */
static const char *
name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    static char names[SERVERS_MOST][12];

    if (slash != NULL && strcmp(slash, "/server") == 0) {
        const char *lab = strstr(path, "labs/lab");

        if (lab != NULL)
            return strncpy(names[server_count], lab + strlen("labs/"), 5);
    }
    return slash != NULL ? slash + 1 : path;
}

int
main(int argc, char *argv[])
{
    static const struct {
        int connections;
        size_t bytes;
    } rows[] = {{1, 16},    {10, 16},     {100, 16},  {1000, 16},
                {100, 512}, {100, 16384}, {5000, 16}, {5000, 16384}};
    int first = 1;

    if (argc > 1 && strcmp(argv[1], "-q") == 0) {
        first = 2;
        rounds = 5;
        slice_ms = 60;
    }
    if (argc - first < 1 || argc - first > SERVERS_MOST) {
        (void)fprintf(stderr, "usage: echo [-q] YARDSTICK SERVER...\n");
        return 2;
    }
    for (int i = first; i < argc; i++, server_count++)
        servers[server_count] =
            (struct server){.path = argv[i], .name = name_of(argv[i])};
    raise_limit();
    pin((int)sysconf(_SC_NPROCESSORS_ONLN) - 1);
    (void)printf("%-12s %6s %6s %8s %7s %7s %7s %8s\n", "server", "conns",
                 "bytes", "us CPU", "x raw", "speed x", "p99 x", "mem/conn");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        measure(rows[i].connections, rows[i].bytes);
    (void)printf("%d disturbed slices were repeated\n", disturbed);
    return 0;
}
