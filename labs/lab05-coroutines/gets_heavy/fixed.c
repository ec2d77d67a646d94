/* squares: a guest sends a line with a number, and gets a table of so many
 * squares, a line each: "1 1", "2 4", "3 9", ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "announce.h"
#include "coro.h"
#include "options.h"

enum { LINE_LIMIT = 40, ROWS_MOST = 1000000 };

/* Sends the table. */
static int
send_table(struct stream *guest, long rows)
{
    char row[40];
    int err = 0;

    for (long i = 1; i <= rows && err == 0; i++) {
        int n = snprintf(row, sizeof row, "%ld %ld\n", i, i * i);

        err = stream_write(guest, row, (size_t)n);
        if (err == 0)
            err = stream_drain(guest, FOREVER);
    }
    return err;
}

/* One guest, who may ask for one table after the other. */
static int
serve(struct stream *guest, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(guest, &line, LINE_LIMIT, FOREVER)) > 0) {
        long rows = strtol(line, NULL, 10);
        int err;

        if (rows > ROWS_MOST)
            rows = ROWS_MOST;
        (void)fprintf(stderr, "%s asks for %ld rows\n", stream_peername(guest),
                      rows);
        err = send_table(guest, rows);
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
        (void)fprintf(stderr, "squares: %s\n", err_text(err));
        return err;
    }
    announce(server_address(server));
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    if (server_close(server, NOW) > 0)
        (void)fprintf(stderr, "squares: closed, and guests were there\n");
    return err < 0 ? err : 0;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);

    return loop_run(run, &address) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
