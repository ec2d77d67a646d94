/* lab03_nonblocking: checks of the two polling programs, and of six cases. */
#include "echo_contract.h"

#include <unistd.h>

/* --- first: dies, as it should ------------------------------------------- */

WORKED(first, it_says_that_it_listens_and_dies_at_once)
{
    struct program *first = start_worked("first", NULL);
    const char *line = "listening on 127.0.0.1:";

    expect_exit(first, 1);
    expect_said(first, STREAM_OUT, line);
    expect_that(strncmp(program_output(first, STREAM_OUT, NULL), line,
                        strlen(line)) == 0,
                "the listening line comes first");
}

WORKED(first, its_message_names_the_error_and_says_what_it_means)
{
    struct program *first = start_worked("first", NULL);

    expect_exit(first, 1);
    expect_said(first, STREAM_ERR, "accept: EAGAIN (Resource temporarily");
    expect_said(first, STREAM_ERR, "EAGAIN means: nobody has called yet");
}

WORKED(first, bad_options_get_usage_and_status_2)
{
    check_bad_options("first");
}

/* --- server --------------------------------------------------------------- */

ECHO_CONTRACT(server, 4096)

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
    struct peer *clients[3], *fourth;
    char halves[3][2][8], line[16];

    for (int i = 0; i < 3; i++) {
        clients[i] = connect_client(i + 1, server);
        (void)seeded_text(halves[i][0], 5);
        (void)seeded_text(halves[i][1], 5);
        send_text(clients[i], halves[i][0]);
    }
    /* The second answer to the fourth is there: so after the first one there
     * was a whole round, in which the others had nothing to say. */
    fourth = connect_client(4, server);
    expect_echo(fourth, "fourth\n");
    expect_echo(fourth, "fourth again\n");
    for (int i = 2; i >= 0; i--) {
        send_text(clients[i], halves[i][1]);
        send_text(clients[i], "\n");
    }
    for (int i = 0; i < 3; i++) {
        (void)snprintf(line, sizeof line, "%.5s%.5s\n", halves[i][0],
                       halves[i][1]);
        expect_text(clients[i], line);
    }
}

/* What a client that did not read gets, once it reads: every byte of the lines
 * that it has sent, `sent` in all. */
static void
expect_lines_back(struct peer *client, const char *line, size_t sent)
{
    size_t length = strlen(line);

    for (; sent >= length; sent -= length)
        expect_text(client, line);
    expect_silence(client);
    send_text(client, line + sent);
    expect_text(client, line);
}

WORKED(server, a_client_that_does_not_read_stops_nobody_and_loses_nothing)
{
    struct program *server = start_worked("server", NULL);
    struct peer *stalled = connect_with(
        1, server, &(struct connect_options){.receive_space = 4096});
    struct peer *other = connect_client(2, server);
    const char *line = contract_line(4001);
    size_t sent = send_until_full(stalled, line);

    expect_echo(other, "meanwhile\n");
    expect_echo(other, "once more\n");
    /* contract_line has one buffer, and nobody else has used it since. */
    expect_lines_back(stalled, line, sent);
}

WORKED(server, it_serves_hundreds_of_clients_at_once)
{
    enum { CLIENTS = 300 };
    struct program *server = start_worked("server", NULL);
    struct peer *clients[CLIENTS];
    char line[16];

    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_client(i % 90 + 1, server);
    for (int i = CLIENTS - 2; i > 0; i--) { /* the first and the last wait */
        (void)snprintf(line, sizeof line, "line %d\n", i);
        send_text(clients[i], line);
    }
    for (int i = 1; i < CLIENTS - 1; i++) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        expect_text(clients[i], line);
    }
    expect_echo(clients[0], "first\n");
    expect_echo(clients[CLIENTS - 1], "last\n");
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
    (void)program_settle(server, GOOD_MS); /* it has seen them all */
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_descriptors(server, before);
}

