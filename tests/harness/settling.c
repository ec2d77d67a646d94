/* settling: see settling.h. */
#include "settling.h"

#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"

enum {
    ASLEEP_MS = 300,       /* so long asleep without a switch: settled */
    MANY_TURNS = 100,      /* so often awake and asleep again: settled, */
    TRACED_TURNS = 50,     /* under strace each call is some more turns */
    SOME_TURNS = 3,        /* or so often, */
    AWAKE_SHARE = 20,      /* awake at no more than one look in 20, */
    WAKING_MS = 1500,      /* after this time */
    BUSY_CPU_MS = 150,     /* so much CPU time used up: settled */
    GROWN_KIB = 8 << 10,   /* but not while it grows by so much, */
    LARGE_KIB = 512 << 10, /* as long as it is no larger than this */
};

void
settling_begin(struct settling *settling, struct program *program)
{
    struct activity activity = program_activity(program);

    *settling = (struct settling){.program = program,
                                  .switches = activity.switches,
                                  .start_ns = now_ns(),
                                  .cpu_start_ns = activity.cpu_ns,
                                  .resident_kib = activity.resident_kib,
                                  .yields_start = activity.yields};
}

/* True for a program that keeps waking up and does nothing that is seen. It
 * must be asleep nearly whenever one looks: one that waits for its turn on a
 * busy machine, or for the disk while it starts, is not. */
static bool
had_many_turns(const struct settling *settling, const struct activity *now)
{
    uint64_t turns = now->yields > settling->yields_start
                         ? now->yields - settling->yields_start
                         : 0;
    double ms = elapsed_ms(settling->start_ns);

    if (getenv("LT_RECORD") != NULL)
        turns /= TRACED_TURNS;
    return settling->awake_looks * AWAKE_SHARE <= settling->looks &&
           ((turns >= MANY_TURNS && ms > ASLEEP_MS) ||
            (turns >= SOME_TURNS && ms > WAKING_MS));
}

/* How much CPU time is enough: more under a tool that makes all slow. */
static uint64_t
busy_ns(void)
{
    return (uint64_t)patience_ms(BUSY_CPU_MS) * 1000000;
}

/* A program that takes much memory has not used its CPU time up: what it takes
 * to touch that for the first time differs tenfold between virtual machines. */
static void
forgive_growth(struct settling *settling, const struct activity *now)
{
    if (now->resident_kib < settling->resident_kib + GROWN_KIB ||
        now->resident_kib > LARGE_KIB)
        return;
    settling->resident_kib = now->resident_kib;
    settling->cpu_start_ns = now->cpu_ns;
}

enum settled
settling_look(struct settling *settling)
{
    struct activity activity = program_activity(settling->program);
    /* What has ended, its keeper will notice: the program is not asleep. */
    bool quiet = activity.alive && !activity.runnable &&
                 activity.switches == settling->switches;

    /* Its children may outlive it by a moment, and still do something. */
    if (program_is_over(settling->program))
        return SETTLED_ENDED;
    settling->looks++;
    if (activity.runnable)
        settling->awake_looks++;
    if (!quiet)
        settling->asleep_since_ns = 0;
    else if (settling->asleep_since_ns == 0)
        settling->asleep_since_ns = now_ns();
    settling->switches = activity.switches;
    if (quiet && elapsed_ms(settling->asleep_since_ns) > ASLEEP_MS)
        return SETTLED_ASLEEP;
    forgive_growth(settling, &activity);
    if (activity.cpu_ns > settling->cpu_start_ns &&
        activity.cpu_ns - settling->cpu_start_ns > busy_ns())
        return SETTLED_BUSY;
    return had_many_turns(settling, &activity) ? SETTLED_WAKING : NOT_SETTLED;
}

enum settled
program_settle(struct program *program, int ms)
{
    struct settling settling;
    enum settled settled;
    int64_t start_ns = now_ns();

    settling_begin(&settling, program);
    while ((settled = settling_look(&settling)) == NOT_SETTLED &&
           elapsed_ms(start_ns) < ms)
        pause_ms(LOOK_MS);
    return settled;
}
