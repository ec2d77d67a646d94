/* coro_programs: what takes a process of its own to be seen: difficult kernels,
 * no descriptors, ten thousand clients, a stack that overflows.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "inside.h"
#include "verdict.h"

enum {
    FEW = 16,     /* descriptors */
    CALLERS = 20, /* more than those */
    LINES = 50,
    LONG = 20000, /* bytes of a long line */
    MANY = 10000, /* connections */
    SPARE = 100,  /* descriptors for the rest */
    MANY_MS = 90000,
};

static struct program *
start_echo(const struct program_options *options)
{
    return start_with("echo", (const char *const[]){NULL}, options);
}

static struct peer *
call(int number, struct program *program)
{
    return connect_with(number, program, &(struct connect_options){.port = 0});
}

/* How often it has said so. */
static int
times_said(struct program *program, const char *text)
{
    const char *at = program_output(program, STREAM_ERR, NULL);
    int count = 0;

    for (; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

/* --- difficult kernels ---------------------------------------------------- */

/* Two clients, short lines and a long one. */
static void
expect_echoes(const struct program_options *options)
{
    struct program *server = start_echo(options);
    struct peer *a = call(1, server), *b = call(2, server);
    char text[LONG + 2];

    for (int i = 0; i < LINES; i++) {
        (void)snprintf(text, sizeof text, "line %d\n", i);
        expect_echo(i % 3 == 0 ? a : b, text);
    }
    (void)seeded_text(text, LONG);
    (void)strcat(text, "\n");
    expect_echo(a, text);
    half_close(a);
    expect_end(a);
    leave_rudely(b);
    expect_stops(server, EXIT_SUCCESS);
}

OUTSIDE(programs, an_echo_comes_back_when_the_kernel_is_easy)
{
    expect_echoes(NULL);
}

OUTSIDE(programs, an_echo_comes_back_when_sends_take_a_byte_each)
{
    expect_echoes(&(struct program_options){.send_bytes = 1});
}

OUTSIDE(programs, an_echo_comes_back_when_receives_give_a_byte_each)
{
    expect_echoes(&(struct program_options){.receive_bytes = 1});
}

OUTSIDE(programs, an_echo_comes_back_when_half_of_all_calls_are_interrupted)
{
    expect_echoes(&(struct program_options){.interrupt_every = 2});
}

OUTSIDE(programs, an_echo_comes_back_when_everything_is_difficult)
{
    expect_echoes(&(struct program_options){
        .send_bytes = 3, .receive_bytes = 7, .interrupt_every = 3});
}

/* --- no descriptors ------------------------------------------------------- */

/* An echo server whose descriptors are all in use, and clients that wait. */
static struct program *
sold_out(struct peer *clients[CALLERS])
{
    struct program *server =
        start_echo(&(struct program_options){.descriptor_limit = FEW});

    for (int i = 0; i < CALLERS; i++)
        clients[i] = call(1 + i, server);
    expect_said(server, STREAM_ERR, ": accept: EMFILE (Too many open files)\n");
    return server;
}

OUTSIDE(programs, a_server_without_descriptors_says_so_once_and_does_not_spin)
{
    struct peer *clients[CALLERS];
    struct program *server = sold_out(clients);

    expect_that(program_settle(server, GOOD_MS) != SETTLED_BUSY,
                "it does not use the processor while it waits");
    expect_that(times_said(server, "accept") == 1, "it says so once");
    expect_echo(clients[0], "who is in is served\n");
    expect_stops(server, EXIT_SUCCESS);
}

OUTSIDE(programs, a_client_that_leaves_makes_room_for_one_that_waits)
{
    struct peer *clients[CALLERS];
    struct program *server = sold_out(clients);

    /* They are taken in the order in which they have called. */
    for (int i = 0; i < CALLERS; i++) {
        expect_echo(clients[i], "my turn\n");
        half_close(clients[i]);
        expect_end(clients[i]);
        leave(clients[i]);
    }
    expect_that(times_said(server, "accept") >= 1, "it has said so");
    expect_stops(server, EXIT_SUCCESS);
}

/* --- many connections ----------------------------------------------------- */

OUTSIDE(programs, ten_thousand_clients_are_served_at_once)
{
    struct program *server, *crowd;
    char port[16], count[16], served[64];
    int status, before, many = at_most(MANY);

    need_descriptors(many + SPARE);
    server = start_with("echo", (const char *const[]){"many", NULL}, NULL);
    (void)snprintf(port, sizeof port, "%d", port_of(server));
    (void)snprintf(count, sizeof count, "%d", many);
    (void)snprintf(served, sizeof served, "%d of %d were served at once\n",
                   many, many);
    expect_asleep(server, "epoll_wait"); /* it has all that it needs */
    before = proc_descriptors(program_pid(server));
    crowd = start_with("crowd", (const char *const[]){port, count, NULL}, NULL);
    if (program_wait(crowd, patience_ms(MANY_MS), &status) < 0)
        fail("the clients are not served");
    expect_printed(crowd, served);
    expect_exit(crowd, EXIT_SUCCESS);
    expect_descriptors(server, before);
    expect_that(times_said(server, "client") == 0, "no client has failed");
    expect_stops(server, EXIT_SUCCESS);
    expect_said(server, STREAM_ERR, "0 cut off\n");
}

/* --- the end -------------------------------------------------------------- */

OUTSIDE(programs, a_signal_ends_a_server_and_its_clients_see_the_end)
{
    struct program *server = start_echo(NULL);
    struct peer *a = call(1, server), *b = call(2, server);

    expect_echo(a, "on\n");
    expect_echo(b, "on\n");
    half_close(b);
    expect_end(b);
    program_signal(server, SIGTERM);
    expect_end(a); /* when its grace is over */
    expect_exit(server, EXIT_SUCCESS);
    expect_said(server, STREAM_ERR, "1 cut off\n");
}

/* --- a stack that is too small -------------------------------------------- */

/* Where the address sanitizer is in the program, it leaves the signal to it. */
static struct program *
misbehaves(const char *how)
{
    static const char *const own_signals[] = {"ASAN_OPTIONS=handle_segv=0",
                                              NULL};

    return start_with("overflow", (const char *const[]){how, NULL},
                      &(struct program_options){.environment = own_signals});
}

/* It dies, and says who it was, where it was spawned, and how large it is. */
static void
expect_overflow(const char *how)
{
    struct program *program = misbehaves(how);

    expect_killed_by(program, SIGSEGV);
    expect_said(program, STREAM_ERR,
                "overflow: task the hungry one, spawned at ");
    expect_said(program, STREAM_ERR, "overflow.c:");
    expect_said(program, STREAM_ERR, ", needs more than its stack of ");
    expect_said(program, STREAM_ERR, " bytes\n");
}

OUTSIDE(programs, calls_that_go_too_deep_die_with_the_name_of_the_task)
{
    expect_overflow("deep");
}

OUTSIDE(programs, a_variable_that_is_too_large_dies_with_the_name_of_the_task)
{
    expect_overflow("large");
}

OUTSIDE(programs, any_other_wrong_access_dies_as_ever)
{
    struct program *program = misbehaves("wild");

    expect_killed_by(program, SIGSEGV);
    expect_not_said(program, STREAM_ERR, "overflow");
}

OUTSIDE(programs, without_a_loop_a_wrong_access_dies_as_ever)
{
    struct program *program = misbehaves("outside");

    expect_killed_by(program, SIGSEGV);
    expect_not_said(program, STREAM_ERR, "overflow");
}

OUTSIDE(programs, most_of_a_stack_can_be_used)
{
    struct program *program = misbehaves("most");

    expect_printed(program, "ended\n");
    expect_exit(program, EXIT_SUCCESS);
}
