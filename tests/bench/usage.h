/* usage: what a server, with all its threads and children, has used. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <sys/types.h>

struct usage {
    double cpu_s;    /* CPU time of the server */
    double waited_s; /* ready to run, but another one had the processor: we,
                      * and a server of one thread (threads wait for each
                      * other, which disturbs nothing) */
    double stolen_s; /* what the hypervisor gave to others, of all processors */
};

/* Has the children of `server` looked for again: those that it has now count
 * from here on. */
void usage_children(pid_t server);

/* What has been used up to now. */
struct usage usage_now(pid_t server);

/* What was used from a to b. */
struct usage usage_between(struct usage a, struct usage b);

#endif
