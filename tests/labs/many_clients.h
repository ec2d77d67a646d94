/* many_clients: what an echo server must do that serves many clients at once
 * and sleeps in one call until somebody has something (labs 04 and 05):
 *
 *     MANY_CLIENTS(server, "select")
 *
 * with the worked program and the call that it sleeps in.
 */
#ifndef MANY_CLIENTS_H
#define MANY_CLIENTS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "echo_contract.h"

enum {
    LONG_LINE = 65536,    /* bytes: the longest, so that a write is short */
    SMALL_WINDOW = 4096,  /* bytes a slow reader's kernel takes */
    KEPT_MOST_KIB = 1024, /* that a stalled client may cost the server */
};

#define MANY_CLIENTS(server, call)                                             \
    WORKED(server, it_sleeps_while_nobody_needs_it)                            \
    {                                                                          \
        check_sleep(start_worked(#server, NULL), call);                        \
    }                                                                          \
    WORKED(server, a_client_with_half_a_line_stops_nobody)                     \
    {                                                                          \
        check_half_a_line(start_worked(#server, NULL));                        \
    }                                                                          \
    WORKED(server, half_lines_of_different_clients_stay_apart)                 \
    {                                                                          \
        check_half_lines(start_worked(#server, NULL));                         \
    }                                                                          \
    WORKED(server, a_client_that_reads_little_stops_nobody_and_loses_nothing)  \
    {                                                                          \
        check_slow_reader(start_worked(#server, NULL));                        \
    }                                                                          \
    WORKED(server, what_a_client_does_not_read_costs_neither_CPU_nor_memory)   \
    {                                                                          \
        check_cost_of_stalled(start_worked(#server, NULL), call);              \
    }                                                                          \
    WORKED(server, a_client_that_does_not_read_and_breaks_off_is_forgotten)    \
    {                                                                          \
        check_stalled_breaks_off(start_worked(#server, NULL), call);           \
    }                                                                          \
    WORKED(server, all_replies_come_after_the_client_has_sent_its_last)        \
    {                                                                          \
        check_replies_after_last(start_worked(#server, NULL));                 \
    }                                                                          \
    WORKED(server, it_serves_hundreds_of_clients_at_once)                      \
    {                                                                          \
        check_hundreds(start_worked(#server, NULL));                           \
    }                                                                          \
    WORKED(server, nothing_is_left_of_clients_that_left)                       \
    {                                                                          \
        check_nothing_is_left(start_worked(#server, NULL));                    \
    }                                                                          \
    WORKED(server, it_tells_who_came_and_who_left)                             \
    {                                                                          \
        check_log(start_worked(#server, NULL));                                \
    }

static void
check_sleep(struct program *server, const char *call)
{
    struct peer *client;

    expect_asleep(server, call);
    client = connect_client(1, server);
    expect_echo(client, "hello\n");
    expect_asleep(server, call);
    send_text(client, "half a li");
    expect_asleep(server, call);
    leave(client);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_asleep(server, call);
}

static void
check_half_a_line(struct program *server)
{
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);
    struct peer *third = connect_client(3, server);

    send_text(first, "half a ");
    expect_echo(second, "second\n");
    expect_echo(third, "third\n");
    expect_echo(second, "second again\n");
    expect_silence(first);
    send_text(first, "line\n");
    expect_text(first, "half a line\n");
}

static void
check_half_lines(struct program *server)
{
    struct peer *clients[3];
    char halves[3][2][8], line[16];

    for (int i = 0; i < 3; i++) {
        clients[i] = connect_client(i + 1, server);
        (void)seeded_text(halves[i][0], 5);
        (void)seeded_text(halves[i][1], 5);
        send_text(clients[i], halves[i][0]);
        expect_silence(clients[i]);
    }
    for (int i = 2; i >= 0; i--) {
        (void)snprintf(line, sizeof line, "%s\n", halves[i][1]);
        send_text(clients[i], line);
        (void)snprintf(line, sizeof line, "%.5s%.5s\n", halves[i][0],
                       halves[i][1]);
        expect_text(clients[i], line);
    }
}

/* Client 1, whose segments are so small that the server's kernel makes a small
 * send buffer for it. On the loopback device that buffer is else so large that
 * it has room for all that this server can have, and no write is ever short. */
static struct peer *
connect_slow_reader(struct program *server)
{
    const int segment = 536, window = SMALL_WINDOW;
    struct sockaddr_in here = {.sin_family = AF_INET};
    struct sockaddr_in there = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 10); /* 127.0.0.11 */
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    there.sin_port = htons((uint16_t)port_of(server));
    expect_that(fd >= 0 &&
                    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment,
                               sizeof segment) == 0 &&
                    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window,
                               sizeof window) == 0 &&
                    bind(fd, (struct sockaddr *)&here, sizeof here) == 0 &&
                    connect(fd, (struct sockaddr *)&there, sizeof there) == 0 &&
                    fcntl(fd, F_SETFL, O_NONBLOCK) == 0,
                "a client that reads slowly can connect");
    return peer_adopt(fd, "client 1", server);
}

/* A client that sends until the server takes no more, and reads nothing.
 * contract_line has one buffer: `line` holds until somebody else uses it. */
static struct peer *
stall(struct program *server, const char *line, size_t *sent)
{
    struct peer *stalled = connect_slow_reader(server);

    *sent = send_until_full(stalled, line);
    return stalled;
}

/* At the first bytes that it takes, the next write begins, and is short: there
 * is room for a third of the reply. Whoever waits in it stops all others. */
static void
check_slow_reader(struct program *server)
{
    enum { LITTLE = 2048, PIECES = LONG_LINE / LITTLE };
    const char *line = contract_line(LONG_LINE);
    size_t sent;
    struct peer *stalled = stall(server, line, &sent);
    struct peer *other = connect_client(2, server);

    for (int i = 0; i < PIECES; i++) {
        expect_echo(other, "meanwhile\n");
        expect_bytes(stalled, line + (ptrdiff_t)i * LITTLE, LITTLE);
    }
    for (sent -= LONG_LINE; sent >= LONG_LINE; sent -= LONG_LINE)
        expect_text(stalled, line);
    expect_silence(stalled);
    send_text(stalled, line + sent); /* the rest of the last line */
    expect_text(stalled, line);
}

static void
check_cost_of_stalled(struct program *server, const char *call)
{
    long before;
    size_t sent;

    expect_asleep(server, call); /* it has all that it needs by itself */
    before = proc_resident_kib(program_pid(server));
    (void)stall(server, contract_line(LONG_LINE), &sent);
    expect_asleep(server, call);
    expect_that(proc_resident_kib(program_pid(server)) - before < KEPT_MOST_KIB,
                "the server's memory grows by less than 1 MiB for one client");
}

static void
check_stalled_breaks_off(struct program *server, const char *call)
{
    size_t sent;
    struct peer *stalled;
    int before;

    expect_asleep(server, call);
    before = proc_descriptors(program_pid(server));
    stalled = stall(server, contract_line(LONG_LINE), &sent);
    leave_rudely(stalled);
    expect_descriptors(server, before);
    expect_asleep(server, call);
    check_next_client(server);
}

static void
check_replies_after_last(struct program *server)
{
    struct peer *client = connect_slow_reader(server);
    const char *line = contract_line(LONG_LINE);

    for (int i = 0; i < 3; i++)
        send_text(client, line);
    send_text(client, "the rest");
    half_close(client);
    for (int i = 0; i < 3; i++)
        expect_text(client, line);
    expect_text(client, "the rest");
    expect_end(client);
}

/* Connects many clients, never more at once than the queue of a server that is
 * slow today can hold: a connection that finds no place tries again after 1 s.
 */
static void
connect_many(struct program *server, struct peer *clients[], int count)
{
    enum { AT_ONCE = 60, ADDRESSES = 90 };
    const struct connect_options there = {.port = port_of(server)};

    for (int i = 0; i < count; i++) {
        clients[i] = connect_with(i % ADDRESSES + 1, server, &there);
        if (i % AT_ONCE == 0)
            expect_echo(clients[i], "here\n");
    }
}

/* All but the first and the last of the clients send a line, and the server
 * wakes up for all of them at the same time. Each gets its own one. */
static void
expect_echo_to_all(struct program *server, struct peer *clients[], int count)
{
    char line[32];

    program_freeze(server);
    for (int i = count - 2; i > 0; i--) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        send_text(clients[i], line);
    }
    program_thaw(server);
    for (int i = 1; i < count - 1; i++) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        expect_text(clients[i], line);
    }
    expect_echo(clients[0], "first\n");
    expect_echo(clients[count - 1], "last\n");
}

static void
check_hundreds(struct program *server)
{
    enum { CLIENTS = 300 };
    struct peer *clients[CLIENTS];

    connect_many(server, clients, CLIENTS);
    expect_echo_to_all(server, clients, CLIENTS);
}

static void
check_nothing_is_left(struct program *server)
{
    struct peer *stays = connect_client(1, server);
    int before;

    expect_echo(stays, "one\n");
    before = proc_descriptors(program_pid(server));
    for (int i = 2; i < 10; i++) {
        struct peer *client = connect_client(i, server);

        send_text(client, "half a li");
        if (i % 2 == 0)
            leave(client);
        else
            leave_rudely(client);
    }
    expect_echo(stays, "two\n");
    (void)program_settle(server, GOOD_MS); /* it has seen them all */
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_descriptors(server, before);
    /* The next one gets a descriptor of these, and nothing else of theirs. */
    expect_echo(connect_client(10, server), "a new line\n");
}

static void
check_log(struct program *server)
{
    struct peer *client = connect_client(1, server);
    char line[96];

    (void)snprintf(line, sizeof line, "%s came\n", client->address);
    expect_said(server, STREAM_ERR, line);
    (void)snprintf(line, sizeof line, "%s left\n", client->address);
    leave(client);
    expect_said(server, STREAM_ERR, line);
}

/* How many times `word` stands in the text. */
static int
count_of(const char *text, const char *word)
{
    int count = 0;

    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        count++;
    }
    return count;
}

#endif
