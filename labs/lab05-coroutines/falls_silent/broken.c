/* desk: a hotel desk. Each line is the number of a room; the answer tells where
 * its key hangs. Two clerks look that up, for all guests together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "coro.h"
#include "coro_sync.h"
#include "options.h"

enum { LINE_LIMIT = 100, LOOKUP_MS = 20, HOOKS_PER_ROW = 12 };

static struct permits clerks = {.left = 2};

static int
say(struct stream *guest, const char *text)
{
    int err = stream_write(guest, text, strlen(text));

    return err == 0 ? stream_drain(guest, FOREVER) : err;
}

/* One question, for which a clerk is needed. */
static int
answer(struct stream *guest, const char *line)
{
    char text[80], *end;
    int err = permit_take(&clerks, FOREVER);
    long room;

    if (err < 0)
        return err;
    room = strtol(line, &end, 10);
    if (room <= 0 || *end != '\n')
        return say(guest, "which room, please?\n");
    err = task_sleep(in_ms(LOOKUP_MS));
    permit_give(&clerks);
    (void)snprintf(text, sizeof text, "room %ld: row %ld, hook %ld\n", room,
                   room / HOOKS_PER_ROW + 1, room % HOOKS_PER_ROW + 1);
    return err == 0 ? say(guest, text) : err;
}

static int
serve(struct stream *guest, void *arg)
{
    const char *line;
    ssize_t n;
    int err = 0;

    (void)arg;
    while (err == 0 &&
           (n = stream_read_line(guest, &line, LINE_LIMIT, FOREVER)) != 0)
        err = n > 0 ? answer(guest, line) : (int)n;
    return err;
}

/* The first task: it sleeps until a signal comes. */
static int
run(void *address)
{
    struct server *server;
    sigset_t ends;
    int err = server_start(&server, address, serve, NULL);

    if (err < 0) {
        (void)fprintf(stderr, "desk: %s\n", err_text(err));
        return err;
    }
    announce(server_address(server));
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    if (server_close(server, NOW) > 0)
        (void)fprintf(stderr, "desk: closed, and guests were there\n");
    return err < 0 ? err : 0;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);

    return loop_run(run, &address) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
