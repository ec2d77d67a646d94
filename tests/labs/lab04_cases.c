/* lab04_cases: what the mended cases of lab 04 must do, and what the broken
 * ones do instead. */
#include <stdio.h>
#include <string.h>

#include "check.h"

static const char announcement[] = "listening on 127.0.0.1:12345\n";

/* --- not_at_home ---------------------------------------------------------- */

/* What each of the guests says, all the others hear, and not itself. */
static void
expect_party(struct program *server, struct peer *guests[], int count)
{
    char line[16];

    expect_sockets(server, TCP_STATE_ESTABLISHED, count);
    for (int speaker = 0; speaker < count; speaker++) {
        (void)seeded_text(line, 9);
        (void)strcat(line, "\n");
        send_text(guests[speaker], line);
        for (int i = 0; i < count; i++)
            if (i != speaker)
                expect_text(guests[i], line);
    }
    expect_silence(guests[0]);
}

REPAIR(not_at_home, guests_meet_where_it_says_that_it_listens)
{
    struct program *server = start_case("not_at_home", NULL);
    struct peer *guests[2];

    expect_said(server, STREAM_OUT, announcement);
    for (int i = 0; i < 2; i++)
        guests[i] = connect_client(i + 1, server);
    expect_party(server, guests, 2);
    expect_listening_on(server, CASE_PORT);
}

REPAIR(not_at_home, guests_come_and_go)
{
    struct program *server = start_case("not_at_home", NULL);
    struct peer *guests[4];

    expect_listening_on(server, CASE_PORT);
    for (int i = 0; i < 4; i++)
        guests[i] = connect_client(i + 1, server);
    expect_party(server, guests, 4);
    leave(guests[3]);
    expect_party(server, guests, 3);
    leave_rudely(guests[2]);
    guests[2] = connect_client(5, server);
    expect_party(server, guests, 3);
}

REPAIR(not_at_home, it_is_there_again_after_each_start)
{
    for (int i = 0; i < 2; i++) {
        struct program *server = start_case("not_at_home", NULL);

        expect_listening_on(server, CASE_PORT);
        expect_stops(server, 0);
    }
}

SYMPTOM(not_at_home, it_is_never_where_it_says_nor_twice_in_one_place)
{
    struct program *first = start_case("not_at_home", NULL);
    struct program *second = start_case("not_at_home", NULL);
    const struct connect_options there = {.port = port_of(second)};
    struct peer *guests[2];

    expect_said(first, STREAM_OUT, announcement);
    expect_said(second, STREAM_OUT, announcement);
    expect_refused(CASE_PORT);
    expect_that(port_of(first) != there.port,
                "the second one listens on another port than the first");
    for (int i = 0; i < 2; i++)
        guests[i] = connect_with(i + 1, second, &there);
    expect_party(second, guests, 2);
}

/* --- no_sum --------------------------------------------------------------- */

REPAIR(no_sum, each_price_is_added_to_the_sum)
{
    struct program *server = start_case("no_sum", NULL);
    struct peer *customer = connect_client(1, server);
    int a = seeded_number(100, 999), b = seeded_number(1, 99);
    char text[64];

    (void)snprintf(text, sizeof text, "%d\n", a);
    send_text(customer, text);
    (void)snprintf(text, sizeof text, "sum: %d\n", a);
    expect_text(customer, text);
    (void)snprintf(text, sizeof text, "%d\n1000\n", b);
    send_text(customer, text);
    (void)snprintf(text, sizeof text, "sum: %d\nsum: %d\n", a + b,
                   a + b + 1000);
    expect_text(customer, text);
    expect_silence(customer);
}

REPAIR(no_sum, each_customer_has_a_sum_of_its_own)
{
    struct program *server = start_case("no_sum", NULL);
    struct peer *customers[3];

    for (int i = 0; i < 3; i++)
        customers[i] = connect_client(i + 1, server);
    send_text(customers[2], "3");
    send_text(customers[1], "200\n");
    expect_text(customers[1], "sum: 200\n");
    send_text(customers[0], "50\n");
    expect_text(customers[0], "sum: 50\n");
    expect_silence(customers[2]);
    send_text(customers[2], "0\n");
    expect_text(customers[2], "sum: 30\n");
    leave(customers[1]);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    customers[1] = connect_client(4, server);
    send_text(customers[1], "7\n");
    expect_text(customers[1], "sum: 7\n");
    expect_asleep(server, "select");
}

