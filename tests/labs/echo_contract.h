/* echo_contract: what every echo server of labs 01 to 05 must do, whichever
 * way it waits. Each lab's tests run the same checks on its server:
 *
 *     ECHO_CONTRACT(server, 4096)
 *
 * with the worked program and its line limit in bytes. The contract: a line
 * comes back when it is complete (it ends in "\n"; a "\r" before that belongs
 * to it; any other byte, zero included, is data); at the end of file what is
 * left comes back too.
 */
#ifndef ECHO_CONTRACT_H
#define ECHO_CONTRACT_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { CONTRACT_LINE_BYTES = 600, CONTRACT_LINES = 50 };

/* A seeded line of `n` bytes with "\n" at its end; static. */
static const char *
contract_line(size_t n)
{
    static char line[70000];

    (void)seeded_text(line, n - 1);
    line[n - 1] = '\n';
    line[n] = '\0';
    return line;
}

/* Many lines and the beginning of one more, sent as one segment. */
static void
check_many_lines_at_once(struct peer *client)
{
    char text[CONTRACT_LINES * 12 + 8] = "";

    for (int i = 0; i < CONTRACT_LINES; i++)
        (void)strcat(text, contract_line((size_t)seeded_number(2, 10)));
    /* An odd number, so that lab 01's pieces of two hold an end and a start. */
    if (strlen(text) % 2 == 0)
        (void)strcat(text, "\n");
    (void)strcat(text, "half");
    send_text(client, text);
    expect_bytes(client, text, strlen(text) - strlen("half"));
    expect_silence(client);
    send_text(client, " line\n");
    expect_text(client, "half line\n");
}

/* The server serves a second client, and does not end after all. */
static void
check_next_client(struct program *server)
{
    expect_echo(connect_client(2, server), "the next client\n");
    expect_alive(server);
}

/* The longest line comes back; one byte more is refused, and what came before
 * it has been answered. */
static void
check_line_limit(struct program *server, size_t limit)
{
    struct peer *client = connect_client(1, server);
    static char text[70100];

    expect_echo(client, contract_line(limit));
    /* One send (Nagle would hold back a second), and all of it has come before
     * the server reads: to close with unread bytes would be a reset. */
    (void)strcpy(text, "before\n");
    (void)strcat(text, contract_line(limit + CONTRACT_LINE_BYTES));
    program_freeze(server);
    send_text(client, text);
    program_thaw(server);
    expect_text(client, "before\n");
    expect_end(client);
    leave(client);
    expect_said(server, STREAM_ERR, "line too long");
    check_next_client(server);
}

/* A client that leaves in the middle of its line gets that back, and the
 * server goes on. */
static void
check_rest_at_end_of_file(struct program *server)
{
    struct peer *client = connect_client(1, server);

    send_text(client, "one\ntwo");
    half_close(client);
    expect_text(client, "one\ntwo");
    expect_end(client);
    leave(client);
    check_next_client(server);
}

/* Leaves in every rude way, then asks whether the server still lives. */
static void
check_rude_clients(struct program *server)
{
    struct peer *client = connect_client(1, server);

    leave(client);
    client = connect_client(1, server);
    send_text(client, "half a li");
    leave_rudely(client);
    client = connect_client(1, server);
    /* Three lines and a reset become one event: the second reply meets a
     * connection that is gone, where a plain write would raise SIGPIPE. */
    expect_echo(client, "here\n");
    program_freeze(server);
    send_text(client, "one\ntwo\nthree\n");
    leave_rudely(client);
    program_thaw(server);
    /* After a half-close and a reset the first reply already does (EPIPE). */
    client = connect_client(1, server);
    expect_echo(client, "here again\n");
    program_freeze(server);
    send_text(client, "one\n");
    half_close(client);
    leave_rudely(client);
    program_thaw(server);
    check_next_client(server);
}

static void
check_hostile_kernel(const char *name)
{
    struct program *server = start_worked(
        name, &(struct program_options){
                  .send_bytes = 3, .receive_bytes = 1, .interrupt_every = 3});
    struct peer *client = connect_client(1, server);

    expect_echo(client, contract_line(CONTRACT_LINE_BYTES));
    send_text(client, "a\nbc\n");
    expect_text(client, "a\nbc\n");
    leave(client);
    check_next_client(server);
}

