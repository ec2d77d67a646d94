/* check_state: expects a program to sleep, to spin, to have so many sockets. */
#include "check.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "clock.h"
#include "proc.h"
#include "program.h"
#include "settling.h"
#include "subject.h"
#include "verdict.h"

enum { SPIN_CPU_MS = 100 }; /* so much CPU time without one wait: it spins */

void
expect_asleep(struct program *program, const char *call)
{
    enum settled settled = program_settle(program, patience_ms(GOOD_MS));
    const char *real = proc_blocked_call(program_pid(program));
    char want[48], got[64];

    if (settled == SETTLED_ASLEEP &&
        (call == NULL || strcmp(real, call) == 0)) {
        held();
        return;
    }
    (void)snprintf(want, sizeof want, "asleep%s%s", call != NULL ? " in " : "",
                   call != NULL ? call : "");
    describe_end(program, got, sizeof got);
    if (settled == SETTLED_ASLEEP)
        (void)snprintf(got, sizeof got, "asleep in %s", real);
    else if (settled != SETTLED_ENDED)
        (void)snprintf(got, sizeof got, "awake");
    conclude(&(struct verdict){.word = "failed",
                               .what = settled == SETTLED_ASLEEP
                                           ? "the program waits elsewhere"
                                           : "the program does not sleep",
                               .expected = want,
                               .received = got});
}

void
expect_spinning(struct program *program)
{
    struct settling settling;
    struct activity before, after;
    enum settled settled = NOT_SETTLED;

    settling_begin(&settling, program);
    before = program_activity(program);
    after = before;
    /* What has ended has used no time at all, so the sum is on the right. */
    while (after.cpu_ns < before.cpu_ns + SPIN_CPU_MS * 1000000ULL) {
        if (settled == SETTLED_ASLEEP || settled == SETTLED_WAKING ||
            settled == SETTLED_ENDED ||
            elapsed_ms(settling.start_ns) > patience_ms(GOOD_MS))
            fail("the program does not use all the CPU time it can get");
        pause_ms(LOOK_MS);
        settled = settling_look(&settling);
        after = program_activity(program);
        if (after.yields != before.yields)
            before = after; /* a page came from the disk, say: from here on */
    }
    held();
}

/* Waits until `count` returns `wanted`, as long as the program may still get
 * there: until it has settled, with the number as it is. */
static void
expect_count(struct program *program, int (*count)(struct program *, int),
             int argument, int wanted, const char *what)
{
    struct settling settling;
    enum settled settled = NOT_SETTLED;
    int64_t start_ns = now_ns();
    char expected[32], received[32];
    int number, before = wanted;

    while ((number = count(program, argument)) != wanted &&
           settled == NOT_SETTLED &&
           elapsed_ms(start_ns) < patience_ms(GOOD_MS)) {
        if (number != before)
            settling_begin(&settling, program);
        before = number;
        settled = settling_look(&settling);
        pause_ms(LOOK_MS);
    }
    if (number == wanted) {
        held();
        return;
    }
    (void)snprintf(expected, sizeof expected, "%d", wanted);
    (void)snprintf(received, sizeof received, "%d", number);
    conclude(&(struct verdict){.word = "failed",
                               .what = what,
                               .expected = expected,
                               .received = received});
}

static int
count_sockets(struct program *program, int state)
{
    return program_sockets(program, (enum tcp_state)state, NULL, 0);
}

void
expect_sockets(struct program *program, enum tcp_state state, int count)
{
    char what[96];

    (void)snprintf(what, sizeof what, "the number of its sockets in state %s",
                   tcp_state_name(state));
    expect_count(program, count_sockets, (int)state, count, what);
}

static int
count_descriptors(struct program *program, int unused)
{
    (void)unused;
    return proc_descriptors(program_pid(program));
}

void
expect_descriptors(struct program *program, int count)
{
    expect_count(program, count_descriptors, 0, count,
                 "the number of its open descriptors");
}

static int
count_processes(struct program *program, int unused)
{
    pid_t pids[PROC_TREE_MOST];

    (void)unused;
    return program_processes(program, pids);
}

void
expect_processes(struct program *program, int count)
{
    expect_count(program, count_processes, 0, count,
                 "the number of its processes");
}
