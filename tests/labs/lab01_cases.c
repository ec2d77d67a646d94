/* lab01_cases: what the mended cases of lab 01 must do, and what the broken
 * ones do instead. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum {
    WRONG_PORT = 12435, /* where the broken no_entry listens */
    TICKETS_LEFT = 4,   /* that the broken sold_out can hand out */
    MANY_TICKETS = 20,
    LINE_SIZE = 128,
};

static const char announcement[] = "listening on 127.0.0.1:12345\n";

static void
expect_no_message(struct program *program)
{
    size_t n;

    (void)program_output(program, STREAM_ERR, &n);
    expect_that(n == 0, "nothing is said on stderr");
}

/* --- no_entry ------------------------------------------------------------- */

/* Expects one line like "2001-12-31 23:59:59" and the end. */
static void
expect_time(struct peer *client)
{
    char line[LINE_SIZE];
    int parts[6], end = 0;

    read_line(client, line, sizeof line);
    tell("the line: %s", line);
    expect_that(sscanf(line, "%4d-%2d-%2d %2d:%2d:%2d%n", &parts[0], &parts[1],
                       &parts[2], &parts[3], &parts[4], &parts[5], &end) == 6 &&
                    strcmp(line + end, "\n") == 0 && end == 19,
                "the line is a date and a time: YYYY-MM-DD HH:MM:SS");
    expect_end(client);
    leave(client);
}

REPAIR(no_entry, a_client_gets_in_where_it_says)
{
    struct program *server = start_case("no_entry", NULL);

    expect_said(server, STREAM_OUT, announcement);
    expect_time(connect_client(1, server));
}

REPAIR(no_entry, each_client_is_told_the_time)
{
    struct program *server = start_case("no_entry", NULL);

    for (int number = 1; number <= 3; number++)
        expect_time(connect_client(number, server));
    expect_asleep(server, "accept");
}

SYMPTOM(no_entry, the_way_in_is_elsewhere)
{
    struct tap *tap = open_tap();
    struct program *server = start_case("no_entry", NULL);

    expect_listening_on(server, WRONG_PORT);
    expect_said(server, STREAM_OUT, announcement);
    expect_refused(CASE_PORT);
    expect_packets(tap, 0, CASE_PORT, TCP_FLAG_SYN, TCP_FLAG_SYN, 0, 1);
    expect_packets(tap, CASE_PORT, 0, TCP_FLAG_RST, TCP_FLAG_RST, 0, 1);
    expect_time(
        connect_with(1, server, &(struct connect_options){.port = WRONG_PORT}));
    expect_no_message(server);
}

/* --- no_answer ------------------------------------------------------------ */

/* Expects that the client reports the words in their order, and ends well. */
static void
expect_report(struct program *client, const char *const words[])
{
    const char *line;

    expect_exit(client, 0);
    line = program_output(client, STREAM_OUT, NULL);
    for (; *words != NULL; words++) {
        char start[LINE_SIZE];
        double ms;
        int end = 0;

        (void)snprintf(start, sizeof start, "%s: back after ", *words);
        expect_that(strncmp(line, start, strlen(start)) == 0,
                    "stdout has a line \"WORD: back after ...\" for each word");
        line += strlen(start);
        expect_that(sscanf(line, "%lf ms%n", &ms, &end) == 1 &&
                        line[end] == '\n',
                    "the line of a word ends in \"... ms\"");
        line += end + 1;
    }
    expect_that(*line == '\0', "stdout has no other line");
}

/* Plays an echo server until the client leaves or waits; `came` is then what
 * it has sent. Judges nothing but that no word comes before its turn. */
static void
echo_lines(struct peer *server, char came[LINE_SIZE])
{
    size_t used = 0, start = 0, n;

    while (used + 1 < LINE_SIZE &&
           peer_receive(server, came + used, 1, &n, patience_ms(GOOD_MS)) ==
               GOT_BYTES) {
        used += n;
        if (came[used - 1] != '\n')
            continue;
        expect_silence(server);
        send_bytewise(server, came + start, used - start);
        start = used;
    }
    came[used] = '\0';
    if (used > start)
        tell("the server has read everything, and waits for more");
}

REPAIR(no_answer, a_word_comes_back)
{
    char came[LINE_SIZE];
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("no_answer", NULL);

    echo_lines(accept_client(listener, client), came);
    expect_report(client, (const char *const[]){"hello", NULL});
    expect_that(strcmp(came, "hello\n") == 0, "the word is all that it sends");
}

REPAIR(no_answer, each_word_is_sent_when_the_last_is_back)
{
    const char *const words[] = {"one", "and another", NULL};
    char came[LINE_SIZE];
    int listener = open_host(CASE_PORT);
    struct program *client = start_with("no_answer", words, NULL);

    echo_lines(accept_client(listener, client), came);
    expect_report(client, words);
    expect_that(strcmp(came, "one\nand another\n") == 0,
                "the words are all that it sends");
}

SYMPTOM(no_answer, it_waits_for_a_reply_that_nobody_owes_it)
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("no_answer", NULL);
    struct peer *server = accept_client(listener, client);

    expect_text(server, "hello");
    expect_silence(server);
    expect_asleep(client, "recv");
    send_text(server, "hello\n");
    expect_report(client, (const char *const[]){"hello", NULL});
    expect_end(server);
}

