/* lab01_blocking: checks of the blocking server and client. */
#include <unistd.h>

#include "address.h"
#include "echo_contract.h"

ECHO_CONTRACT(server, 4096)

WORKED(server, it_prints_each_piece_of_two_bytes)
{
    struct program *server = start_worked("server", NULL);

    expect_echo(connect_client(1, server), "test\n");
    expect_said(server, STREAM_ERR,
                "got 2 bytes: \"te\"\ngot 2 bytes: \"st\"\n"
                "got 1 byte: \"\\n\"\n");
}

/* A piece of two bytes may end one line and begin the next, or be two lines. */
WORKED(server, a_line_may_end_in_the_middle_of_a_piece)
{
    struct peer *client = connect_client(1, start_worked("server", NULL));

    send_text(client, "ab\nc");
    expect_text(client, "ab\n");
    expect_silence(client);
    send_text(client, "\n\n\n");
    expect_text(client, "c\n\n\n");
}

WORKED(server, it_serves_one_client_at_a_time)
{
    struct program *server = start_worked("server", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_echo(first, "first\n");
    send_text(second, "second\n");
    expect_silence(second);
    expect_asleep(server, "recv");
    leave(first);
    expect_text(second, "second\n");
}

WORKED(server, it_sleeps_in_accept_without_clients)
{
    expect_asleep(start_worked("server", NULL), "accept");
}

/* --- the client: the check plays the server ---------------------------------
 */

/* Starts the client with these words, calling the check's own `listener`. */
static struct program *
start_client(int listener, const char *const words[],
             const struct program_options *options)
{
    const char *arguments[8] = {"-p"};
    struct address address;
    static char port[16];

    (void)address_local(&address, listener);
    (void)snprintf(port, sizeof port, "%d", address_port(&address));
    arguments[1] = port;
    for (int i = 0; i < 5 && words[i] != NULL; i++)
        arguments[2 + i] = words[i];
    return start_with("client", arguments, options);
}

static const char *const two_words[] = {"hello", "world", NULL};

WORKED(client, its_words_go_out_as_one_line)
{
    int listener = open_host(0);
    struct program *client = start_client(listener, two_words, NULL);
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello world\n");
    send_text(server, "hello world\n");
    expect_printed(client, "hello world\n");
    expect_exit(client, 0);
}

WORKED(client, a_reply_in_pieces_is_printed_whole)
{
    int listener = open_host(0);
    struct program *client = start_client(listener, two_words, NULL);
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello world\n");
    send_text(server, "one ");
    expect_asleep(client, "recv");
    send_bytewise(server, "two\n", 4);
    expect_printed(client, "one two\n");
    expect_exit(client, 0);
}

WORKED(client, a_refused_connection_is_named_and_gets_status_1)
{
    const char *arguments[] = {"-p", "", "hello", NULL};
    int listener = open_host(0);
    struct address address;
    char port[16];
    struct program *client;

    (void)address_local(&address, listener);
    (void)snprintf(port, sizeof port, "%d", address_port(&address));
    (void)close(listener); /* a port on which nobody listens now */
    arguments[1] = port;
    client = start_with("client", arguments, NULL);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "127.0.0.1:");
    expect_said(client, STREAM_ERR, port);
    expect_said(client, STREAM_ERR, "ECONNREFUSED");
    expect_printed(client, "");
}

WORKED(client, a_server_that_hangs_up_early_is_reported)
{
    int listener = open_host(0);
    struct program *client = start_client(listener, two_words, NULL);
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello world\n");
    send_text(server, "hel");
    leave(server);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "hung up");
}

WORKED(client, a_reset_is_an_error_and_no_signal)
{
    int listener = open_host(0);
    struct program *client = start_client(listener, two_words, NULL);
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello world\n");
    leave_rudely(server);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "ECONNRESET");
}

WORKED(client, short_writes_and_interrupted_calls_lose_nothing)
{
    int listener = open_host(0);
    struct program *client = start_client(
        listener, two_words,
        &(struct program_options){
            .send_bytes = 3, .receive_bytes = 2, .interrupt_every = 2});
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello world\n");
    send_text(server, "hello world\n");
    expect_printed(client, "hello world\n");
    expect_exit(client, 0);
}

WORKED(client, bad_options_get_usage_and_status_2)
{
    const char *const wrong[][4] = {
        {NULL}, {"-p", "65536", "x", NULL}, {"-a", "nowhere", "x", NULL}};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct program *client = start_with("client", wrong[i], NULL);

        expect_exit(client, 2);
        expect_said(client, STREAM_ERR, "usage: ");
    }
}
