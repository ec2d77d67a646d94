/* crowd PORT COUNT: so many clients of an echo server at once. Each gets its
 * line back twice, once when it has come and once when all have, and leaves
 * when all have got it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "coro.h"
#include "coro_sync.h"

enum {
    AT_A_TIME = 500, /* calling: the kernel's queue for callers is short */
    LINE_SIZE = 32,
    CLIENTS_MOST = 20000,
};

static const char *port;
static int count, here, done;
static struct permits calling = {.left = AT_A_TIME};
static struct event all_here, all_done;

static int
echoed(struct stream *s, int number)
{
    char text[LINE_SIZE];
    const char *line;
    int n = snprintf(text, sizeof text, "client %d\n", number);
    int err = stream_write(s, text, (size_t)n);
    ssize_t came;

    if (err < 0)
        return err;
    came = stream_read_line(s, &line, LINE_SIZE, FOREVER);
    if (came < 0)
        return (int)came;
    return came == n && strcmp(line, text) == 0 ? 0 : -EXIT_FAILURE;
}

/* Waits until all clients have come so far. */
static int
meet(int *counter, struct event *all)
{
    if (++*counter == count)
        event_set(all);
    return event_wait(all, FOREVER);
}

static int
client(void *number)
{
    struct stream *s;
    int n = *(int *)number, err = permit_take(&calling, FOREVER), closed;

    if (err < 0)
        return err;
    err = stream_open(&s, "127.0.0.1", port, FOREVER);
    if (err < 0)
        return err;
    err = echoed(s, n);
    permit_give(&calling);
    if (err == 0)
        err = meet(&here, &all_here);
    if (err == 0)
        err = echoed(s, n);
    if (err == 0)
        err = meet(&done, &all_done);
    closed = stream_wait_closed(s, FOREVER);
    return err < 0 ? err : closed;
}

static int
run(void *nothing)
{
    static struct task *t[CLIENTS_MOST];
    static int numbers[CLIENTS_MOST];
    int err;

    (void)nothing;
    for (int i = 0; i < count; i++) {
        numbers[i] = i;
        t[i] = task_spawn("client", client, &numbers[i]);
    }
    err = task_gather(t, (size_t)count, NULL, FOREVER);
    if (err < 0)
        (void)fprintf(stderr, "crowd: a client failed: %s\n", err_text(err));
    else
        (void)printf("%d of %d were served at once\n", done, count);
    return err;
}

int
main(int argc, char *argv[])
{
    struct rlimit files;

    if (argc != 3)
        return EXIT_FAILURE;
    port = argv[1];
    count = atoi(argv[2]);
    if (count > CLIENTS_MOST)
        return EXIT_FAILURE;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    return loop_run(run, NULL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
