/* lab05_coroutines: checks of the generator, the scheduler and the coroutine
 * server. */
#include "many_clients.h"

enum {
    OWN_FILES = 6, /* stdin, stdout, stderr, epoll, listener, signals */
    CROWD = 10000,
    CROWD_FILES = CROWD + 100, /* of the server, and of this process */
    CLIENT_MOST_KIB = 24,      /* that each of the crowd may cost */
};

ECHO_CONTRACT(server, 65536)
MANY_CLIENTS(server, "epoll_wait")

/* --- generator and scheduler ---------------------------------------------- */

WORKED(generator, it_prints_the_Fibonacci_numbers)
{
    struct program *generator =
        start_with("generator", (const char *const[]){NULL}, NULL);

    expect_exit(generator, 0);
    expect_printed(generator,
                   "0\n1\n1\n2\n3\n5\n8\n13\n21\n34\n55\n89\n144\n233\n377\n"
                   "610\n987\n1597\n2584\n4181\n"
                   "70 steps further: 1779979416004714189\n");
}

WORKED(scheduler, tasks_take_turns_until_each_has_ended)
{
    struct program *scheduler =
        start_with("scheduler", (const char *const[]){NULL}, NULL);

    expect_exit(scheduler, 0);
    expect_printed(scheduler, "anna 1\nbert 1\ncarl 1\n"
                              "anna 2\nbert ends\ncarl 2\n"
                              "anna 3\ncarl ends\n"
                              "anna ends\n");
}

/* --- 10,000 clients ------------------------------------------------------- */

WORKED(server, it_serves_ten_thousand_clients_at_once)
{
    static struct peer *clients[CROWD];
    struct program *server;
    int before;
    long kib;

    need_descriptors(CROWD_FILES);
    server = start_worked(
        "server", &(struct program_options){.descriptor_limit = CROWD_FILES});
    expect_asleep(server, "epoll_wait");
    before = proc_descriptors(program_pid(server));
    kib = proc_resident_kib(program_pid(server));
    connect_many(server, clients, CROWD);
    expect_descriptors(server, before + CROWD);
    expect_echo_to_all(server, clients, CROWD);
    expect_asleep(server, "epoll_wait");
    kib = proc_resident_kib(program_pid(server)) - kib;
    tell("the server's memory grows by %ld KiB", kib);
    expect_that(kib < (long)CROWD * CLIENT_MOST_KIB,
                "a client costs the server less than 24 KiB");
    for (int i = 0; i < CROWD; i++)
        leave(clients[i]);
    expect_descriptors(server, before);
    expect_echo(connect_client(1, server), "after them all\n");
    expect_asleep(server, "epoll_wait");
}

/* --- clients that do harm ------------------------------------------------- */

/* Sends the line again and again, as much as the kernels take now. */
static size_t
feed(struct peer *peer, const char *line, size_t sent)
{
    for (;;) {
        size_t begin = sent % LONG_LINE;
        ssize_t n = send(peer->fd, line + begin, LONG_LINE - begin,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0)
            return sent;
        sent += (size_t)n;
    }
}

WORKED(server, many_clients_that_do_not_read_stop_nobody)
{
    enum { STALLED = 20 };
    struct program *server = start_worked("server", NULL);
    const char *line = contract_line(LONG_LINE);
    struct peer *stalled[STALLED], *other = connect_client(2, server);
    size_t sent[STALLED] = {0}, before, all = 0;
    long kib, grown;

    expect_echo(other, "before\n");
    kib = proc_resident_kib(program_pid(server));
    for (int i = 0; i < STALLED; i++)
        stalled[i] = connect_slow_reader(server);
    do {
        before = all;
        all = 0;
        for (int i = 0; i < STALLED; i++) {
            sent[i] = feed(stalled[i], line, sent[i]);
            all += sent[i];
        }
        expect_echo(other, "meanwhile\n");
        expect_asleep(server, "epoll_wait");
        grown = proc_resident_kib(program_pid(server)) - kib;
        tell("the server's memory has grown by %ld KiB", grown);
        expect_that(grown < (long)STALLED * KEPT_MOST_KIB,
                    "it grows by less than 1 MiB for each");
    } while (all > before);
    expect_that(all > (size_t)STALLED * 2 * LONG_LINE,
                "each sends more than two of the longest lines");
    for (int i = 0; i < STALLED; i++)
        for (; sent[i] >= LONG_LINE; sent[i] -= LONG_LINE)
            expect_bytes(stalled[i], line, LONG_LINE);
    expect_echo(other, "after\n");
}

