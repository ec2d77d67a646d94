/* echo: echoes lines until SIGTERM; clients then have a moment. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "coro.h"

enum { LIMIT = 65536, GRACE_MS = 50 };

static int
echo(struct stream *peer, void *nothing)
{
    const char *line;
    ssize_t n;

    (void)nothing;
    while ((n = stream_read_line(peer, &line, LIMIT, FOREVER)) > 0) {
        int err = stream_write(peer, line, (size_t)n);

        if (err == 0)
            err = stream_drain(peer, FOREVER);
        if (err < 0)
            return err;
    }
    return (int)n;
}

static int
run(void *nothing)
{
    struct server *server;
    struct address at;
    sigset_t ends;
    int err;

    (void)nothing;
    if (address_parse(&at, "127.0.0.1", 0) < 0)
        return -EXIT_FAILURE;
    err = server_start(&server, &at, echo, NULL);
    if (err < 0)
        return err;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    err = signal_wait(&ends, FOREVER);
    (void)fprintf(stderr, "%d cut off\n",
                  server_close(server, in_ms(GRACE_MS)));
    return err;
}

/* With an argument, as many descriptors as the system allows. */
static void
allow_descriptors(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

int
main(int argc, char *argv[])
{
    (void)argv;
    if (argc > 1)
        allow_descriptors();
    return loop_run(run, NULL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