SYMPTOM(no_sum, a_customer_is_let_in_and_never_read)
{
    struct program *server = start_case("no_sum", NULL);
    struct tcp_row rows[2];

    for (int i = 1; i <= 2; i++) {
        struct peer *customer = connect_client(i, server);

        send_text(customer, "25\n");
        expect_silence(customer);
        expect_sockets(server, TCP_STATE_ESTABLISHED, i);
    }
    expect_said(server, STREAM_ERR, "came\n");
    expect_asleep(server, "select");
    expect_that(program_sockets(server, TCP_STATE_ESTABLISHED, rows, 2) == 2 &&
                    rows[0].unread == 3 && rows[1].unread == 3,
                "3 bytes of each customer wait in Recv-Q");
    expect_stops(server, 0);
}

/* --- one_of_two ----------------------------------------------------------- */

/* Starts the client and takes its two calls, with the two questions. */
static struct program *
take_both_calls(struct peer *calls[2])
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("one_of_two", NULL);

    calls[0] = accept_client(listener, client);
    expect_text(calls[0], "tea\n");
    calls[1] = accept_client(listener, client);
    expect_text(calls[1], "coffee\n");
    return client;
}

REPAIR(one_of_two, both_answers_are_printed)
{
    struct peer *calls[2];
    struct program *client = take_both_calls(calls);

    send_text(calls[0], "two cups\n");
    expect_said(client, STREAM_OUT, "two cups\n");
    send_text(calls[1], "three cups\n");
    expect_exit(client, 0);
    expect_printed(client, "two cups\nthree cups\n");
}

REPAIR(one_of_two, the_second_answer_may_be_the_first_to_come)
{
    struct peer *calls[2];
    struct program *client = take_both_calls(calls);

    send_text(calls[1], "three ");
    expect_said(client, STREAM_OUT, "three ");
    send_text(calls[1], "cups\n");
    expect_said(client, STREAM_OUT, "three cups\n");
    expect_asleep(client, NULL);
    send_text(calls[0], "two cups\n");
    expect_exit(client, 0);
    expect_printed(client, "three cups\ntwo cups\n");
}

REPAIR(one_of_two, two_answers_at_the_same_time_are_both_printed)
{
    struct peer *calls[2];
    struct program *client = take_both_calls(calls);

    program_freeze(client);
    send_text(calls[0], "two cups\n");
    send_text(calls[1], "three cups\n");
    program_thaw(client);
    expect_exit(client, 0);
    expect_said(client, STREAM_OUT, "two cups\n");
    expect_said(client, STREAM_OUT, "three cups\n");
}

SYMPTOM(one_of_two, the_second_answer_is_there_and_not_read)
{
    struct peer *calls[2];
    struct program *client = take_both_calls(calls);
    struct tcp_row rows[2];
    unsigned long unread = 0;

    send_text(calls[1], "three cups\n");
    expect_silence(calls[1]);
    send_text(calls[0], "two cups\n");
    expect_said(client, STREAM_OUT, "two cups\n");
    expect_asleep(client, "select");
    expect_not_said(client, STREAM_OUT, "three");
    for (int i = program_sockets(client, TCP_STATE_ESTABLISHED, rows, 2); i > 0;
         i--)
        unread += rows[i - 1].unread;
    expect_that(unread == strlen("three cups\n"),
                "the whole second answer waits in Recv-Q");
}

/* --- first_takes_all ------------------------------------------------------ */

/* One vote, and the number of votes that is the answer. */
static void
vote(struct peer *voter, int votes)
{
    char answer[32];

    send_text(voter, "yes\n");
    (void)snprintf(answer, sizeof answer, "votes: %d\n", votes);
    expect_text(voter, answer);
}

REPAIR(first_takes_all, whoever_comes_later_is_heard_too)
{
    struct program *server = start_case("first_takes_all", NULL);
    struct peer *voters[3];

    for (int i = 0; i < 3; i++) {
        voters[i] = connect_client(i + 1, server);
        vote(voters[i], i + 1);
    }
    vote(voters[0], 4);
    vote(voters[2], 5);
    vote(voters[1], 6);
    leave(voters[0]);
    vote(voters[1], 7);
    vote(connect_client(4, server), 8);
}

REPAIR(first_takes_all, whoever_was_silent_is_heard_too)
{
    struct program *server = start_case("first_takes_all", NULL);
    struct peer *voters[4];

    for (int i = 0; i < 4; i++)
        voters[i] = connect_client(i + 1, server);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 4);
    expect_asleep(server, "select");
    for (int i = 3; i >= 0; i--)
        vote(voters[i], 4 - i);
    send_text(voters[1], "yes\nno\n");
    expect_text(voters[1], "votes: 5\nvotes: 6\n");
}

SYMPTOM(first_takes_all, after_the_first_vote_only_that_voter_is_heard)
{
    struct program *server = start_case("first_takes_all", NULL);
    struct peer *first = connect_client(1, server), *second;

    vote(first, 1);
    second = connect_client(2, server);
    send_text(second, "yes\n");
    expect_silence(second);
    vote(first, 2);
    expect_silence(second);
    expect_asleep(server, "select");
    expect_sockets(server, TCP_STATE_ESTABLISHED, 1);
}