#define ECHO_CONTRACT(server, limit)                                           \
    WORKED(server, a_line_comes_back)                                          \
    {                                                                          \
        struct peer *client = connect_client(1, start_worked(#server, NULL));  \
                                                                               \
        expect_echo(client, contract_line(CONTRACT_LINE_BYTES));               \
        expect_echo(client, "\n");                                             \
        expect_echo(client, "with a carriage return\r\n");                     \
        expect_silence(client);                                                \
    }                                                                          \
    WORKED(server, a_line_comes_back_only_when_it_is_complete)                 \
    {                                                                          \
        struct peer *client = connect_client(1, start_worked(#server, NULL));  \
                                                                               \
        send_text(client, "hal");                                              \
        expect_silence(client);                                                \
        send_text(client, "f\n");                                              \
        expect_text(client, "half\n");                                         \
    }                                                                          \
    WORKED(server, zero_bytes_are_data)                                        \
    {                                                                          \
        struct peer *client = connect_client(1, start_worked(#server, NULL));  \
                                                                               \
        send_bytes(client, "a\0\0b\xff\n", 6);                                 \
        expect_bytes(client, "a\0\0b\xff\n", 6);                               \
    }                                                                          \
    WORKED(server, bytes_that_come_one_by_one_make_a_line)                     \
    {                                                                          \
        struct peer *client = connect_client(1, start_worked(#server, NULL));  \
                                                                               \
        send_bytewise(client, "one\ntwo\n", 8);                                \
        expect_text(client, "one\ntwo\n");                                     \
    }                                                                          \
    WORKED(server, many_lines_in_one_segment_all_come_back)                    \
    {                                                                          \
        check_many_lines_at_once(                                              \
            connect_client(1, start_worked(#server, NULL)));                   \
    }                                                                          \
    WORKED(server, the_rest_comes_back_at_the_end_of_file)                     \
    {                                                                          \
        check_rest_at_end_of_file(start_worked(#server, NULL));                \
    }                                                                          \
    WORKED(server, a_line_over_the_limit_is_refused_in_good_order)             \
    {                                                                          \
        check_line_limit(start_worked(#server, NULL), limit);                  \
    }                                                                          \
    WORKED(server, rude_clients_do_not_stop_it)                                \
    {                                                                          \
        check_rude_clients(start_worked(#server, NULL));                       \
    }                                                                          \
    WORKED(server, short_writes_and_interrupted_calls_lose_nothing)            \
    {                                                                          \
        check_hostile_kernel(#server);                                         \
    }                                                                          \
    SERVER_CONTRACT(server)

/* What the contracts say of every server: options, the listening line, how it
 * ends. */
#define SERVER_CONTRACT(server)                                                \
    WORKED(server, it_announces_the_port_that_it_listens_on)                   \
    {                                                                          \
        check_announcement(start_worked(#server, NULL));                       \
    }                                                                          \
    WORKED(server, it_speaks_IPv6)                                             \
    {                                                                          \
        check_ipv6(#server);                                                   \
    }                                                                          \
    WORKED(server, it_listens_on_12345_by_default)                             \
    {                                                                          \
        need_private_network();                                                \
        expect_listening_on(                                                   \
            start_with(#server, (const char *const[]){NULL}, NULL),            \
            CASE_PORT);                                                        \
    }                                                                          \
    WORKED(server, signals_end_it_with_status_0)                               \
    {                                                                          \
        check_signals(#server);                                                \
    }                                                                          \
    WORKED(server, bad_options_get_usage_and_status_2)                         \
    {                                                                          \
        check_bad_options(#server);                                            \
    }                                                                          \
    WORKED(server, a_port_in_use_is_named_and_gets_status_1)                   \
    {                                                                          \
        check_port_in_use(#server);                                            \
    }                                                                          \
    WORKED(server, it_starts_again_at_once_after_it_hung_up_first)             \
    {                                                                          \
        check_restart(#server);                                                \
    }

static void
check_announcement(struct program *server)
{
    char line[64];

    (void)snprintf(line, sizeof line, "listening on 127.0.0.1:%d\n",
                   port_of(server));
    expect_said(server, STREAM_OUT, line);
    expect_that(strcmp(program_output(server, STREAM_OUT, NULL), line) == 0,
                "stdout holds the listening line and nothing else");
}

static void
check_ipv6(const char *name)
{
    const char *const arguments[] = {"-a", "::1", "-p", "0", NULL};
    struct program *server = start_with(name, arguments, NULL);
    char line[64];

    (void)snprintf(line, sizeof line, "listening on [::1]:%d\n",
                   port_of(server));
    expect_said(server, STREAM_OUT, line);
    expect_echo(connect_with(1, server, &(struct connect_options){.to = "::1"}),
                "six\n");
}

static void
check_signals(const char *name)
{
    const int signals[] = {SIGINT, SIGTERM};

    for (int i = 0; i < 2; i++) {
        struct program *server = start_worked(name, NULL);

        expect_echo(connect_client(1, server), "still here\n");
        program_signal(server, signals[i]);
        expect_exit(server, 0);
    }
}

static void
check_bad_options(const char *name)
{
    const char *const wrong[][3] = {
        {"-p", "77881", NULL}, {"-p", "12x", NULL}, {"-a", "nonsense", NULL},
        {"-z", NULL},          {"-p", NULL},        {"extra", NULL}};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct program *server = start_with(name, wrong[i], NULL);

        expect_exit(server, 2);
        expect_said(server, STREAM_ERR, "usage: ");
    }
}

static void
check_port_in_use(const char *name)
{
    struct program *first = start_worked(name, NULL);
    char port[16];
    const char *const arguments[] = {"-p", port, NULL};
    struct program *second;

    (void)snprintf(port, sizeof port, "%d", port_of(first));
    second = start_with(name, arguments, NULL);
    expect_exit(second, 1);
    expect_said(second, STREAM_ERR, port);
    expect_said(second, STREAM_ERR, "EADDRINUSE");
}

/* A connection that the server closed first stays in TIME_WAIT; without
 * SO_REUSEADDR the port would be blocked for 60 s. */
static void
check_restart(const char *name)
{
    struct program *first = start_worked(name, NULL);
    struct peer *client = connect_client(1, first);
    char port[16];
    const char *const arguments[] = {"-p", port, NULL};

    (void)snprintf(port, sizeof port, "%d", port_of(first));
    expect_echo(client, "hello\n");
    program_signal(first, SIGTERM);
    expect_exit(first, 0);
    expect_end(client);
    leave(client);
    expect_listening_on(start_with(name, arguments, NULL), atoi(port));
}

#endif
