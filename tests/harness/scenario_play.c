/* scenario_play: three clients meet a server. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "die.h"
#include "scenario.h"
#include "settling.h"

enum {
    REST_AT_MS = 250, /* client 1 completes its line */
    RECORD_PATH_SIZE = 4096,
    NS_PER_MS = 1000000,
};

/* The `n`-th line a client sends; "" when it has no more. */
static const char *
line_of(const struct client *client, int n)
{
    return n < LINES_MOST && client->lines[n] != NULL ? client->lines[n] : "";
}

static void
client_send(struct client *client, const char *bytes, size_t n)
{
    client->sent_ns = now_ns();
    (void)peer_send(client->peer, bytes, n, GIVE_UP_MS);
}

static void
client_connect(struct client *client, int number, struct program *server,
               int port)
{
    const char *line = line_of(client, 0);
    size_t n =
        client->first_bytes > 0 ? (size_t)client->first_bytes : strlen(line);

    client->peer =
        peer_connect(number, server, &(struct connect_options){.port = port});
    if (client->peer == NULL) {
        client->gone = true;
        return;
    }
    client_send(client, line, n);
    client->asked = client->first_bytes > 0 ? 0 : 1;
}

static void
client_leave(struct client *client)
{
    if (client->peer != NULL)
        peer_close(client->peer);
    client->gone = true;
}

/* Takes what has come; a whole reply leads to the next line, or to the end. */
static void
client_receive(struct client *client)
{
    char bytes[LINE_BYTES];
    size_t n;

    if (peer_receive(client->peer, bytes, sizeof bytes, &n, 0) != GOT_BYTES) {
        client_leave(client);
        return;
    }
    client->received += n;
    if (client->received < strlen(line_of(client, client->answered)))
        return;
    client->waited_ms[client->answered++] = elapsed_ms(client->sent_ns);
    client->received = 0;
    if (client->answered == LINES_MOST ||
        client->lines[client->answered] == NULL) {
        client_leave(client);
        return;
    }
    client_send(client, client->lines[client->asked],
                strlen(client->lines[client->asked]));
    client->asked++;
}

/* Does what is due at `ms`. */
static void
client_step(struct client *client, int number, struct program *server, int port,
            double ms)
{
    if (client->gone || ms < client->connect_at_ms)
        return;
    if (client->peer == NULL) {
        client_connect(client, number, server, port);
        return;
    }
    if (client->asked == 0 && ms >= REST_AT_MS) {
        client_send(client, client->lines[0] + client->first_bytes,
                    strlen(client->lines[0]) - (size_t)client->first_bytes);
        client->asked = 1;
    }
    if (client->asked > 0 && elapsed_ms(client->sent_ns) > GIVE_UP_MS)
        client_leave(client);
}

static bool
all_gone(const struct client clients[])
{
    for (int i = 0; i < CLIENTS; i++)
        if (!clients[i].gone)
            return false;
    return true;
}

/* Sleeps until something comes for a client, at most until the next step. */
static void
wait_for_replies(struct client clients[])
{
    struct pollfd polls[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        const struct peer *peer = clients[i].peer;

        polls[i] = (struct pollfd){
            .fd = peer != NULL && !clients[i].gone ? peer->fd : -1,
            .events = POLLIN};
    }
    if (poll(polls, CLIENTS, 1) <= 0)
        return;
    for (int i = 0; i < CLIENTS; i++)
        if (polls[i].fd >= 0 && polls[i].revents != 0)
            client_receive(&clients[i]);
}

void
play_clients(struct played *played, struct program *server, int port)
{
    static const struct client begin[CLIENTS] = {
        {.lines = {"half a line\n"}, .first_bytes = 7},
        {.connect_at_ms = 30, .lines = {"one\n", "two\n"}},
        {.connect_at_ms = 60, .lines = {"uno\n", "dos\n"}},
    };
    int64_t start_ns = now_ns();

    memcpy(played->clients, begin, sizeof begin);
    for (int i = 0; i < CLIENTS; i++)
        played->clients[i].waited_ms[0] = played->clients[i].waited_ms[1] = -1;
    while (!all_gone(played->clients)) {
        double ms = elapsed_ms(start_ns);

        if (played->doing == NULL && ms > LOOK_AT_MS)
            played->doing = proc_blocked_call(program_pid(server));
        for (int i = 0; i < CLIENTS; i++)
            client_step(&played->clients[i], i + 1, server, port, ms);
        wait_for_replies(played->clients);
        if (played->tap != NULL)
            tap_read(played->tap);
    }
    played->wall_ms = elapsed_ms(start_ns);
}