/* --- foreign_words -------------------------------------------------------- */

REPAIR(foreign_words, half_lines_of_two_visitors_stay_apart)
{
    struct program *server = start_case("foreign_words", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    send_text(first, "abc");
    expect_silence(first);
    send_text(second, "xyz\n");
    expect_text(second, "zyx\n");
    send_text(second, "12");
    expect_silence(second);
    send_text(first, "def\n");
    expect_text(first, "fedcba\n");
    send_text(second, "34\n");
    expect_text(second, "4321\n");
}

REPAIR(foreign_words, a_visitor_that_leaves_takes_its_words_along)
{
    struct program *server = start_case("foreign_words", NULL);
    struct peer *visitor;

    for (int i = 1; i <= 4; i++) {
        visitor = connect_client(i, server);
        send_text(visitor, "ab\nlevel\n\nhalf");
        expect_text(visitor, "ba\nlevel\n\n");
        expect_silence(visitor);
        if (i % 2 == 0)
            leave(visitor);
        else
            leave_rudely(visitor);
        expect_sockets(server, TCP_STATE_ESTABLISHED, 0);
        expect_sockets(server, TCP_STATE_CLOSE_WAIT, 0);
    }
}

SYMPTOM(foreign_words, half_a_line_goes_to_the_next_who_ends_one)
{
    struct program *server = start_case("foreign_words", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    send_text(second, "xyz\n");
    expect_text(second, "zyx\n");
    send_text(first, "abc");
    expect_silence(first);
    send_text(second, "xyz\n");
    expect_text(second, "zyxcba\n");
    send_text(first, "def\n");
    expect_text(first, "fed\n");
}

/* --- runs_hot ------------------------------------------------------------- */

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz\n";

/* What a guest that has just come gets. */
static void
expect_alphabets(struct peer *guest, int count)
{
    for (int i = 0; i < count; i++)
        expect_text(guest, alphabet);
}

REPAIR(runs_hot, it_rests_once_its_guest_has_left)
{
    struct program *server = start_case("runs_hot", NULL);
    int before;

    expect_asleep(server, "select");
    before = proc_descriptors(program_pid(server));
    for (int i = 1; i <= 2; i++) {
        struct peer *guest = connect_client(i, server);

        expect_alphabets(guest, 100);
        if (i == 1)
            leave_rudely(guest);
        else
            leave(guest);
        expect_descriptors(server, before);
        expect_asleep(server, "select");
    }
}

REPAIR(runs_hot, it_says_why_a_guest_gets_no_more)
{
    struct program *server = start_case("runs_hot", NULL);
    struct peer *guest = connect_client(1, server);
    size_t n;

    expect_alphabets(guest, 3);
    (void)program_output(server, STREAM_ERR, &n);
    expect_that(n == 0, "nothing is said on stderr as long as all is well");
    leave_rudely(guest);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 0);
    expect_asleep(server, "select");
    (void)program_output(server, STREAM_ERR, &n);
    expect_that(n > 0, "something is said on stderr when the guest has left");
    expect_that(n < 1000, "and it is short enough to be read");
}

REPAIR(runs_hot, guests_that_stall_or_leave_disturb_nobody)
{
    struct program *server = start_case("runs_hot", NULL);
    struct peer *stalled = connect_client(1, server);
    struct peer *leaver = connect_client(2, server);
    struct peer *stays = connect_client(3, server);

    expect_alphabets(leaver, 10);
    leave_rudely(leaver);
    expect_alphabets(stays, 1000);
    expect_alphabets(connect_client(4, server), 10);
    expect_alphabets(stalled, 1000);
}

REPAIR(runs_hot, a_send_that_fails_only_for_now_is_no_end)
{
    struct program *server =
        start_case("runs_hot", &(struct program_options){.interrupt_every = 5});
    struct peer *guests[2];

    tell("one in five calls that may wait is interrupted: EINTR");
    for (int i = 0; i < 2; i++)
        guests[i] = connect_client(i + 1, server);
    expect_alphabets(guests[0], 100);
    expect_alphabets(guests[1], 100);
}

SYMPTOM(runs_hot, it_spins_and_keeps_a_guest_that_has_left)
{
    struct program *server = start_case("runs_hot", NULL);
    struct peer *guest;
    int before;
    size_t n;

    expect_asleep(server, "select");
    before = proc_descriptors(program_pid(server));
    guest = connect_client(1, server);
    expect_alphabets(guest, 10);
    leave_rudely(guest);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 0);
    expect_spinning(server);
    expect_descriptors(server, before + 1);
    (void)program_output(server, STREAM_ERR, &n);
    expect_that(n == 0, "nothing is said on stderr");
    expect_alphabets(connect_client(2, server), 10);
}