WORKED(server, half_a_line_stays_whole_when_other_clients_leave)
{
    struct program *server = start_worked("server", NULL);
    struct peer *clients[3];

    for (int i = 0; i < 3; i++) {
        clients[i] = connect_client(i + 1, server);
        expect_echo(clients[i], "hello\n");
    }
    send_text(clients[1], "half of the ");
    send_text(clients[2], "half a ");
    /* After the second answer the server has asked everyone since then. */
    expect_echo(clients[0], "one\n");
    expect_echo(clients[0], "two\n");
    leave(clients[0]);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    send_text(clients[2], "line\n");
    expect_text(clients[2], "half a line\n");
    leave_rudely(clients[2]);
    send_text(clients[1], "second\n");
    expect_text(clients[1], "half of the second\n");
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
    expect_that(count_of(program_output(server, STREAM_ERR, NULL), "EMFILE") ==
                    1,
                "EMFILE is reported once, not in every round");
    expect_echo(first, "first again\n");
    leave(second);
    expect_text(third, "third\n");
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

WORKED(server, it_never_waits_and_so_uses_a_whole_CPU)
{
    struct program *server = start_worked("server", NULL);

    expect_echo(connect_client(1, server), "hello\n");
    expect_spinning(server);
}

/* --- turned_away ---------------------------------------------------------- */

REPAIR(turned_away, a_caller_is_let_in_where_it_says_that_it_listens)
{
    struct program *server = start_case("turned_away", NULL);

    expect_said(server, STREAM_OUT, "listening on 127.0.0.1:12345\n");
    expect_text(connect_client(1, server), "you are visitor 1\n");
}

REPAIR(turned_away, every_caller_is_told_its_number)
{
    struct program *server = start_case("turned_away", NULL);
    char line[32];

    for (int i = 1; i <= 3; i++) {
        struct peer *caller = connect_client(i, server);

        (void)snprintf(line, sizeof line, "you are visitor %d\n", i);
        expect_text(caller, line);
        expect_end(caller);
    }
}

SYMPTOM(turned_away, port_12345_refuses_while_the_program_listens_elsewhere)
{
    struct program *server = start_case("turned_away", NULL);
    const struct connect_options elsewhere = {.port = 0x3930};

    expect_listening_on(server, elsewhere.port);
    expect_said(server, STREAM_OUT, "listening on 127.0.0.1:12345\n");
    expect_refused(CASE_PORT);
    for (int i = 1; i <= 2; i++) {
        struct peer *caller = connect_with(i, server, &elsewhere);

        expect_text(caller,
                    i == 1 ? "you are visitor 1\n" : "you are visitor 2\n");
        expect_end(caller);
    }
}

/* --- second_is_ignored -----------------------------------------------------
 */

REPAIR(second_is_ignored, the_second_caller_is_answered_while_others_are_silent)
{
    struct program *server = start_case("second_is_ignored", NULL);
    struct peer *callers[3];

    for (int i = 0; i < 3; i++)
        callers[i] = connect_client(i + 1, server);
    send_text(callers[1], "hello\n");
    expect_text(callers[1], "HELLO\n");
    send_text(callers[2], "three\n");
    expect_text(callers[2], "THREE\n");
    send_text(callers[0], "one\n");
    expect_text(callers[0], "ONE\n");
}

REPAIR(second_is_ignored, callers_that_leave_make_no_difference)
{
    struct program *server = start_case("second_is_ignored", NULL);
    struct peer *callers[4];

    for (int i = 0; i < 4; i++)
        callers[i] = connect_client(i + 1, server);
    send_text(callers[0], "a");
    expect_text(callers[0], "A");
    leave(callers[0]);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 3);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    send_text(callers[2], "c");
    expect_text(callers[2], "C");
    leave_rudely(callers[1]);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    send_text(callers[3], "d");
    expect_text(callers[3], "D");
}

/* The bytes that the program has not read from this connection. */
static unsigned long
unread_from(struct program *program, const struct peer *peer)
{
    struct tcp_row rows[16];
    int count = program_sockets(program, TCP_STATE_ESTABLISHED, rows, 16);
    char text[ADDRESS_TEXT_SIZE];

    for (int i = 0; i < count && i < 16; i++)
        if (strcmp(address_text(text, &rows[i].remote), peer->address) == 0)
            return rows[i].unread;
    return 0;
}

