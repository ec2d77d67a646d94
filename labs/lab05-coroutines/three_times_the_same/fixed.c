/* interview: asks all its questions (MESSAGES) at the same time, each over a
 * connection of its own, and prints the answers as they come.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coro.h"
#include "options.h"

enum { QUESTIONS_MOST = 20, ANSWER_MS = 10000, LINE_LIMIT = 200 };

static char host[NI_MAXHOST], port[NI_MAXSERV]; /* of the server */

/* Puts the question, and prints the answer. */
static int
put(struct stream *peer, const char *question, int64_t by)
{
    const char *answer;
    ssize_t n = stream_write(peer, question, strlen(question));

    if (n == 0)
        n = stream_write(peer, "\n", 1);
    if (n < 0)
        return (int)n;
    n = stream_read_line(peer, &answer, LINE_LIMIT, by);
    if (n > 0)
        (void)printf("%s? %s", question, answer);
    return n == 0 ? CORO_EOF : n < 0 ? (int)n : 0;
}

/* One question: a task of its own. */
static int
ask(void *arg)
{
    char **question = arg;
    int64_t by = in_ms(ANSWER_MS);
    struct stream *peer;
    int err = stream_open(&peer, host, port, by), lost;

    if (err < 0)
        return err;
    err = put(peer, *question, by);
    lost = stream_wait_closed(peer, by);
    return err < 0 ? err : lost;
}

/* Asks all of them, and waits for all answers. */
static int
run(void *arg)
{
    char **questions = arg, *question;
    struct task *tasks[QUESTIONS_MOST];
    size_t count = 0;

    for (; questions[count] != NULL && count < QUESTIONS_MOST; count++) {
        question = questions[count];
        tasks[count] = task_spawn(question, ask, &questions[count]);
        if (tasks[count] == NULL)
            return -ENOMEM;
    }
    return task_gather(tasks, count, NULL, FOREVER);
}

int
main(int argc, char *argv[])
{
    char **questions;
    struct address to = client_options(argc, argv, &questions);
    int err;

    if (getnameinfo((const struct sockaddr *)&to.storage, to.length, host,
                    sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return EXIT_FAILURE;
    err = loop_run(run, questions);
    if (err < 0)
        (void)fprintf(stderr, "interview: %s:%s: %s\n", host, port,
                      err_text(err));
    return err < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