/* --- sold_out ------------------------------------------------------------- */

static void
expect_ticket(struct peer *client, int ticket)
{
    char line[LINE_SIZE];

    (void)snprintf(line, sizeof line, "ticket %d\n", ticket);
    expect_text(client, line);
}

REPAIR(sold_out, twenty_clients_get_their_tickets)
{
    struct program *server = start_case("sold_out", NULL);
    struct peer *client = connect_client(1, server), *next;

    expect_ticket(client, 1);
    for (int ticket = 2; ticket <= MANY_TICKETS; ticket++) {
        next = connect_client(ticket % 3 + 1, server);
        leave(client);
        expect_ticket(next, ticket);
        client = next;
    }
}

REPAIR(sold_out, nothing_is_left_of_a_client_that_has_left)
{
    struct program *server = start_case("sold_out", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_ticket(first, 1);
    expect_silence(second);
    half_close(first);
    expect_end(first);
    expect_ticket(second, 2);
    leave(second);
    expect_asleep(server, "accept");
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 0);
}

SYMPTOM(sold_out, after_four_tickets_it_ends)
{
    struct program *server = start_case("sold_out", NULL);

    for (int ticket = 1; ticket <= TICKETS_LEFT; ticket++) {
        struct peer *client = connect_client(1, server);

        expect_ticket(client, ticket);
        expect_no_message(server);
        leave(client);
        if (ticket < TICKETS_LEFT)
            expect_sockets(server, TCP_STATE_CLOSE_WAIT, ticket);
    }
    expect_exit(server, 1);
    expect_said(server, STREAM_ERR, "accept: EMFILE");
    expect_refused(CASE_PORT);
}

/* --- only_one ------------------------------------------------------------- */

static void
expect_shout(struct peer *client, const char *text, const char *capitals)
{
    send_text(client, text);
    expect_text(client, capitals);
}

REPAIR(only_one, the_next_client_is_served_when_the_last_has_left)
{
    struct program *server = start_case("only_one", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_shout(first, "one\n", "ONE\n");
    send_text(second, "two\n");
    expect_silence(second);
    leave(first);
    expect_text(second, "TWO\n");
    half_close(second);
    expect_end(second);
    leave(second);
    expect_shout(connect_client(3, server), "three\n", "THREE\n");
}

REPAIR(only_one, it_sleeps_when_everybody_has_left)
{
    struct program *server = start_case("only_one", NULL);
    struct peer *client = connect_client(1, server);

    expect_shout(client, "half a li", "HALF A LI");
    expect_asleep(server, "recv");
    leave(client);
    expect_asleep(server, "accept");
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
}

SYMPTOM(only_one, it_is_busy_with_a_client_that_has_left)
{
    struct program *server = start_case("only_one", NULL);
    struct peer *rude = connect_client(3, server);
    struct peer *first, *second;

    /* A reset is an error, and errors it sees. */
    expect_shout(rude, "three\n", "THREE\n");
    leave_rudely(rude);
    first = connect_client(1, server);
    second = connect_client(2, server);
    expect_shout(first, "one\n", "ONE\n");
    expect_asleep(server, "recv");
    leave(first);
    send_text(second, "two\n");
    expect_silence(second);
    expect_spinning(server);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 1);
}

/* --- old_news ------------------------------------------------------------- */

static void
expect_notice(struct peer *client, const char *notice)
{
    expect_text(client, notice);
    expect_text(client, "\n");
    expect_end(client);
    leave(client);
}

/* Expects that a server that cannot have the port ends and says why. */
static void
expect_refusal(struct program *server)
{
    const char *message;

    expect_exit(server, 1);
    expect_that(strstr(program_output(server, STREAM_OUT, NULL), "listening") ==
                    NULL,
                "it does not say that it listens");
    message = program_output(server, STREAM_ERR, NULL);
    expect_that(strcasestr(message, "use") != NULL ||
                    strcasestr(message, "taken") != NULL ||
                    strstr(message, "12345") != NULL,
                "it says on stderr why it ends");
}

REPAIR(old_news, the_second_server_says_why_it_ends)
{
    struct program *first = start_case("old_news", NULL);

    expect_listening_on(first, CASE_PORT);
    expect_refusal(
        start_with("old_news", (const char *const[]){"open", NULL}, NULL));
    expect_notice(connect_client(1, first), "closed");
}

REPAIR(old_news, it_starts_as_soon_as_the_old_server_has_ended)
{
    int old = open_host(CASE_PORT);
    struct program *server;

    expect_refusal(start_case("old_news", NULL));
    (void)close(old);
    server = start_case("old_news", NULL);
    expect_listening_on(server, CASE_PORT);
    expect_said(server, STREAM_OUT, announcement);
    expect_notice(connect_client(1, server), "closed");
    expect_notice(connect_client(2, server), "closed");
}

SYMPTOM(old_news, the_old_server_is_asked_in_its_place)
{
    int old = open_host(CASE_PORT);
    struct program *server = start_case("old_news", NULL);

    expect_said(server, STREAM_OUT, announcement);
    expect_that(port_of(server) != CASE_PORT, "it listens elsewhere");
    (void)connect_client(1, server);
    (void)accept_client(old, server);
    expect_notice(connect_with(2, server, &(struct connect_options){0}),
                  "closed");
    expect_asleep(server, "accept");
    expect_no_message(server);
}
