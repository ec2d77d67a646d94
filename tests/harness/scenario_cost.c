/* scenario_cost: system calls, and what a client more costs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"
#include "scenario.h"

enum { NEWCOMERS = 16 }; /* clients for the measure of memory and time */

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

void
trace(struct played *played, const char *path)
{
    if (played->end[0] != '\0' || fork() != 0)
        return;
    play_traced(played, path);
    _exit(EXIT_SUCCESS);
}

bool
sleeps(const struct played *played)
{
    return played->doing != NULL && strcmp(played->doing, "running") != 0;
}

void
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

void
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
