/* scenario: plays the same three clients against any echo server and prints
 * who waited for how long, and what that cost.
 *
 *     scenario [-m | -s] PROGRAM...
 *     scenario -r FOLDER PROGRAM
 *
 * Client 1 connects at 0 ms and sends half a line; client 2 connects at 30 ms
 * and client 3 at 60 ms; each of these two sends a line, and a second one once
 * the first is answered; client 1 completes its line at 250 ms. Each leaves
 * when it has all its replies, at the latest 1,000 ms after its last send, and
 * then reads "never". -m measures memory and time per client too; -s prints one
 * short table, a line each, to compare the programs of several labs. -r prints
 * nothing, and leaves the packets in FOLDER/wire.pcap, for a picture.
 *
 * Each program is started with `-p 0`, in a private network where there is
 * one. Status: 0, or 75 when a program could not be played.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "die.h"
#include "network.h"
#include "peer.h"
#include "program.h"
#include "tap.h"

enum {
    CLIENTS = 3,
    LINES_MOST = 2,
    REST_AT_MS = 250,  /* client 1 completes its line */
    LOOK_AT_MS = 150,  /* what is the server doing now? */
    GIVE_UP_MS = 1000, /* after a client's last send */
    START_MS = 5000,   /* for the server to listen */
    NEWCOMERS = 16,    /* clients for the measure of memory and time */
    LINE_BYTES = 64,
    PROGRAMS_MOST = 8,
    RECORD_PATH_SIZE = 4096,
    NS_PER_MS = 1000000,
    KIT_PROBLEM = 75,
    USAGE_STATUS = 2,
};

struct client {
    int connect_at_ms;
    const char *lines[LINES_MOST]; /* what it sends, NULL-ended */
    int first_bytes;               /* of line 1 go at once, 0: all */
    struct peer *peer;
    int asked, answered;          /* lines */
    size_t received;              /* bytes of the line it waits for */
    int64_t sent_ns;              /* its last send */
    double waited_ms[LINES_MOST]; /* negative: never */
    bool gone;
};

struct played {
    const char *name; /* of the program's file */
    char label[32];   /* what the tables call it */
    struct client clients[CLIENTS];
    const char *doing; /* at LOOK_AT_MS */
    double cpu_ms, wall_ms;
    long switches, calls, eagain;   /* calls: -1 when not counted */
    double memory_kib, newcomer_us; /* per client; negative: not measured */
    char end[160];   /* why it could not be played; "" if it was */
    struct tap *tap; /* that shall see the packets; or NULL */
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

static void
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

/* Starts it and waits until it listens. NULL, and why in `end`, if not. */
static struct program *
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

static void
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

/* Plays it with a tap on the network, and keeps what that has seen. What else
 * there is to see (strace), the launcher LT_PREFIX does. */
static int
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

/* Counts the calls that strace has written down since the server listened, and
 * those of them that were told to try again. */
static void
count_calls(struct played *played, const char *path)
{
    char line[512];
    bool listening = false;
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, "\"listening on ") != NULL) {
            listening = true;
            played->calls = 0;
            played->eagain = 0;
        }
        if (!listening)
            continue;
        if (strchr(line, '(') != NULL && strstr(line, "resumed>") == NULL)
            played->calls++;
        if (strstr(line, "= -1 EAGAIN") != NULL)
            played->eagain++;
    }
    (void)fclose(file);
}

/* Plays it once more under strace, which slows it down: only for the counts. */
static void
play_traced(struct played *played, const char *path)
{
    char trace[] = "/tmp/scenario.XXXXXX";
    struct played again = {.name = played->name};
    int fd = mkstemp(trace), port;
    struct program *server;

    if (fd < 0)
        return;
    (void)close(fd);
    server = start_server(&again,
                          (const char *const[]){"strace", "-f", "-qq", "-o",
                                                trace, path, "-p", "0", NULL},
                          &port);
    if (server != NULL) {
        pid_t pids[PROC_TREE_MOST];

        play_clients(&again, server, port);
        /* SIGTERM to strace would only detach it: the server gets it. */
        if (program_processes(server, pids) > 1)
            (void)kill(pids[1], SIGTERM);
        (void)program_wait(server, START_MS, &(int){0});
        program_end(server);
        count_calls(played, trace);
    }
    (void)unlink(trace);
}

/* Counts are not times: all programs may be traced at once, and those that
 * sleep while others are played. */
static void
trace(struct played *played, const char *path)
{
    if (played->end[0] != '\0' || fork() != 0)
        return;
    play_traced(played, path);
    _exit(EXIT_SUCCESS);
}

