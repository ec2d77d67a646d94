/* settling: has a program done what it will do?
 *
 * A program that has slept in a call for a while, without one context switch,
 * does nothing more by itself; one that has used a good portion of CPU time
 * since it was asked, and took no memory with it, has had its chance; so has
 * one that woke up often and went to sleep again (a loop with a short sleep or
 * a time-out). All hold on a machine that is busy with other things, where a
 * mere count of milliseconds does not.
 */
#ifndef HARNESS_SETTLING_H
#define HARNESS_SETTLING_H

#include <stdint.h>

#include "program.h"

struct settling {
    struct program *program;
    int64_t asleep_since_ns; /* 0: was not asleep at the last look */
    uint64_t switches;       /* at the last look */
    int64_t start_ns;        /* when the waiting began, and what the program */
    uint64_t cpu_start_ns;   /* had done by then: CPU time used, */
    uint64_t yields_start;   /* turns ended by a wait, */
    uint64_t resident_kib;   /* and memory taken */
    int looks, awake_looks;  /* so far; at these it was running */
};

enum settled {
    NOT_SETTLED,
    SETTLED_ASLEEP,
    SETTLED_BUSY,
    SETTLED_WAKING, /* wakes up again and again, and does nothing more */
    SETTLED_ENDED,
};

enum { LOOK_MS = 5 }; /* between two looks */

/* Begins to watch; then call settling_look every LOOK_MS. */
void settling_begin(struct settling *settling, struct program *program);
enum settled settling_look(struct settling *settling);

/* Waits until the program has settled; NOT_SETTLED after `ms`. */
enum settled program_settle(struct program *program, int ms);

#endif