SYMPTOM(second_is_ignored, the_second_is_not_read_until_the_first_has_spoken)
{
    struct program *server = start_case("second_is_ignored", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second;

    send_text(first, "one\n");
    expect_text(first, "ONE\n");
    second = connect_client(2, server);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    send_text(second, "hello\n");
    expect_silence(second);
    expect_that(unread_from(server, second) == 6, "6 bytes wait in Recv-Q");
    expect_spinning(server);
    send_text(first, "two\n");
    expect_text(first, "TWO\n");
    expect_text(second, "HELLO\n");
}

/* --- third_gets_silence ----------------------------------------------------
 */

/* Two callers that are in; with 6 open files there is no room for more. */
static void
fill_the_room(struct program *server, struct peer *callers[2])
{
    for (int i = 0; i < 2; i++) {
        callers[i] = connect_client(i + 1, server);
        send_text(callers[i], "how many?\n");
        expect_text(callers[i], i == 0 ? "here: 1\n" : "here: 2\n");
    }
}

/* The third caller, who has said its line and got no answer. */
static struct peer *
keep_out_the_third(struct program *server)
{
    struct peer *third = connect_client(3, server);

    send_text(third, "how many?\n");
    expect_silence(third);
    return third;
}

static void
expect_log_that_says_why(struct program *server)
{
    const char *log = program_output(server, STREAM_ERR, NULL);

    expect_that(strstr(log, "EMFILE") != NULL ||
                    strstr(log, "Too many open files") != NULL,
                "the log says why the third caller is not let in");
    expect_that(strlen(log) < 2000, "the log is short enough to be read");
}

REPAIR(third_gets_silence, the_log_says_why_once_there_is_no_room)
{
    struct program *server = start_case("third_gets_silence", NULL);
    struct peer *callers[2];

    callers[0] = connect_client(4, server);
    send_text(callers[0], "how many?\n");
    expect_text(callers[0], "here: 1\n");
    expect_not_said(server, STREAM_ERR, "accept");
    leave(callers[0]);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    fill_the_room(server, callers);
    (void)keep_out_the_third(server);
    expect_log_that_says_why(server);
}

REPAIR(third_gets_silence,
       the_others_go_on_and_the_third_follows_when_one_leaves)
{
    struct program *server = start_case("third_gets_silence", NULL);
    struct peer *callers[2], *third;

    fill_the_room(server, callers);
    third = keep_out_the_third(server);
    send_text(callers[0], "and now?\nand now?\n");
    expect_text(callers[0], "here: 2\nhere: 2\n");
    leave(callers[1]);
    expect_text(third, "here: 2\n");
    expect_log_that_says_why(server);
}

SYMPTOM(third_gets_silence, the_third_waits_and_the_log_is_empty)
{
    struct program *server = start_case("third_gets_silence", NULL);
    struct peer *callers[2], *third;

    fill_the_room(server, callers);
    third = keep_out_the_third(server);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    expect_that(*program_output(server, STREAM_ERR, NULL) == '\0',
                "the log says nothing");
    send_text(callers[0], "and now?\n");
    expect_text(callers[0], "here: 2\n");
    leave(callers[1]);
    expect_text(third, "here: 2\n");
}

/* --- forgets_the_beginning --------------------------------------------------
 */

/* Sends the first part of a name and waits until the server has read it, and
 * has looked for more in vain. */
static void
send_first_part(struct program *server, struct peer *guest, const char *part)
{
    send_text(guest, part);
    expect_silence(guest);
    expect_that(unread_from(server, guest) == 0, "the first part was read");
}

REPAIR(forgets_the_beginning, a_name_in_two_parts_is_greeted_in_full)
{
    struct program *server = start_case("forgets_the_beginning", NULL);
    struct peer *guest = connect_client(1, server);

    send_first_part(server, guest, "Gra");
    send_text(guest, "ce\n");
    expect_text(guest, "hello, Grace\n");
}

REPAIR(forgets_the_beginning, two_names_in_one_piece_and_a_half_are_kept_apart)
{
    struct program *server = start_case("forgets_the_beginning", NULL);
    struct peer *guest = connect_client(1, server);
    struct peer *other = connect_client(2, server);

    send_first_part(server, guest, "Ada");
    send_text(other, "Alan\nKathleen\nEds");
    expect_text(other, "hello, Alan\nhello, Kathleen\n");
    send_text(guest, "\n\nBarbara\n");
    expect_text(guest, "hello, Ada\nhello, \nhello, Barbara\n");
    send_text(other, "ger\n");
    expect_text(other, "hello, Edsger\n");
}

REPAIR(forgets_the_beginning, a_name_may_come_letter_by_letter)
{
    struct program *server = start_case(
        "forgets_the_beginning", &(struct program_options){.receive_bytes = 1});
    struct peer *guest = connect_client(1, server);

    send_text(guest, "Margaret\nDonald\n");
    expect_text(guest, "hello, Margaret\nhello, Donald\n");
}

SYMPTOM(forgets_the_beginning, only_the_second_part_of_a_name_is_greeted)
{
    struct program *server = start_case("forgets_the_beginning", NULL);
    struct peer *guest = connect_client(1, server);
    struct peer *other = connect_client(2, server);

    send_text(other, "Alan\nKathleen\n");
    expect_text(other, "hello, Alan\nhello, Kathleen\n");
    send_first_part(server, guest, "Gra");
    send_text(guest, "ce\n");
    expect_text(guest, "hello, ce\n");
    send_text(guest, "Grace\n");
    expect_text(guest, "hello, Grace\n");
}

/* --- never_gives_up ---------------------------------------------------------
 */

/* Starts the client with so much patience, takes its call and its question. */
static struct program *
ask(const char *patience_ms, struct peer **server,
    const struct program_options *options)
{
    const char *const arguments[] = {"time", patience_ms, NULL};
    int listener = open_host(CASE_PORT);
    struct program *client = start_with("never_gives_up", arguments, options);

    *server = accept_client(listener, client);
    (void)close(listener);
    expect_text(*server, "time?\n");
    return client;
}

REPAIR(never_gives_up, it_waits_for_an_answer_but_not_longer_than_it_was_told)
{
    struct peer *server;
    struct program *client = ask("60000", &server, NULL);

    expect_alive(client); /* it asks in vain, and does not give up */
    send_text(server, "half past nine\n");
    expect_exit(client, 0);
    expect_printed(client, "half past nine\n");
    leave(server);
    client = ask("100", &server, NULL);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "the time is up");
    expect_printed(client, "");
}

