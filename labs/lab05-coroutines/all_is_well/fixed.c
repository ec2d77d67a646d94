/* errands: delivers each MESSAGE over a connection of its own, two at the same
 * time, prints each receipt (the line that comes back), and says when all is
 * done.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coro.h"
#include "coro_sync.h"
#include "options.h"

enum { HANDS = 2, MESSAGES_MOST = 20, ANSWER_MS = 10000, LINE_LIMIT = 1000 };

static char host[NI_MAXHOST], port[NI_MAXSERV]; /* of the server */
static struct permits free_hands = {.left = HANDS};

/* Sends the message, and prints its receipt. */
static int
hand_over(struct stream *peer, const char *message, int64_t by)
{
    const char *receipt;
    ssize_t n;
    int err = stream_write(peer, message, strlen(message));

    if (err == 0)
        err = stream_write(peer, "\n", 1);
    if (err < 0)
        return err;
    n = stream_read_line(peer, &receipt, LINE_LIMIT, by);
    if (n > 0)
        (void)fwrite(receipt, 1, (size_t)n, stdout);
    return n == 0 ? CORO_EOF : n < 0 ? (int)n : 0;
}

/* One errand: a task of its own, which needs a free hand. */
static int
errand(void *message)
{
    int64_t by = in_ms(ANSWER_MS);
    struct stream *peer;
    int err = stream_open(&peer, host, port, by), lost;

    if (err == 0) {
        err = hand_over(peer, message, by);
        lost = stream_wait_closed(peer, by);
        err = err < 0 ? err : lost;
    }
    permit_give(&free_hands);
    return err;
}

/* Sends out all errands, and sees them end. */
static int
run(void *arg)
{
    char **messages = arg;
    struct task *tasks[MESSAGES_MOST];
    size_t count = 0;
    int err = 0;

    for (; messages[count] != NULL && count < MESSAGES_MOST; count++) {
        err = permit_take(&free_hands, FOREVER);
        if (err < 0)
            return err;
        tasks[count] = task_spawn(messages[count], errand, messages[count]);
        if (tasks[count] == NULL)
            return -ENOMEM;
    }
    err = task_gather(tasks, count, NULL, FOREVER);
    return err;
}

int
main(int argc, char *argv[])
{
    char **messages;
    struct address to = client_options(argc, argv, &messages);
    int err;

    if (getnameinfo((const struct sockaddr *)&to.storage, to.length, host,
                    sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return EXIT_FAILURE;
    err = loop_run(run, messages);
    if (err < 0) {
        (void)fprintf(stderr, "errands: %s:%s: %s\n", host, port,
                      err_text(err));
        return EXIT_FAILURE;
    }
    (void)printf("all done\n");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
