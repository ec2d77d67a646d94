/* knock: tries again and again until the server lets it in; then it sends its
 * MESSAGE as a line, and prints the line that comes back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coro.h"
#include "options.h"

enum { TRIES = 5, PAUSE_MS = 200, ANSWER_MS = 10000, LINE_LIMIT = 1000 };

struct errand {
    struct address server;
    const char *message;
};

/* Knocks once: 0 when the server has let us in. */
static int
knock(struct stream **door, const struct address *server)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    const struct sockaddr_in *in = (const void *)&server->storage;

    if (inet_ntop(AF_INET, &in->sin_addr, host, sizeof host) == NULL)
        return -EAFNOSUPPORT;
    (void)snprintf(port, sizeof port, "%u", ntohs(in->sin_port));
    return stream_open(door, host, port, in_ms(PAUSE_MS));
}

/* Sends the message and prints the answer. */
static int
talk(struct stream *peer, const char *message)
{
    int64_t by = in_ms(ANSWER_MS);
    const char *line;
    ssize_t n;
    int err = stream_write(peer, message, strlen(message));

    if (err == 0)
        err = stream_write(peer, "\n", 1);
    if (err < 0)
        return err;
    n = stream_read_line(peer, &line, LINE_LIMIT, by);
    if (n == 0)
        return CORO_EOF;
    if (n > 0)
        (void)fwrite(line, 1, (size_t)n, stdout);
    return n < 0 ? (int)n : 0;
}

static int
run(void *arg)
{
    const struct errand *errand = arg;
    struct stream *door = NULL;
    char text[ADDRESS_TEXT_SIZE];
    int err = -ECANCELED, lost;

    for (int i = 0; i < TRIES && door == NULL; i++) {
        err = knock(&door, &errand->server);
        if (err == 0)
            break;
        (void)fprintf(stderr, "knock: %s: %s\n",
                      address_text(text, &errand->server), err_text(err));
        if (task_sleep(in_ms(PAUSE_MS)) < 0)
            return -ECANCELED;
    }
    if (err < 0)
        return err;
    err = talk(door, errand->message);
    lost = stream_wait_closed(door, in_ms(ANSWER_MS));
    return err < 0 ? err : lost;
}

int
main(int argc, char *argv[])
{
    char **messages;
    struct errand errand = {.server = client_options(argc, argv, &messages)};
    int err;

    errand.message = messages[0];
    err = loop_run(run, &errand);
    if (err < 0)
        (void)fprintf(stderr, "knock: not delivered: %s\n", err_text(err));
    return err < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