/* Writes down why the clients of a server that does not listen cannot come. */
static void
note_end(struct played *played, struct program *server)
{
    const char *said = program_output(server, STREAM_ERR, NULL);
    size_t name = strlen(played->name);
    int status, length;

    if (strncmp(said, played->name, name) == 0)
        said += name + strspn(said + name, ": ");
    length = (int)strcspn(said, "\n");
    if (!program_ended(server, &status))
        (void)snprintf(played->end, sizeof played->end,
                       "does not listen after %d s", START_MS / 1000);
    else if (WIFSIGNALED(status))
        (void)snprintf(played->end, sizeof played->end,
                       "was killed by signal %d: %.*s", WTERMSIG(status),
                       length, said);
    else
        (void)snprintf(played->end, sizeof played->end,
                       "ended, status %d: %.*s", WEXITSTATUS(status), length,
                       said);
}

struct program *
start_server(struct played *played, const char *const argv[], int *port)
{
    struct program *server = program_start(argv, NULL);
    int64_t start_ns = now_ns();
    int status;

    if (server == NULL) {
        (void)snprintf(played->end, sizeof played->end, "%s", strerror(errno));
        return NULL;
    }
    while ((*port = program_port(server, 0)) == 0 &&
           !program_ended(server, &status) && elapsed_ms(start_ns) < START_MS)
        pause_ms(1);
    /* Let a program that gives up at once do so before it is asked. */
    (void)program_settle(server, LOOK_AT_MS);
    if (*port != 0 && !program_ended(server, &status))
        return server;
    note_end(played, server);
    program_end(server);
    return NULL;
}

void
play(struct played *played, const char *path)
{
    struct activity before, after;
    int port;
    struct program *server = start_server(
        played, (const char *const[]){path, "-p", "0", NULL}, &port);

    if (server == NULL)
        return;
    before = program_activity(server);
    play_clients(played, server, port);
    program_signal(server, SIGTERM);
    (void)program_wait(server, START_MS, &(int){0});
    program_end(server);
    after = program_usage(server);
    played->cpu_ms = ((double)after.cpu_ns - (double)before.cpu_ns) / NS_PER_MS;
    played->switches = (long)after.switches - (long)before.switches;
}

int
record(const char *folder, const char *path)
{
    struct tap tap;
    struct played played = {.name = path, .tap = &tap};
    char file[RECORD_PATH_SIZE];
    struct program *server;
    FILE *capture;
    int port, result = -1;

    if (tap_open(&tap) < 0) {
        (void)fprintf(stderr, "scenario: no packets are to be seen here: %s\n",
                      strerror(errno));
        return KIT_PROBLEM;
    }
    tap_settle(&tap);
    server = start_server(&played, (const char *const[]){path, "-p", "0", NULL},
                          &port);
    if (server == NULL) {
        (void)fprintf(stderr, "scenario: %s %s\n", path, played.end);
        tap_close(&tap);
        return EXIT_FAILURE;
    }
    play_clients(&played, server, port);
    (void)program_settle(server, LOOK_AT_MS); /* it sees them off */
    program_signal(server, SIGTERM);
    (void)program_wait(server, START_MS, &(int){0});
    program_end(server);
    (void)snprintf(file, sizeof file, "%s/wire.pcap", folder);
    capture = fopen(file, "we");
    if (capture != NULL) {
        tap_save_head(capture);
        (void)tap_save(&tap, capture, 0, port);
        result = fclose(capture);
    }
    if (result < 0)
        warn("write", file);
    tap_close(&tap);
    return result < 0 ? KIT_PROBLEM : EXIT_SUCCESS;
}
