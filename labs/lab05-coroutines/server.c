/* server: echoes lines to many clients; each has a task that reads like lab
 * 01, and none of them keeps another one waiting. */
#include <stdio.h>
#include <stdlib.h>

#include "announce.h"
#include "coro.h"
#include "options.h"

enum { LINE_LIMIT = 65536 }; /* bytes of the longest line, its "\n" included */

/* Lets the client take its last replies and hang up: close() would throw away
 * what it still sends, and the kernel then resets the connection. */
static int
refuse(struct stream *peer)
{
    char ignored[512];
    ssize_t n;

    (void)fprintf(stderr, "%s: line too long\n", stream_peername(peer));
    (void)stream_write_eof(peer);
    do
        n = stream_read(peer, ignored, sizeof ignored, FOREVER);
    while (n > 0);
    return (int)n;
}

/* Every call that ends in FOREVER may stop this task, and only this one, until
 * there is something to do for its client. */
static int
echo(struct stream *peer)
{
    const char *line; /* lent by the stream until the next read */
    ssize_t n;

    while ((n = stream_read_line(peer, &line, LINE_LIMIT, FOREVER)) > 0) {
        int err = stream_write(peer, line, (size_t)n);

        if (err == 0)
            err = stream_drain(peer, FOREVER); /* until it takes its replies */
        if (err < 0)
            return err;
    }
    return n == CORO_LIMIT ? refuse(peer) : (int)n;
}

/* One client: the server starts this in a task of its own. */
static int
serve(struct stream *peer, void *arg)
{
    int err;

    (void)arg;
    (void)fprintf(stderr, "%s came\n", stream_peername(peer));
    err = echo(peer);
    (void)fprintf(stderr, "%s left\n", stream_peername(peer));
    return err;
}

/* The first task: it starts the server, and sleeps until a signal comes. */
static int
run(void *arg)
{
    struct server *server;
    sigset_t ends;
    int err = server_start(&server, arg, serve, NULL);

    if (err < 0) {
        char text[ADDRESS_TEXT_SIZE];

        (void)fprintf(stderr, "server: %s: %s\n", address_text(text, arg),
                      err_text(err));
        return err;
    }
    announce(server_address(server));
    /* In a task, a signal is something to wait for, like a line. */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    /* NOW: clients get no time to end. Lab 09 gives them some. */
    if (server_close(server, NOW) > 0)
        (void)fprintf(stderr, "clients were cut off\n");
    return err < 0 ? err : 0;
}

/* The loop is in the library: it runs `run` as the first task, and others while
 * that waits, and sleeps in epoll_wait when all of them wait. */
int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);

    return loop_run(run, &address) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
