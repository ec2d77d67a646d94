/* primes: each line is a number up to 500,000; the answer is how many primes
 * there are up to it, counted with the sieve of Eratosthenes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "coro.h"
#include "options.h"

enum { LARGEST = 500000, LINE_LIMIT = 40 };

/* Crosses out what is a multiple, and counts what is left. */
static int
count_primes(long up_to)
{
    static bool crossed_out[LARGEST + 1];
    int count = 0;

    memset(crossed_out, 0, sizeof crossed_out);
    for (long i = 2; i <= up_to; i++) {
        if (crossed_out[i])
            continue;
        count++;
        for (long j = 2 * i; j <= up_to; j += i)
            crossed_out[j] = true;
    }
    return count;
}

static int
serve(struct stream *guest, void *arg)
{
    const char *line;
    char text[40];
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(guest, &line, LINE_LIMIT, FOREVER)) > 0) {
        long up_to = strtol(line, NULL, 10);
        int err;

        if (up_to > LARGEST)
            (void)strcpy(text, "too large\n");
        else
            (void)snprintf(text, sizeof text, "%d primes\n",
                           count_primes(up_to));
        err = stream_write(guest, text, strlen(text));
        if (err == 0)
            err = stream_drain(guest, FOREVER);
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
        (void)fprintf(stderr, "primes: %s\n", err_text(err));
        return err;
    }
    announce(server_address(server));
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    if (server_close(server, NOW) > 0)
        (void)fprintf(stderr, "primes: closed, and guests were there\n");
    return err < 0 ? err : 0;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);

    return loop_run(run, &address) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
