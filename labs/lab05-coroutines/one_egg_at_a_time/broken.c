/* eggs: an egg timer for many kitchens. Each line says for how many
 * milliseconds an egg shall boil; when that time is over, the answer is "ding".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "announce.h"
#include "coro.h"
#include "options.h"

enum { LINE_LIMIT = 40, MS_MOST = 3600000, NS_PER_MS = 1000000 };
static const char ding[] = "ding\n";

/* Boils an egg, and notes on stderr how long that took. */
static int
boil(const char *kitchen, long ms)
{
    const struct timespec egg = {.tv_sec = ms / 1000,
                                 .tv_nsec = ms % 1000 * NS_PER_MS};
    struct timespec in, out;
    int err;

    (void)clock_gettime(CLOCK_MONOTONIC, &in);
    err = -clock_nanosleep(CLOCK_MONOTONIC, 0, &egg, NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &out);
    (void)fprintf(stderr, "%s: an egg of %ld s, out after %ld s\n", kitchen,
                  (long)egg.tv_sec, (long)(out.tv_sec - in.tv_sec));
    return err;
}

/* One kitchen: its eggs boil one after the other. */
static int
serve(struct stream *kitchen, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(kitchen, &line, LINE_LIMIT, FOREVER)) > 0) {
        long ms = strtol(line, NULL, 10);
        int err = boil(stream_peername(kitchen), ms < 0         ? 0
                                                 : ms > MS_MOST ? MS_MOST
                                                                : ms);

        if (err == 0)
            err = stream_write(kitchen, ding, strlen(ding));
        if (err == 0)
            err = stream_drain(kitchen, FOREVER);
        if (err < 0)
            return err;
    }
    return (int)n;
}

/* The first task: it sleeps until a signal comes. */
static int
run(void *address)
{
    struct server *server;
    sigset_t ends;
    int err = server_start(&server, address, serve, NULL);

    if (err < 0) {
        (void)fprintf(stderr, "eggs: %s\n", err_text(err));
        return err;
    }
    announce(server_address(server));
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    if (server_close(server, NOW) > 0)
        (void)fprintf(stderr, "eggs: closed, and kitchens were there\n");
    return err < 0 ? err : 0;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);

    return loop_run(run, &address) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
