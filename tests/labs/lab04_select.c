/* lab04_select: checks of the server that sleeps in select. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "echo_contract.h"

enum {
    LONG_LINE = 65536,    /* bytes: the longest, so that a write is short */
    SMALL_WINDOW = 4096,  /* bytes a slow reader's kernel takes */
    KEPT_MOST_KIB = 1024, /* that a stalled client may cost the server */
    DESCRIPTOR_LIMIT = 2 * FD_SETSIZE,
};

ECHO_CONTRACT(server, 65536)

WORKED(server, it_sleeps_while_nobody_needs_it)
{
    struct program *server = start_worked("server", NULL);
    struct peer *client;

    expect_asleep(server, "select");
    client = connect_client(1, server);
    expect_echo(client, "hello\n");
    expect_asleep(server, "select");
    send_text(client, "half a li");
    expect_asleep(server, "select");
    leave(client);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_asleep(server, "select");
}

WORKED(server, a_client_with_half_a_line_stops_nobody)
{
    struct program *server = start_worked("server", NULL);
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

WORKED(server, half_lines_of_different_clients_stay_apart)
{
    struct program *server = start_worked("server", NULL);
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
WORKED(server, a_client_that_reads_little_stops_nobody_and_loses_nothing)
{
    enum { LITTLE = 2048, PIECES = LONG_LINE / LITTLE };
    struct program *server = start_worked("server", NULL);
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

WORKED(server, what_a_client_does_not_read_costs_neither_CPU_nor_memory)
{
    struct program *server = start_worked("server", NULL);
    long before;
    size_t sent;

    (void)port_of(server);
    before = proc_resident_kib(program_pid(server));
    (void)stall(server, contract_line(LONG_LINE), &sent);
    expect_asleep(server, "select");
    expect_that(proc_resident_kib(program_pid(server)) - before < KEPT_MOST_KIB,
                "the server's memory grows by less than 1 MiB for one client");
}

WORKED(server, a_client_that_does_not_read_and_breaks_off_is_forgotten)
{
    struct program *server = start_worked("server", NULL);
    size_t sent;
    struct peer *stalled;
    int before;

    (void)port_of(server);
    before = proc_descriptors(program_pid(server));
    stalled = stall(server, contract_line(LONG_LINE), &sent);
    leave_rudely(stalled);
    expect_descriptors(server, before);
    expect_asleep(server, "select");
    expect_echo(connect_client(2, server), "the next client\n");
}

WORKED(server, all_replies_come_after_the_client_has_sent_its_last)
{
    struct program *server = start_worked("server", NULL);
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

WORKED(server, it_serves_hundreds_of_clients_at_once)
{
    enum { CLIENTS = 300 };
    struct program *server = start_worked("server", NULL);
    struct peer *clients[CLIENTS];
    char line[16];

    connect_many(server, clients, CLIENTS);
    program_freeze(server); /* all these wake it at the same time */
    for (int i = CLIENTS - 2; i > 0; i--) { /* the first and the last wait */
        (void)snprintf(line, sizeof line, "line %d\n", i);
        send_text(clients[i], line);
    }
    program_thaw(server);
    for (int i = 1; i < CLIENTS - 1; i++) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        expect_text(clients[i], line);
    }
    expect_echo(clients[0], "first\n");
    expect_echo(clients[CLIENTS - 1], "last\n");
}

WORKED(server, who_comes_when_the_set_is_full_is_told_so)
{
    struct program *server =
        start_worked("server", &(struct program_options){.descriptor_limit =
                                                             DESCRIPTOR_LIMIT});
    struct peer *clients[FD_SETSIZE] = {NULL}, *late;
    int count;

    (void)port_of(server);
    count = FD_SETSIZE - proc_descriptors(program_pid(server));
    connect_many(server, clients, count);
    expect_descriptors(server, FD_SETSIZE);
    for (int i = 0; i < 3; i++) {
        late = connect_client(91 + i, server);
        if (i == 1) /* also one that speaks first */
            (void)peer_send(late, "hello\n", strlen("hello\n"), GOOD_MS);
        expect_text(late, "server full\n");
        expect_gone(late);
        leave(late);
    }
    expect_said(server, STREAM_ERR, "server full");
    expect_echo(clients[0], "the first is still served\n");
    expect_echo(clients[count - 1], "and so is the last\n");
    leave(clients[1]);
    expect_descriptors(server, FD_SETSIZE - 1);
    expect_echo(connect_client(95, server), "there is room again\n");
    expect_asleep(server, "select");
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

WORKED(server, too_many_open_files_are_reported_once_and_survived)
{
    struct program *server = start_worked(
        "server", &(struct program_options){.descriptor_limit = 6});
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);
    struct peer *third;

    expect_echo(first, "first\n");
    expect_echo(second, "second\n");
    third = connect_client(3, server);
    send_text(third, "third\n");
    expect_silence(third);
    expect_said(server, STREAM_ERR, "accept: EMFILE");
    expect_echo(first, "first again\n");
    expect_asleep(server, "select"); /* although the third still waits */
    expect_that(count_of(program_output(server, STREAM_ERR, NULL), "EMFILE") ==
                    1,
                "EMFILE is reported once");
    leave(second);
    expect_text(third, "third\n");
    leave(first);
    expect_echo(connect_client(4, server), "fourth\n");
}

WORKED(server, nothing_is_left_of_clients_that_left)
{
    struct program *server = start_worked("server", NULL);
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
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_descriptors(server, before);
    /* The next one gets a descriptor of these, and nothing else of theirs. */
    expect_echo(connect_client(10, server), "a new line\n");
}

WORKED(server, it_tells_who_came_and_who_left)
{
    struct program *server = start_worked("server", NULL);
    struct peer *client = connect_client(1, server);
    char line[96];

    (void)snprintf(line, sizeof line, "%s came\n", client->address);
    expect_said(server, STREAM_ERR, line);
    (void)snprintf(line, sizeof line, "%s left\n", client->address);
    leave(client);
    expect_said(server, STREAM_ERR, line);
}
