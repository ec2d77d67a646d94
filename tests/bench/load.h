/* load: connections to one server, and what goes over them. Every answer is
 * compared byte for byte; a wrong or missing one ends the program with a
 * message. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "histogram.h"

/* How a server is loaded. */
struct plan {
    int port;        /* on 127.0.0.1 */
    int connections; /* that speak */
    int idle;        /* and that have spoken once */
    size_t bytes;    /* of a line, its '\n' included */
    bool stream;     /* send without waiting for the answers */
};

struct load; /* the connections */

/* What a slice of time came to. */
struct slice {
    long replies;           /* streaming: answered bytes */
    double seconds;         /* from the first line sent to the last reply */
    struct histogram times; /* of the replies; streaming: none */
};

/* Connects, and sends a line on each connection once. */
struct load *load_open(const struct plan *plan);

/* Sends a line on every connection that speaks, and another one for each reply,
 * for `ms`; then waits for the replies still on their way. */
void load_run(struct load *load, int ms, struct slice *slice);

/* Closes the connections and frees. */
void load_close(struct load *load);

#endif
