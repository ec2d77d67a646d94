/* lab02_starving: checks of three servers for many clients, and of five cases.
 */
#include "echo_contract.h"

#include <unistd.h>

/* --- server: fails, and exactly so ----------------------------------------
 *
 * It accepts one client, then gives each client it has a turn of one line. So
 * a check must bring a client for each round of turns. */

SERVER_CONTRACT(server)

WORKED(server, the_line_of_each_new_client_comes_back)
{
    struct program *server = start_worked("server", NULL);
    struct peer *client = connect_client(1, server);

    expect_echo(client, contract_line(CONTRACT_LINE_BYTES));
    leave(client);
    client = connect_client(2, server);
    expect_echo(client, "with a carriage return\r\n");
    leave(client);
    client = connect_client(3, server);
    send_bytes(client, "a\0\0b\xff\n", 6);
    expect_bytes(client, "a\0\0b\xff\n", 6);
}

WORKED(server, a_line_comes_back_only_when_it_is_complete)
{
    struct peer *client = connect_client(1, start_worked("server", NULL));

    send_bytewise(client, "hal", 3);
    expect_silence(client);
    send_bytewise(client, "f\n", 2);
    expect_text(client, "half\n");
}

WORKED(server, half_a_line_of_one_makes_all_the_others_wait)
{
    struct program *server = start_worked("server", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second, *third;

    send_text(first, "half");
    second = connect_client(2, server);
    third = connect_client(3, server);
    send_text(second, "second\n");
    send_text(third, "third\n");
    expect_silence(second);
    expect_asleep(server, "recv");
    expect_sockets(server, TCP_STATE_ESTABLISHED, 1);
    send_text(first, " a line\n");
    expect_text(first, "half a line\n");
    expect_silence(second); /* the server has turned to the first again */
    leave(first);
    expect_text(second, "second\n");
    send_text(second, "second again\n");
    expect_text(second, "second again\n");
    expect_text(third, "third\n");
}

WORKED(server, a_second_line_gets_no_answer_until_one_more_client_comes)
{
    struct program *server = start_worked("server", NULL);
    struct peer *first = connect_client(1, server);

    expect_echo(first, "one\n");
    send_text(first, "two\n");
    expect_silence(first);
    expect_asleep(server, "accept");
    (void)connect_client(2, server);
    expect_text(first, "two\n");
    expect_asleep(server, "recv");
}

WORKED(server, many_lines_in_one_segment_come_back_one_in_each_turn)
{
    struct program *server = start_worked("server", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *other;

    send_text(first, "one\ntwo\nthree\nfo");
    expect_text(first, "one\n");
    expect_silence(first);
    other = connect_client(2, server);
    expect_echo(other, "other\n");
    expect_text(first, "two\n");
    leave(other);
    other = connect_client(3, server);
    expect_text(first, "three\n");
    expect_echo(other, "another\n");
    send_text(first, "ur\n");
    leave(other);
    expect_echo(connect_client(2, server), "the last\n");
    expect_text(first, "four\n");
}

WORKED(server, the_rest_comes_back_at_the_end_of_file)
{
    struct program *server = start_worked("server", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second;

    send_text(first, "one\ntwo");
    half_close(first);
    expect_text(first, "one\n");
    second = connect_client(2, server);
    expect_text(first, "two");
    expect_end(first);
    expect_echo(second, "second\n");
}

WORKED(server, a_line_over_the_limit_is_refused_in_good_order)
{
    struct program *server = start_worked("server", NULL);
    struct peer *client = connect_client(1, server);
    struct peer *next;
    char text[5000];

    expect_echo(client, contract_line(4096));
    leave(client);
    client = connect_client(1, server);
    /* More than one recv can take: to close with the rest of it unread would
     * be a reset. */
    (void)snprintf(text, sizeof text, "before\n%s", contract_line(4096 + 600));
    send_text(client, text);
    expect_text(client, "before\n");
    next = connect_client(2, server);
    expect_end(client);
    leave(client);
    expect_said(server, STREAM_ERR, "line too long");
    expect_echo(next, "the next client\n");
}

WORKED(server, rude_clients_do_not_stop_it)
{
    struct program *server = start_worked("server", NULL);
    struct peer *client = connect_client(1, server);

    leave(client);
    client = connect_client(1, server);
    send_text(client, "half a li");
    leave_rudely(client);
    client = connect_client(1, server);
    expect_echo(client, "here\n");
    /* A line, the end and a reset become one event: the reply meets a
     * connection that is gone, where a plain write would raise SIGPIPE. */
    program_freeze(server);
    send_text(client, "one\n");
    half_close(client);
    leave_rudely(client);
    program_thaw(server);
    for (int i = 2; i <= 4; i++) {
        client = connect_client(i, server);
        expect_echo(client, "the next client\n");
        leave(client);
    }
    expect_alive(server);
}

WORKED(server, short_writes_and_interrupted_calls_lose_nothing)
{
    struct program *server =
        start_worked("server", &(struct program_options){.send_bytes = 3,
                                                         .receive_bytes = 1,
                                                         .interrupt_every = 3});
    struct peer *client = connect_client(1, server);

    expect_echo(client, contract_line(CONTRACT_LINE_BYTES));
    send_text(client, "a\nbc\n");
    for (int i = 2; i <= 3; i++) {
        struct peer *next = connect_client(i, server);

        expect_echo(next, "the next client\n");
        leave(next);
    }
    expect_text(client, "a\nbc\n");
}

WORKED(server, a_full_descriptor_table_is_reported_and_survived)
{
    struct program *server = start_worked(
        "server", &(struct program_options){.descriptor_limit = 5});
    struct peer *first = connect_client(1, server);
    struct peer *second;

    expect_echo(first, "first\n");
    expect_said(server, STREAM_ERR, "accept: EMFILE");
    /* It cannot wait for a client any more, so it waits for the first's. */
    second = connect_client(2, server);
    send_text(second, "second\n");
    expect_echo(first, "first again\n");
    expect_silence(second);
    leave(first);
    expect_text(second, "second\n");
}

WORKED(server, nothing_is_left_of_clients_that_left)
{
    struct program *server = start_worked("server", NULL);
    int before;

    (void)port_of(server);
    before = proc_descriptors(program_pid(server));
    for (int i = 1; i <= 5; i++) {
        struct peer *client = connect_client(i, server);

        send_text(client, "half a li");
        if (i % 2 == 0)
            leave(client);
        else
            leave_rudely(client);
    }
    (void)program_settle(server, GOOD_MS); /* it has seen them all */
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    expect_descriptors(server, before);
    expect_asleep(server, "accept");
}

static void
check_events(struct program *server)
{
    struct peer *client = connect_client(1, server);
    char line[96];

    (void)snprintf(line, sizeof line, "%s came\n", client->address);
    expect_said(server, STREAM_ERR, line);
    (void)snprintf(line, sizeof line, "%s left\n", client->address);
    leave(client);
    expect_said(server, STREAM_ERR, line);
}

WORKED(server, it_tells_who_came_and_who_left)
{
    check_events(start_worked("server", NULL));
}

/* --- one for each client: what server_fork and server_thread share ---------
 */

static void
check_nobody_waits(struct program *server)
{
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);
    struct peer *third = connect_client(3, server);

    send_text(first, "half");
    expect_echo(second, "second\n");
    expect_echo(third, "third\n");
    expect_echo(second, "second again\n");
    send_text(first, " a line\n");
    expect_text(first, "half a line\n");
}

/* A client that does not read what it is sent stops nobody else. */
static void
check_stalled_reader(struct program *server)
{
    struct peer *stalled = connect_with(
        1, server, &(struct connect_options){.receive_space = 4096});
    struct peer *other = connect_client(2, server);
    const char *line = contract_line(4000);
    size_t length = strlen(line), sent = send_until_full(stalled, line);

    expect_echo(other, "meanwhile\n");
    expect_echo(other, "once more\n");
    /* contract_line has one buffer, and nobody else has used it since. */
    for (; sent >= length; sent -= length)
        expect_text(stalled, line);
    send_text(stalled, line + sent);
    expect_text(stalled, line);
}

static void
check_many_clients(struct program *server)
{
    enum { CLIENTS = 40 };
    struct peer *clients[CLIENTS];
    char line[16];
    int before;

    (void)port_of(server);
    before = proc_descriptors(program_pid(server));
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_client(i + 1, server);
    for (int i = CLIENTS - 1; i >= 0; i--) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        send_text(clients[i], line);
    }
    for (int i = 0; i < CLIENTS; i++) {
        (void)snprintf(line, sizeof line, "line %d\n", i);
        expect_text(clients[i], line);
    }
    for (int i = 0; i < CLIENTS; i++)
        leave(clients[i]);
    expect_descriptors(server, before);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 0);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    check_next_client(server);
}