REPAIR(never_gives_up, half_an_answer_is_none)
{
    const struct program_options slow = {.receive_bytes = 1,
                                         .interrupt_every = 3};
    struct peer *server;
    struct program *client = ask("60000", &server, &slow);

    send_text(server, "half past ");
    expect_alive(client);
    send_text(server, "nine\n");
    expect_exit(client, 0);
    expect_printed(client, "half past nine\n");
    leave(server);
    /* Not interrupted: that would wake a program that sleeps for ever. */
    client = ask("100", &server, &(struct program_options){.receive_bytes = 1});
    send_text(server, "half past ");
    expect_exit(client, 1);
    expect_printed(client, "");
}

SYMPTOM(never_gives_up, it_sleeps_in_recv_until_an_answer_comes)
{
    struct peer *server;
    struct program *client = ask("10", &server, NULL);

    expect_asleep(client, "recv");
    send_text(server, "half past nine\n");
    expect_exit(client, 0);
    expect_printed(client, "half past nine\n");
}

/* --- stops_in_the_middle ----------------------------------------------------
 */

enum { LAST_NUMBER = 20000 };

/* The whole table; static. */
static const char *
table_of_squares(size_t *n)
{
    static char table[LAST_NUMBER * 40];
    size_t used = 0;

    for (unsigned long i = 1; i <= LAST_NUMBER; i++)
        used += (size_t)snprintf(table + used, 40, "%lu %lu\n", i, i * i);
    *n = used;
    return table;
}

/* Waits until the server has done what it can for a caller that does not
 * read. */
static void
let_it_send(struct program *server)
{
    (void)program_settle(server, GOOD_MS);
}

REPAIR(stops_in_the_middle, the_whole_table_comes)
{
    struct program *server = start_case("stops_in_the_middle", NULL);
    struct peer *caller = connect_client(1, server);
    size_t n;
    const char *table = table_of_squares(&n);

    let_it_send(server);
    expect_bytes(caller, table, n);
    expect_end(caller);
}

REPAIR(stops_in_the_middle, a_caller_that_does_not_read_stops_nobody)
{
    struct program *server = start_case("stops_in_the_middle", NULL);
    struct peer *slow = connect_with(
        1, server, &(struct connect_options){.receive_space = 4096});
    struct peer *caller = connect_client(2, server);
    size_t n;
    const char *table = table_of_squares(&n);

    expect_bytes(caller, table, n);
    expect_end(caller);
    leave_rudely(slow);
    caller = connect_client(3, server);
    expect_bytes(caller, table, n);
    expect_end(caller);
}

SYMPTOM(stops_in_the_middle, the_table_breaks_off_and_ends_in_good_order)
{
    struct program *server = start_case("stops_in_the_middle", NULL);
    struct peer *caller = connect_client(1, server);
    size_t n, whole;
    const char *table = table_of_squares(&whole);

    let_it_send(server);
    expect_bytes(caller, table, 1000);
    n = 1000 + read_to_the_end(caller);
    expect_that(n < whole, "less than the whole table comes");
    caller = connect_client(2, server);
    expect_bytes(caller, table, 1000);
}
