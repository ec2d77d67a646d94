/* load: many connections to one server, one line in flight on each. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdint.h>
#include <sys/types.h>

struct load; /* the connections */

/* What a slice of time came to. */
struct slice {
    long replies;    /* each was compared byte for byte */
    double seconds;  /* from the first line sent to the last reply */
    double server_s; /* CPU time of the server meanwhile */
    double waited_s; /* both of us, ready to run, for a processor */
    double p50_us, p99_us;
};

/* Connects n times to 127.0.0.1:port, which process `server` serves, for lines
 * of `bytes`. Ends the program with a message when that fails. */
struct load *load_open(pid_t server, int port, int n, size_t bytes);

/* Sends a line on every connection, and another one for each reply, for `ms`;
 * then waits for the replies still on their way. A wrong or missing reply ends
 * the program with a message. */
struct slice load_run(struct load *load, int ms);

/* Closes the connections and frees. */
void load_close(struct load *load);

#endif