#define ONE_FOR_EACH_CLIENT(server)                                            \
    ECHO_CONTRACT(server, 4096)                                                \
    WORKED(server, nobody_waits_for_half_a_line_of_another)                    \
    {                                                                          \
        check_nobody_waits(start_worked(#server, NULL));                       \
    }                                                                          \
    WORKED(server, a_client_that_does_not_read_stops_nobody)                   \
    {                                                                          \
        check_stalled_reader(start_worked(#server, NULL));                     \
    }                                                                          \
    WORKED(server, forty_clients_at_once_leave_nothing_behind)                 \
    {                                                                          \
        check_many_clients(start_worked(#server, NULL));                       \
    }                                                                          \
    WORKED(server, it_tells_who_came_and_who_left)                             \
    {                                                                          \
        check_events(start_worked(#server, NULL));                             \
    }                                                                          \
    WORKED(server, it_sleeps_in_accept_whoever_is_there)                       \
    {                                                                          \
        struct program *program = start_worked(#server, NULL);                 \
                                                                               \
        expect_echo(connect_client(1, program), "hello\n");                    \
        expect_asleep(program, "accept");                                      \
    }

/* --- server_fork -----------------------------------------------------------
 */

ONE_FOR_EACH_CLIENT(server_fork)

WORKED(server_fork, each_client_has_a_process_and_none_is_left_of_it)
{
    struct program *server = start_worked("server_fork", NULL);
    struct peer *clients[3];

    for (int i = 0; i < 3; i++) {
        clients[i] = connect_client(i + 1, server);
        expect_echo(clients[i], "hello\n");
        expect_processes(server, i + 2);
    }
    leave(clients[1]);
    expect_processes(server, 3);
    leave_rudely(clients[0]);
    leave(clients[2]);
    expect_processes(server, 1);
    expect_echo(connect_client(1, server), "the next client\n");
}

/* The server gives each connection to a child and keeps no descriptor of it:
 * with 5, the last one is free for one client after the other. */
WORKED(server_fork, it_needs_one_descriptor_for_any_number_of_clients)
{
    struct program *server = start_worked(
        "server_fork", &(struct program_options){.descriptor_limit = 5});
    struct peer *clients[4];

    for (int i = 0; i < 4; i++) {
        clients[i] = connect_client(i + 1, server);
        expect_echo(clients[i], "hello\n");
    }
    expect_descriptors(server, 4);
}

static void
check_children_end(int signal_number)
{
    struct program *server = start_worked("server_fork", NULL);
    struct peer *silent = connect_client(1, server);
    struct peer *speaker = connect_client(2, server);

    expect_echo(speaker, "hello\n");
    expect_processes(server, 3);
    program_signal(server, signal_number);
    expect_end(silent);
    expect_end(speaker);
}

WORKED(server_fork, its_children_end_when_it_is_told_to_end)
{
    check_children_end(SIGTERM);
}

WORKED(server_fork, its_children_end_when_it_is_killed)
{
    check_children_end(SIGKILL);
}

/* --- server_thread ---------------------------------------------------------
 */

ONE_FOR_EACH_CLIENT(server_thread)

WORKED(server_thread, it_is_one_process_however_many_clients_there_are)
{
    struct program *server = start_worked("server_thread", NULL);

    for (int i = 1; i <= 3; i++)
        expect_echo(connect_client(i, server), "hello\n");
    expect_processes(server, 1);
}

/* All threads share one descriptor table. With 6 there is room for one client,
 * as the last one is kept free to send the others home with. */
WORKED(server_thread, a_client_without_room_is_told_so_and_the_others_stay)
{
    struct program *server = start_worked(
        "server_thread", &(struct program_options){.descriptor_limit = 6});
    struct peer *first = connect_client(1, server);

    expect_echo(first, "first\n");
    expect_end(connect_client(2, server));
    expect_said(server, STREAM_ERR, "EMFILE");
    expect_end(connect_client(3, server));
    expect_echo(first, "first again\n");
    expect_asleep(server, "accept");
    leave(first);
    expect_descriptors(server, 4);
    expect_echo(connect_client(4, server), "fourth\n");
    expect_alive(server);
}

/* How many pieces the memory of the program has; a stack is one or two. */
static int
memory_pieces(const struct program *program)
{
    char path[64];
    int lines = 0, letter;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/maps",
                   (int)program_pid(program));
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while ((letter = getc(file)) != EOF)
        lines += letter == '\n';
    (void)fclose(file);
    return lines;
}

WORKED(server_thread, threads_that_end_leave_no_stack_behind)
{
    enum { CLIENTS = 40, ALLOWED = 20 };
    struct program *server = start_worked("server_thread", NULL);
    int before = 0;

    for (int i = 1; i <= CLIENTS; i++) {
        struct peer *client = connect_client(i, server);

        expect_echo(client, "hello\n");
        leave(client);
        expect_descriptors(server, 4);
        if (i == 2)
            before = memory_pieces(server);
    }
    expect_that(memory_pieces(server) < before + ALLOWED,
                "the memory has as many pieces as after two clients");
}

/* --- second_guest_refused --------------------------------------------------
 */

/* Plays the echo server: has a connection with each guest before the first one
 * speaks, then hears one after the other, and tells each of them something. */
static void
receive_guests(struct program *client, int listener, const char *const guests[])
{
    struct peer *connections[8];
    char told[10], line[64], printed[256] = "";
    int count = 0;

    for (; guests[count] != NULL; count++)
        connections[count] = accept_client(listener, client);
    for (int i = 0; i < count; i++) {
        (void)snprintf(line, sizeof line, "%s\n", guests[i]);
        expect_text(connections[i], line);
        (void)strcpy(told + strlen(seeded_text(told, 8)), "\n");
        send_text(connections[i], told);
        (void)snprintf(line, sizeof line, "%s hears %s", guests[i], told);
        (void)strcat(printed, line);
    }
    expect_exit(client, 0);
    expect_printed(client, printed);
}

REPAIR(second_guest_refused, every_guest_gets_in_and_speaks)
{
    int listener = open_host(CASE_PORT);

    receive_guests(start_case("second_guest_refused", NULL), listener,
                   (const char *const[]){"Ann", "Ben", "Cleo", NULL});
}

REPAIR(second_guest_refused, five_get_in_as_well_as_three)
{
    const char *const guests[] = {"Eva", "Max", "Zoe", "Tom", "Kim", NULL};
    int listener = open_host(CASE_PORT);

    receive_guests(start_with("second_guest_refused", guests, NULL), listener,
                   guests);
}

REPAIR(second_guest_refused, without_a_server_it_fails_and_says_so)
{
    struct program *client = start_case("second_guest_refused", NULL);

    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "Ann");
    expect_printed(client, "");
}

SYMPTOM(second_guest_refused, only_the_first_calls_on_port_12345)
{
    const char *const alone[] = {"Ann", NULL};
    struct tap *tap = open_tap();
    int listener = open_host(CASE_PORT);
    struct program *client;
    struct peer *first;

    receive_guests(start_with("second_guest_refused", alone, NULL), listener,
                   alone);
    client = start_case("second_guest_refused", NULL);
    first = accept_client(listener, client);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "connect: Ben: ECONNREFUSED");
    expect_printed(client, "");
    expect_end(first);
    expect_packets(tap, 0, CASE_PORT, TCP_FLAG_SYN | TCP_FLAG_ACK, TCP_FLAG_SYN,
                   0, 2);
    expect_packets(tap, 0, CASE_PORT + 1, TCP_FLAG_SYN | TCP_FLAG_ACK,
                   TCP_FLAG_SYN, 0, 1);
    expect_packets(tap, CASE_PORT + 1, 0, TCP_FLAG_RST, TCP_FLAG_RST, 0, 1);
}

/* --- unasked_answer --------------------------------------------------------
 */

/* Lets `player` say so many words, and writes what the answer should be. */
static const char *
say_words(struct peer *player, int words)
{
    static char answer[32];
    char line[256] = "", word[8];

    for (int i = 0; i < words; i++) {
        (void)strcat(line, seeded_text(word, (size_t)seeded_number(1, 6)));
        (void)strcat(line, i + 1 < words ? " " : "\n");
    }
    send_text(player, line);
    (void)snprintf(answer, sizeof answer, "words: %d\n", words);
    return answer;
}

REPAIR(unasked_answer, each_player_is_told_the_words_of_its_own_line)
{
    struct program *server = start_case("unasked_answer", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    for (int i = 0; i < 3; i++) {
        expect_text(first, say_words(first, seeded_number(1, 6)));
        expect_text(second, say_words(second, seeded_number(7, 12)));
    }
}

REPAIR(unasked_answer, nobody_hears_what_the_other_one_is_told)
{
    struct program *server = start_case("unasked_answer", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_text(first, say_words(first, 3));
    expect_silence(second);
    expect_text(second, say_words(second, 2));
    expect_silence(first);
}

REPAIR(unasked_answer, when_one_leaves_the_next_two_may_play)
{
    struct program *server = start_case("unasked_answer", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_text(first, say_words(first, 4));
    leave(second);
    expect_end(first);
    leave(first);
    first = connect_client(3, server);
    second = connect_client(1, server);
    expect_text(first, say_words(first, 2));
    expect_text(second, say_words(second, 5));
}

SYMPTOM(unasked_answer, the_second_player_gets_the_answers_of_both)
{
    struct program *server = start_case("unasked_answer", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    for (int i = 0; i < 2; i++) {
        expect_text(second, say_words(first, 3));
        expect_said(server, STREAM_ERR, "player 1 spoke, words: 3\n");
        expect_text(second, say_words(second, 2));
    }
    expect_silence(first);
    leave(first);
    expect_end(second);
}

/* --- delivered_but_lost ----------------------------------------------------
 */

static const char *const messages[] = {"tea\n", "milk\n", "sugar\n"};

/* Plays the server for the next message; no receipt if it is to be lost. */
static void
receive_message(struct program *client, int listener, const char *message,
                bool receipt)
{
    struct peer *connection = accept_client(listener, client);

    expect_text(connection, message);
    if (receipt) {
        send_text(connection, message);
        expect_end(connection);
    }
    leave(connection);
}

REPAIR(delivered_but_lost, three_of_three_are_delivered)
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("delivered_but_lost", NULL);

    for (int i = 0; i < 3; i++)
        receive_message(client, listener, messages[i], true);
    expect_exit(client, 0);
    expect_printed(client, "3 of 3 delivered\n");
}

REPAIR(delivered_but_lost, without_a_server_nothing_is_delivered)
{
    struct program *client = start_case("delivered_but_lost", NULL);

    expect_exit(client, 1);
    expect_printed(client, "0 of 3 delivered\n");
    for (int i = 0; i < 3; i++) {
        char word[8];

        (void)snprintf(word, sizeof word, "%s", messages[i]);
        *strchr(word, '\n') = '\0';
        expect_said(client, STREAM_ERR, word);
    }
}

REPAIR(delivered_but_lost, a_message_without_a_receipt_does_not_count)
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("delivered_but_lost", NULL);

    for (int i = 0; i < 3; i++)
        receive_message(client, listener, messages[i], i != 1);
    expect_exit(client, 1);
    expect_printed(client, "2 of 3 delivered\n");
    expect_said(client, STREAM_ERR, "milk");
    expect_not_said(client, STREAM_ERR, "sugar");
}

SYMPTOM(delivered_but_lost, it_counts_what_the_kernel_has_refused)
{
    struct tap *tap = open_tap();
    struct program *client = start_case("delivered_but_lost", NULL);

    expect_exit(client, 0);
    expect_printed(client, "3 of 3 delivered\n");
    expect_that(*program_output(client, STREAM_ERR, NULL) == '\0',
                "no message says that something went wrong");
    expect_packets(tap, 0, CASE_PORT, TCP_FLAG_SYN | TCP_FLAG_ACK, TCP_FLAG_SYN,
                   0, 3);
    expect_packets(tap, CASE_PORT, 0, TCP_FLAG_RST, TCP_FLAG_RST, 0, 3);
}

SYMPTOM(delivered_but_lost, it_counts_what_got_no_receipt)
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("delivered_but_lost", NULL);

    for (int i = 0; i < 3; i++)
        receive_message(client, listener, messages[i], i == 0);
    expect_exit(client, 0);
    expect_printed(client, "3 of 3 delivered\n");
}

/* --- end_never_comes -------------------------------------------------------
 */

REPAIR(end_never_comes, the_answer_is_followed_by_the_end)
{
    struct program *server = start_case("end_never_comes", NULL);
    struct peer *client = connect_client(1, server);

    send_text(client, "Hello, World!\n");
    expect_text(client, "Uryyb, Jbeyq!\n");
    expect_end(client);
}

REPAIR(end_never_comes, a_silent_client_keeps_nobody_waiting)
{
    struct program *server = start_case("end_never_comes", NULL);
    struct peer *silent = connect_client(1, server);

    for (int i = 2; i <= 3; i++) {
        struct peer *client = connect_client(i, server);

        send_text(client, "abc\n");
        expect_text(client, "nop\n");
        expect_end(client);
    }
    send_text(silent, "xyz\n");
    expect_text(silent, "klm\n");
    expect_end(silent);
}

REPAIR(end_never_comes, nothing_is_left_of_clients_that_were_served)
{
    struct program *server = start_case("end_never_comes", NULL);
    int before;

    (void)port_of(server);
    before = proc_descriptors(program_pid(server));
    for (int i = 1; i <= 4; i++) {
        struct peer *client = connect_client(i, server);

        send_text(client, "abc\n");
        expect_text(client, "nop\n");
        leave(client);
    }
    expect_descriptors(server, before);
    expect_processes(server, 1);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
}

SYMPTOM(end_never_comes, the_answer_comes_and_the_connection_stays)
{
    struct program *server = start_case("end_never_comes", NULL);
    struct peer *clients[3];

    for (int i = 0; i < 3; i++) {
        clients[i] = connect_client(i + 1, server);
        send_text(clients[i], "Hello\n");
        expect_text(clients[i], "Uryyb\n");
        expect_processes(server, 1); /* the child has done its work */
        expect_sockets(server, TCP_STATE_ESTABLISHED, i + 1);
    }
    expect_silence(clients[0]);
    leave(clients[0]);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 1);
    expect_descriptors(server, 7);
    expect_asleep(server, "accept");
}

/* --- waits_for_a_stranger --------------------------------------------------
 */

REPAIR(waits_for_a_stranger, a_silent_client_keeps_nobody_waiting)
{
    struct program *server = start_case("waits_for_a_stranger", NULL);
    struct peer *silent = connect_client(1, server);
    struct peer *giver = connect_client(2, server);
    struct peer *other = connect_client(3, server);

    send_text(giver, "5\n");
    expect_text(giver, "5 so far\n");
    send_text(silent, "half an amo");
    send_text(other, "7\n");
    expect_text(other, "12 so far\n");
    send_text(giver, "-2\n");
    expect_text(giver, "10 so far\n");
}

REPAIR(waits_for_a_stranger, the_amounts_of_all_clients_are_added_up)
{
    struct program *server = start_case("waits_for_a_stranger", NULL);
    struct peer *givers[3];
    int sum = 0;

    for (int i = 0; i < 3; i++)
        givers[i] = connect_client(i + 1, server);
    for (int i = 0; i < 9; i++) {
        int amount = seeded_number(1, 100);
        char line[32];

        sum += amount;
        (void)snprintf(line, sizeof line, "%d\n", amount);
        send_text(givers[i % 3], line);
        (void)snprintf(line, sizeof line, "%d so far\n", sum);
        expect_text(givers[i % 3], line);
    }
}

REPAIR(waits_for_a_stranger, those_who_leave_stop_nobody)
{
    struct program *server = start_case("waits_for_a_stranger", NULL);
    struct peer *stays = connect_client(1, server);
    struct peer *leaves = connect_client(2, server);

    send_text(leaves, "3\n");
    expect_text(leaves, "3 so far\n");
    leave(leaves);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 1);
    expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0); /* it has noticed */
    send_text(stays, "4\n");
    expect_text(stays, "7 so far\n");
    leave_rudely(connect_client(3, server));
    send_text(stays, "1\n");
    expect_text(stays, "8 so far\n");
}

SYMPTOM(waits_for_a_stranger, the_second_waits_while_the_first_is_silent)
{
    struct program *server = start_case("waits_for_a_stranger", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second;

    expect_silence(first);
    second = connect_client(2, server);
    send_text(second, "5\n");
    expect_silence(second);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    expect_asleep(server, "accept");
    send_text(first, "2\n");
    expect_text(first, "2 so far\n");
    leave(first);
    expect_text(second, "7 so far\n");
    send_text(second, "1\n");
    expect_text(second, "8 so far\n");
}