static bool
sleeps(const struct played *played)
{
    return played->doing != NULL && strcmp(played->doing, "running") != 0;
}

/* Traces those that never sleep, and waits for all traces. */
static void
trace_rest(struct played all[], char *paths[], int count)
{
    for (int i = 0; i < count; i++)
        if (!sleeps(&all[i]))
            trace(&all[i], paths[i]);
    while (wait(NULL) > 0)
        ;
}

static long
memory_kib(const struct program *server)
{
    pid_t pids[PROC_TREE_MOST];
    int count = program_processes(server, pids);
    long sum = 0;

    for (int i = 0; i < count; i++)
        sum += proc_share_kib(pids[i]);
    return sum;
}

/* Sends a line for each client, then waits for all the replies: a server that
 * takes turns needs every client to go on. False when a reply does not come. */
static bool
one_round(struct peer *peers[], int count)
{
    char bytes[LINE_BYTES];
    size_t n;

    for (int i = 0; i < count; i++)
        if (peer_send(peers[i], "more\n", 5, GIVE_UP_MS) != 5)
            return false;
    for (int i = 0; i < count; i++)
        if (peer_receive(peers[i], bytes, sizeof bytes, &n, GIVE_UP_MS) !=
            GOT_BYTES)
            return false;
    return true;
}

static int
by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Median time from connect to the first reply, one client after the other. */
static double
measure_newcomer_us(struct program *server, int port)
{
    double us[NEWCOMERS];

    for (int i = 0; i < NEWCOMERS; i++) {
        int64_t start_ns = now_ns();
        struct peer *peer = peer_connect(
            i + 1, server, &(struct connect_options){.port = port});

        if (peer == NULL || !one_round(&peer, 1))
            return -1;
        us[i] = elapsed_ms(start_ns) * 1000;
        peer_close(peer);
    }
    qsort(us, NEWCOMERS, sizeof us[0], by_size);
    return us[NEWCOMERS / 2];
}

/* How much the memory of all the server's processes grows, per client. */
static double
measure_memory_kib(struct program *server, int port)
{
    struct peer *peers[NEWCOMERS];
    long before = memory_kib(server);

    for (int i = 0; i < NEWCOMERS; i++) {
        peers[i] = peer_connect(i + 1, server,
                                &(struct connect_options){.port = port});
        if (peers[i] == NULL || !one_round(peers, i + 1))
            return -1;
    }
    return before > 0 ? (double)(memory_kib(server) - before) / NEWCOMERS : -1;
}

static void
measure_clients(struct played *played, const char *path)
{
    const char *const argv[] = {path, "-p", "0", NULL};
    struct played again = {.name = played->name};
    struct program *server;
    int port;

    server = start_server(&again, argv, &port);
    if (server == NULL)
        return;
    played->newcomer_us = measure_newcomer_us(server, port);
    played->memory_kib = measure_memory_kib(server, port);
    program_end(server);
}

static const char *
waited(double ms)
{
    static char texts[8][16];
    static int next;
    char *text = texts[next++ % 8];

    if (ms < 0)
        return "never";
    (void)snprintf(text, sizeof texts[0], ms < 9.95 ? "%.2f ms" : "%.0f ms",
                   ms);
    return text;
}

static void
print_waits(const struct played all[], int count)
{
    (void)printf("waited for       client 1   client 2             client 3"
                 "             at %d ms\n"
                 "a reply            line 1     line 1    line 2     line 1"
                 "    line 2   it was in\n",
                 LOOK_AT_MS);
    for (int i = 0; i < count; i++) {
        const struct client *c = all[i].clients;

        if (all[i].end[0] != '\0') {
            (void)printf("%-8s %.71s\n", all[i].label, all[i].end);
            continue;
        }
        (void)printf("%-14s %10s %10s%10s %10s%10s   %s\n", all[i].label,
                     waited(c[0].waited_ms[0]), waited(c[1].waited_ms[0]),
                     waited(c[1].waited_ms[1]), waited(c[2].waited_ms[0]),
                     waited(c[2].waited_ms[1]),
                     all[i].doing != NULL ? all[i].doing : "-");
    }
}

static void
print_number(long number, int width)
{
    if (number < 0)
        (void)printf("%*s", width, "?");
    else
        (void)printf("%*ld", width, number);
}

