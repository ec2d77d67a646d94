/* scenario: the parts of the program; scenario.c says what it is for. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer.h"
#include "program.h"
#include "tap.h"

enum {
    CLIENTS = 3,
    LINES_MOST = 2,
    LOOK_AT_MS = 150,  /* what is the server doing now? */
    GIVE_UP_MS = 1000, /* after a client's last send */
    START_MS = 5000,   /* for the server to listen */
    LINE_BYTES = 64,
    KIT_PROBLEM = 75,
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

/* --- scenario_play.c ------------------------------------------------------ */

/* Starts a program and waits until it listens. NULL, and why in `end`, if it
 * does not. */
struct program *start_server(struct played *played, const char *const argv[],
                             int *port);

/* The three clients, from the first connection until all have left. */
void play_clients(struct played *played, struct program *server, int port);

/* Starts the program, plays the clients, ends it, and notes what it cost. */
void play(struct played *played, const char *path);

/* Plays it with a tap on the network, and keeps what that has seen in
 * FOLDER/wire.pcap. What else there is to see (strace), the launcher LT_PREFIX
 * does. The status of scenario, with one line said when it is not 0. */
int record(const char *folder, const char *path);

/* --- scenario_cost.c ------------------------------------------------------ */

/* Whether it was in a call at LOOK_AT_MS. */
bool sleeps(const struct played *played);

/* Counts its calls, in a process of its own: counts are not times, so all
 * programs may be traced at once, and those that sleep while others are played.
 * `played` is shared with that process. */
void trace(struct played *played, const char *path);

/* Traces those that never sleep, and waits for all traces. */
void trace_rest(struct played all[], char *paths[], int count);

/* Time and memory for a client more. */
void measure_clients(struct played *played, const char *path);

/* --- scenario_table.c ----------------------------------------------------- */

/* Who waited how long; what it cost; or both in a line for each program. */
void print_waits(const struct played all[], int count);
void print_costs(const struct played all[], int count, bool measured);
void print_short(const struct played all[], int count);

#endif