/* Does something of what a client does before it breaks off. */
static void
step(struct program *server, struct peer *client, int number)
{
    static const char *const sent[] = {"", "half a li", "one\ntwo\nthree\n",
                                       "one\nhalf a li"};
    static char too_long[LONG_LINE + 2];

    switch (number) {
    case 4: /* in the middle of its replies */
        (void)send_until_full(client, contract_line(LONG_LINE));
        break;
    case 5: /* its last reply is due at the end */
        send_text(client, "one\nthe rest");
        half_close(client);
        break;
    case 6: /* it is told to go, and has not gone yet */
        (void)memset(too_long, 'x', LONG_LINE + 1);
        send_text(client, too_long);
        expect_end(client);
        break;
    case 7: /* it has gone half, and its replies wait */
        (void)send_until_full(client, contract_line(LONG_LINE));
        half_close(client);
        break;
    case 8: /* it has come, and nobody has noticed */
        program_freeze(server);
        send_text(client, "one\n");
        break;
    default:
        send_text(client, sent[number]);
        break;
    }
}

WORKED(server, a_reset_at_any_step_hurts_only_who_sent_it)
{
    enum { STEPS = 9 };
    struct program *server = start_worked("server", NULL);
    struct peer *stays = connect_client(2, server);
    int before;

    expect_echo(stays, "before\n");
    send_text(stays, "half ");
    expect_asleep(server, "epoll_wait");
    before = proc_descriptors(program_pid(server));
    for (int i = 0; i < STEPS; i++) {
        struct peer *client = connect_slow_reader(server);

        tell("step %d", i);
        step(server, client, i);
        leave_rudely(client);
        program_thaw(server);
        expect_descriptors(server, before);
        expect_sockets(server, TCP_STATE_ESTABLISHED, 1);
    }
    send_text(stays, "a line\n");
    expect_text(stays, "half a line\n");
    expect_asleep(server, "epoll_wait");
}

WORKED(server, too_many_open_files_are_reported_once_and_survived)
{
    struct program *server = start_worked(
        "server", &(struct program_options){.descriptor_limit = OWN_FILES + 2});
    struct peer *first, *second, *third;
    struct activity before, after;

    expect_asleep(server, "epoll_wait");
    first = connect_client(1, server);
    second = connect_client(2, server);
    expect_echo(first, "first\n");
    expect_echo(second, "second\n");
    third = connect_client(3, server);
    send_text(third, "third\n");
    before = program_activity(server);
    expect_silence(third);
    after = program_activity(server);
    expect_said(server, STREAM_ERR, "accept: EMFILE");
    expect_that(after.cpu_ns - before.cpu_ns < 50000000,
                "it uses less than 50 ms of CPU time while the third waits");
    expect_echo(first, "first again\n");
    expect_that(count_of(program_output(server, STREAM_ERR, NULL), "EMFILE") ==
                    1,
                "EMFILE is reported once");
    leave(second);
    expect_text(third, "third\n");
    leave(first);
    expect_echo(connect_client(4, server), "fourth\n");
}

/* --- its end ---------------------------------------------------------------
 */

/* Ends it while one client rests, one is in the middle of a line, one does not
 * read, and one is told to go. */
static void
check_end_with_clients(int signal_number)
{
    static const char *const debug[] = {"CORO_DEBUG=1000", NULL};
    static char too_long[LONG_LINE + 2];
    struct program *server =
        start_worked("server", &(struct program_options){.environment = debug});
    size_t sent;
    struct peer *stalled = stall(server, contract_line(LONG_LINE), &sent);
    struct peer *rests = connect_client(2, server);
    struct peer *half = connect_client(3, server);
    struct peer *refused = connect_client(4, server);

    expect_echo(rests, "one\n");
    send_text(half, "half a li");
    expect_silence(half);
    (void)memset(too_long, 'x', LONG_LINE + 1);
    send_text(refused, too_long);
    expect_end(refused);
    program_signal(server, signal_number);
    expect_exit(server, 0);
    expect_gone(rests);
    expect_gone(half);
    leave(stalled);
    expect_said(server, STREAM_ERR, "clients were cut off\n");
    expect_that(count_of(program_output(server, STREAM_ERR, NULL), " left\n") ==
                    4,
                "each of the four clients is said to have left");
    expect_not_said(server, STREAM_ERR, "lost: ");
    expect_not_said(server, STREAM_ERR, "leak: ");
    expect_not_said(server, STREAM_ERR, "slow: ");
}

WORKED(server, it_ends_in_good_order_whatever_its_clients_do)
{
    check_end_with_clients(SIGINT);
    check_end_with_clients(SIGTERM);
}