static void
print_costs(const struct played all[], int count, bool measured)
{
    (void)printf("cost           CPU time  of a CPU  switches     calls"
                 "    EAGAIN%s\n",
                 measured ? "  a client more" : "");
    for (int i = 0; i < count; i++) {
        if (all[i].end[0] != '\0')
            continue;
        (void)printf("%-13s %6.1f ms %7.0f %% %9ld", all[i].label,
                     all[i].cpu_ms, 100 * all[i].cpu_ms / all[i].wall_ms,
                     all[i].switches);
        print_number(all[i].calls, 10);
        print_number(all[i].eagain, 10);
        if (measured && all[i].newcomer_us >= 0 && all[i].memory_kib >= 0)
            (void)printf("  %.0f KiB, %.0f us", all[i].memory_kib,
                         all[i].newcomer_us);
        (void)printf("\n");
    }
}

static void
print_short(const struct played all[], int count)
{
    (void)printf("waited       client 1 client 2, twice client 3, twice"
                 "  at %d ms CPU time  calls\n",
                 LOOK_AT_MS);
    for (int i = 0; i < count; i++) {
        const struct played *p = &all[i];

        if (p->end[0] != '\0') {
            (void)printf("%-13s%.67s\n", p->label, p->end);
            continue;
        }
        (void)printf("%-13s%8s%8s%8s%8s%8s  %-10s%6.0f %%", p->label,
                     waited(p->clients[0].waited_ms[0]),
                     waited(p->clients[1].waited_ms[0]),
                     waited(p->clients[1].waited_ms[1]),
                     waited(p->clients[2].waited_ms[0]),
                     waited(p->clients[2].waited_ms[1]),
                     p->doing != NULL ? p->doing : "-",
                     100 * p->cpu_ms / p->wall_ms);
        print_number(p->calls, 7);
        (void)printf("\n");
    }
}

/* How long the part of a path is that names its folder, "/" included. */
static int
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (int)(slash + 1 - path) : 0;
}

static bool
in_one_folder(char *paths[], int count)
{
    int length = folder_length(paths[0]);

    for (int i = 1; i < count; i++)
        if (folder_length(paths[i]) != length ||
            strncmp(paths[i], paths[0], (size_t)length) != 0)
            return false;
    return true;
}

/* "server"; "lab04 server" for .../lab04-select/server, where programs of more
 * than one folder are played. */
static void
write_label(struct played *played, const char *path, bool with_lab)
{
    int end = folder_length(path) - 1, start = end;

    while (start > 0 && path[start - 1] != '/')
        start--;
    if (!with_lab || end < 0)
        start = end = 0;
    (void)snprintf(played->label, sizeof played->label, "%.*s%s%s",
                   (int)strcspn(path + start, "-/") < end - start
                       ? (int)strcspn(path + start, "-/")
                       : end - start,
                   path + start, end > start ? " " : "", played->name);
}

/* Plays all of them, and prints the tables. */
static int
play_all(char *paths[], int count, bool measure, bool short_table)
{
    struct played *all; /* shared with the processes of trace */

    all = mmap(NULL, sizeof *all * PROGRAMS_MOST, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return KIT_PROBLEM;
    for (int i = 0; i < count; i++) {
        const char *path = paths[i];

        all[i] = (struct played){.name = path + folder_length(path),
                                 .calls = -1,
                                 .eagain = -1,
                                 .memory_kib = -1,
                                 .newcomer_us = -1};
        write_label(&all[i], path, !in_one_folder(paths, count));
        play(&all[i], path);
        if (sleeps(&all[i]))
            trace(&all[i], path);
    }
    trace_rest(all, paths, count);
    for (int i = 0; i < count && measure; i++)
        if (all[i].end[0] == '\0')
            measure_clients(&all[i], paths[i]);
    if (short_table) {
        print_short(all, count);
    } else {
        print_waits(all, count);
        print_costs(all, count, measure);
    }
    programs_end();
    return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
    bool measure = argc > 1 && strcmp(argv[1], "-m") == 0;
    bool short_table = argc > 1 && strcmp(argv[1], "-s") == 0;
    bool recorded = argc > 1 && strcmp(argv[1], "-r") == 0;
    int first = measure || short_table ? 2 : 1, count = argc - first;

    if (count < 1 || count > PROGRAMS_MOST || (recorded && argc != 4)) {
        (void)fprintf(stderr,
                      "usage: scenario [-m | -s] PROGRAM... (1 to %d)\n"
                      "       scenario -r FOLDER PROGRAM\n",
                      PROGRAMS_MOST);
        return USAGE_STATUS;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (network_allow() == 0)
        (void)network_enter(); /* else the real loopback, with free ports */
    if (recorded)
        return record(argv[2], argv[3]);
    return play_all(argv + first, count, measure, short_table);
}
