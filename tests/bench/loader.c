/* loader: loads one server, slice by slice, whenever it is told to.
 *
 *     loader PID PORT CONNECTIONS BYTES IDLE stream|lines
 *
 * Opens the connections and says "ready". Then each line on stdin is a number
 * of milliseconds to load the server for, and the answer is one line:
 *
 *     replies seconds cpu_s waited_s stolen_s p50_us p99_us p99.9_us
 *
 * Ends with stdin. Status 1: an answer was wrong or missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"
#include "usage.h"

static void
raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int
main(int argc, char *argv[])
{
    static struct slice slice;
    struct plan plan = {0};
    struct load *load;
    char order[32];
    pid_t server;

    if (argc != 7) {
        (void)fprintf(stderr, "usage: loader PID PORT CONNECTIONS BYTES IDLE "
                              "stream|lines\n");
        return 2;
    }
    server = (pid_t)strtol(argv[1], NULL, 10);
    plan.port = (int)strtol(argv[2], NULL, 10);
    plan.connections = (int)strtol(argv[3], NULL, 10);
    plan.bytes = strtoul(argv[4], NULL, 10);
    plan.idle = (int)strtol(argv[5], NULL, 10);
    plan.stream = strcmp(argv[6], "stream") == 0;
    raise_limit();
    load = load_open(&plan);
    usage_children(server);
    (void)puts("ready");
    (void)fflush(stdout);
    while (fgets(order, sizeof order, stdin) != NULL) {
        struct usage before = usage_now(server), used;

        load_run(load, (int)strtol(order, NULL, 10), &slice);
        used = usage_between(before, usage_now(server));
        (void)printf("%ld %.9f %.9f %.9f %.3f %.2f %.2f %.2f\n", slice.replies,
                     slice.seconds, used.cpu_s, used.waited_s, used.stolen_s,
                     histogram_time(&slice.times, 0.5),
                     histogram_time(&slice.times, 0.99),
                     histogram_time(&slice.times, 0.999));
        (void)fflush(stdout);
    }
    load_close(load);
    return EXIT_SUCCESS;
}
