/* lab05_cases: what the mended cases of lab 05 must do, and what the broken
 * ones do instead. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* With this, the runtime reports, and lists its tasks at SIGQUIT. */
static const char *const debug[] = {"CORO_DEBUG=1", NULL};
static const struct program_options debugged = {.environment = debug};

/* --- locked_out ----------------------------------------------------------- */

/* Lets the client in, and answers its message. */
static void
receive_guest(int listener, struct program *client)
{
    struct peer *guest = accept_client(listener, client);
    char answer[16];

    expect_text(guest, "hello\n");
    (void)seeded_text(answer, 9);
    (void)strcat(answer, "\n");
    send_text(guest, answer);
    expect_exit(client, 0);
    expect_printed(client, answer);
}

REPAIR(locked_out, it_is_let_in_and_prints_the_answer)
{
    int listener = open_host(CASE_PORT);

    receive_guest(listener, start_case("locked_out", NULL));
}

REPAIR(locked_out, it_knocks_until_somebody_opens)
{
    struct program *client = start_case("locked_out", NULL);

    expect_said(client, STREAM_ERR, "127.0.0.1:12345: ECONNREFUSED");
    receive_guest(open_host(CASE_PORT), client);
}

REPAIR(locked_out, it_gives_up_where_nobody_opens)
{
    struct program *client = start_case("locked_out", NULL);

    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "127.0.0.1:12345: ECONNREFUSED");
    expect_printed(client, "");
}

SYMPTOM(locked_out, it_knocks_next_door)
{
    enum { NEXT_DOOR = 3039 };
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("locked_out", NULL);

    expect_no_connection(listener, client);
    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "127.0.0.1:12345: ECONNREFUSED");
    listener = open_host(NEXT_DOOR);
    receive_guest(listener, start_case("locked_out", NULL));
}

/* --- falls_silent --------------------------------------------------------- */

static const char which_room[] = "which room, please?\n";

/* Asks for a room, and gets the place of its key. */
static void
expect_key(struct peer *guest, int room)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%d\n", room);
    send_text(guest, text);
    (void)snprintf(text, sizeof text, "room %d: row %d, hook %d\n", room,
                   room / 12 + 1, room % 12 + 1);
    expect_text(guest, text);
}

REPAIR(falls_silent, strange_questions_cost_no_clerk)
{
    static const char *const strange[] = {"twelve\n", "0\n", "-3\n", "\n",
                                          "12 and 13\n"};
    struct program *server = start_case("falls_silent", NULL);
    struct peer *guest = connect_client(1, server);

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        send_text(guest, strange[i]);
        expect_text(guest, which_room);
        expect_key(guest, seeded_number(1, 999));
    }
    expect_key(connect_client(2, server), 12);
    expect_asleep(server, "epoll_wait");
}

REPAIR(falls_silent, many_guests_share_the_two_clerks)
{
    enum { GUESTS = 10 };
    struct program *server = start_case("falls_silent", NULL);
    struct peer *guests[GUESTS];

    for (int i = 0; i < GUESTS; i++) {
        guests[i] = connect_client(i + 1, server);
        send_text(guests[i], i % 2 == 0 ? "what?\n" : "24\n");
    }
    for (int i = 0; i < GUESTS; i++)
        expect_text(guests[i],
                    i % 2 == 0 ? which_room : "room 24: row 3, hook 1\n");
    leave_rudely(guests[0]);
    leave(guests[1]);
    expect_sockets(server, TCP_STATE_ESTABLISHED, GUESTS - 2);
    expect_key(guests[2], 7);
}

/* Ten rounds of two, each of which takes a clerk 20 ms. */
REPAIR(falls_silent, there_are_two_clerks_and_no_more)
{
    enum { GUESTS = 20, ALL_MS = 200 };
    struct program *server = start_case("falls_silent", NULL);
    struct peer *guests[GUESTS];
    int64_t start_ns;

    for (int i = 0; i < GUESTS; i++) {
        guests[i] = connect_client(i + 1, server);
        send_text(guests[i], "no room\n");
        expect_text(guests[i], which_room);
    }
    program_freeze(server);
    for (int i = 0; i < GUESTS; i++)
        send_text(guests[i], "12\n");
    start_ns = now_ns();
    program_thaw(server);
    for (int i = 0; i < GUESTS; i++)
        expect_text(guests[i], "room 12: row 2, hook 1\n");
    expect_that(elapsed_ms(start_ns) >= ALL_MS,
                "20 questions keep 2 clerks busy for 10 x 20 ms");
}

SYMPTOM(falls_silent, two_strange_questions_and_nobody_is_answered)
{
    struct program *server = start_case("falls_silent", &debugged);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    expect_key(first, 12);
    send_text(first, "twelve\n");
    expect_text(first, which_room);
    expect_key(first, 13);
    send_text(second, "0\n");
    expect_text(second, which_room);
    send_text(first, "12\n");
    expect_silence(first);
    send_text(second, "13\n");
    expect_silence(second);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    expect_asleep(server, "epoll_wait");
    program_signal(server, SIGQUIT);
    expect_said(server, STREAM_ERR, "waits for a permit");
    expect_stops(server, 0);
}

/* --- all_is_well ---------------------------------------------------------- */

/* Starts the client, which has three errands and two hands. */
static struct program *
take_errands(int *listener, struct peer *calls[2],
             const struct program_options *options)
{
    struct program *client;

    *listener = open_host(CASE_PORT);
    client = start_case("all_is_well", options);
    calls[0] = accept_client(*listener, client);
    expect_text(calls[0], "tea\n");
    calls[1] = accept_client(*listener, client);
    expect_text(calls[1], "coffee\n");
    return client;
}

/* Takes the third errand and gives its receipt. */
static void
take_the_third(int listener, struct program *client)
{
    struct peer *call = accept_client(listener, client);

    expect_text(call, "milk\n");
    send_text(call, "milk\n");
}

REPAIR(all_is_well, all_receipts_are_printed)
{
    struct peer *calls[2];
    int listener;
    struct program *client = take_errands(&listener, calls, NULL);

    send_text(calls[0], "tea\n");
    take_the_third(listener, client);
    send_text(calls[1], "coffee\n");
    expect_exit(client, 0);
    expect_said(client, STREAM_OUT, "tea\n");
    expect_said(client, STREAM_OUT, "coffee\n");
    expect_said(client, STREAM_OUT, "milk\n");
    expect_said(client, STREAM_OUT, "\nall done\n");
}

/* The errand `lost` gets no receipt; the client must say so at its end, and
 * deliver the others. */
static void
check_lost_errand(int lost)
{
    static const char *const goods[] = {"tea\n", "coffee\n"};
    struct peer *calls[2];
    int listener;
    struct program *client = take_errands(&listener, calls, NULL);
    size_t n;

    leave(calls[lost]);
    take_the_third(listener, client);
    send_text(calls[1 - lost], goods[1 - lost]);
    expect_exit(client, 1);
    expect_said(client, STREAM_OUT, goods[1 - lost]);
    expect_said(client, STREAM_OUT, "milk\n");
    expect_not_said(client, STREAM_OUT, "all done");
    (void)program_output(client, STREAM_ERR, &n);
    expect_that(n > 0, "something is said on stderr");
}

REPAIR(all_is_well, the_first_errand_that_fails_is_told_of)
{
    check_lost_errand(0);
}

REPAIR(all_is_well, the_second_errand_that_fails_is_told_of)
{
    check_lost_errand(1);
}

REPAIR(all_is_well, nobody_there_is_told_of)
{
    struct program *client = start_case("all_is_well", NULL);

    expect_exit(client, 1);
    expect_said(client, STREAM_ERR, "ECONNREFUSED");
    expect_printed(client, "");
}

SYMPTOM(all_is_well, an_errand_fails_and_it_reports_success)
{
    struct peer *calls[2];
    int listener;
    struct program *client = take_errands(&listener, calls, NULL);
    size_t n;

    leave(calls[1]);
    take_the_third(listener, client);
    send_text(calls[0], "tea\n");
    expect_exit(client, 0);
    expect_said(client, STREAM_OUT, "tea\n");
    expect_said(client, STREAM_OUT, "milk\n");
    expect_said(client, STREAM_OUT, "all done\n");
    (void)program_output(client, STREAM_ERR, &n);
    expect_that(n == 0, "nothing is said on stderr");
}

SYMPTOM(all_is_well, the_debug_mode_knows_which_errand_failed)
{
    struct peer *calls[2];
    int listener;
    struct program *client = take_errands(&listener, calls, &debugged);

    leave(calls[1]);
    take_the_third(listener, client);
    expect_said(client, STREAM_ERR, "lost: task coffee ended CORO_EOF");
}

/* --- one_egg_at_a_time ---------------------------------------------------- */

static const char an_hour[] = "3600000\n";

REPAIR(one_egg_at_a_time, an_egg_of_an_hour_stops_nobody)
{
    struct program *server = start_case("one_egg_at_a_time", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    send_text(first, an_hour);
    expect_sockets(server, TCP_STATE_ESTABLISHED, 2);
    expect_asleep(server, "epoll_wait");
    for (int i = 0; i < 3; i++) {
        send_text(second, "10\n0\n");
        expect_text(second, "ding\nding\n");
    }
    send_text(connect_client(3, server), an_hour);
    send_text(second, "5\n");
    expect_text(second, "ding\n");
    expect_silence(first);
    expect_stops(server, 0);
}

REPAIR(one_egg_at_a_time, no_egg_comes_out_early)
{
    struct program *server = start_case("one_egg_at_a_time", NULL);
    struct peer *client = connect_client(1, server);

    for (int ms = 0; ms <= 200; ms += 100) {
        int64_t start_ns = now_ns();
        char line[16];

        (void)snprintf(line, sizeof line, "%d\n", ms);
        send_text(client, line);
        expect_text(client, "ding\n");
        expect_that(elapsed_ms(start_ns) >= ms,
                    "an egg boils as long as it shall");
    }
}

SYMPTOM(one_egg_at_a_time, while_it_boils_the_whole_program_sleeps)
{
    struct program *server = start_case("one_egg_at_a_time", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    send_text(second, "1\n");
    expect_text(second, "ding\n");
    send_text(first, "1\n");
    expect_text(first, "ding\n");
    send_text(first, an_hour);
    expect_asleep(server, "nanosleep");
    send_text(second, "1\n");
    expect_silence(second);
    expect_asleep(server, "nanosleep");
}

SYMPTOM(one_egg_at_a_time, the_debug_mode_knows_who_holds_the_others_up)
{
    struct program *server = start_case("one_egg_at_a_time", &debugged);
    struct peer *client = connect_client(1, server);

    send_text(client, "200\n");
    expect_text(client, "ding\n");
    expect_said(server, STREAM_ERR, "slow: task client 127.0.0.11:");
}

/* --- gets_heavy ----------------------------------------------------------- */

enum {
    BUSY_MOST = 100,      /* times that so many rows are found to be work */
    WINDOW = 4096,        /* bytes that the kernel of the idle guest takes */
    LITTLE_KIB = 1024,    /* what a guest may cost the server */
    MUCH_KIB = 10 * 1024, /* of a table of 20 MB, less what kernels hold */
    ROWS_MOST = 1000000,
    ROWS = 100000, /* their 1.7 MB are more than a private network holds */
};

/* A guest that asks for a table of so many rows and reads nothing of it. */
static struct peer *
idle_guest(struct program *server, int rows)
{
    const struct connect_options small = {.port = CASE_PORT,
                                          .receive_space = WINDOW};
    struct peer *guest;
    char text[16];

    (void)snprintf(text, sizeof text, "%d\n", rows);
    expect_asleep(server, "epoll_wait");
    guest = connect_with(1, server, &small);
    send_text(guest, text);
    /* To write the whole table would be work: it may be busy for a while. */
    for (int i = 0; i < BUSY_MOST; i++)
        if (program_settle(server, patience_ms(GOOD_MS)) != SETTLED_BUSY)
            break;
    expect_asleep(server, "epoll_wait");
    return guest;
}

REPAIR(gets_heavy, a_guest_that_reads_nothing_costs_little)
{
    struct program *server = start_case("gets_heavy", NULL);
    long before;

    expect_asleep(server, "epoll_wait");
    before = proc_resident_kib(program_pid(server));
    (void)idle_guest(server, ROWS_MOST);
    expect_that(proc_resident_kib(program_pid(server)) - before < LITTLE_KIB,
                "the server's memory grows by less than 1 MiB");
    send_text(connect_client(2, server), "1000000\n");
    expect_alive(server);
}

static size_t
digits(long number)
{
    size_t count = 1;

    while ((number /= 10) > 0)
        count++;
    return count;
}

REPAIR(gets_heavy, the_table_is_whole)
{
    struct program *server = start_case("gets_heavy", NULL);
    struct peer *guest = connect_client(2, server);
    size_t bytes = 0;

    send_text(guest, "3\n");
    expect_text(guest, "1 1\n2 4\n3 9\n");
    send_text(guest, "0\n2\n");
    expect_text(guest, "1 1\n2 4\n");
    expect_silence(guest);
    guest = idle_guest(server, ROWS);
    half_close(guest);
    for (long i = 1; i <= ROWS; i++)
        bytes += digits(i) + strlen(" ") + digits(i * i) + strlen("\n");
    expect_that(read_to_the_end(guest) == bytes,
                "a table of 100,000 rows has all its bytes");
}

SYMPTOM(gets_heavy, the_server_keeps_what_the_guest_does_not_read)
{
    struct program *server = start_case("gets_heavy", &debugged);
    struct peer *other = connect_client(2, server);
    long before;

    send_text(other, "2\n");
    expect_text(other, "1 1\n2 4\n");
    expect_asleep(server, "epoll_wait");
    before = proc_resident_kib(program_pid(server));
    (void)idle_guest(server, ROWS_MOST);
    expect_that(proc_resident_kib(program_pid(server)) - before > MUCH_KIB,
                "the server's memory grows by more than 10 MiB");
    program_signal(server, SIGQUIT);
    expect_said(server, STREAM_ERR, "waits for a line");
    expect_not_said(server, STREAM_ERR, "waits for room to write");
    send_text(other, "1\n");
    expect_text(other, "1 1\n");
}

/* --- gone_at_once --------------------------------------------------------- */

REPAIR(gone_at_once, it_counts_primes)
{
    static const char *const asked[] = {"100\n", "1\n",      "500000\n",
                                        "10\n",  "500001\n", "-5\n"};
    static const char *const answers[] = {"25 primes\n",    "0 primes\n",
                                          "41538 primes\n", "4 primes\n",
                                          "too large\n",    "0 primes\n"};
    struct program *server = start_case("gone_at_once", NULL);
    struct peer *guest = connect_client(1, server);

    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        send_text(guest, asked[i]);
        expect_text(guest, answers[i]);
    }
    expect_stops(server, 0);
}

REPAIR(gone_at_once, many_guests_at_once_get_each_its_own_count)
{
    enum { GUESTS = 8 };
    struct program *server = start_case("gone_at_once", NULL);
    struct peer *guests[GUESTS];

    for (int i = 0; i < GUESTS; i++)
        guests[i] = connect_client(i + 1, server);
    program_freeze(server);
    for (int i = 0; i < GUESTS; i++)
        send_text(guests[i], i % 2 == 0 ? "1000\n30\n" : "100000\n7\n");
    program_thaw(server);
    for (int i = 0; i < GUESTS; i++)
        expect_text(guests[i], i % 2 == 0 ? "168 primes\n10 primes\n"
                                          : "9592 primes\n4 primes\n");
}

SYMPTOM(gone_at_once, the_first_number_ends_it)
{
    struct program *server = start_case("gone_at_once", NULL);
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);

    send_text(first, "500001\n");
    expect_text(first, "too large\n");
    expect_silence(second);
    send_text(second, "2\n");
    expect_killed_by(server, SIGSEGV);
    expect_said(server, STREAM_ERR, "overflow: task client 127.0.0.12:");
}

/* --- three_times_the_same ------------------------------------------------- */

/* Takes the client's calls, in the order in which they come. */
static struct program *
take_interview(struct peer *calls[3])
{
    int listener = open_host(CASE_PORT);
    struct program *client = start_case("three_times_the_same", NULL);

    for (int i = 0; i < 3; i++)
        calls[i] = accept_client(listener, client);
    return client;
}

REPAIR(three_times_the_same, each_question_is_asked_once)
{
    struct peer *calls[3];
    struct program *client = take_interview(calls);

    expect_text(calls[0], "who\n");
    expect_text(calls[1], "what\n");
    expect_text(calls[2], "when\n");
    for (int i = 0; i < 3; i++)
        send_text(calls[i], i == 0 ? "me\n" : i == 1 ? "this\n" : "now\n");
    expect_exit(client, 0);
    expect_said(client, STREAM_OUT, "who? me\n");
    expect_said(client, STREAM_OUT, "what? this\n");
    expect_said(client, STREAM_OUT, "when? now\n");
}

REPAIR(three_times_the_same, the_answers_may_come_in_any_order)
{
    struct peer *calls[3];
    struct program *client = take_interview(calls);

    expect_text(calls[2], "when\n");
    send_text(calls[2], "now\n");
    expect_end(calls[2]);
    expect_text(calls[0], "who\n");
    send_text(calls[0], "me\n");
    expect_end(calls[0]);
    expect_text(calls[1], "what\n");
    send_text(calls[1], "this\n");
    expect_exit(client, 0);
    expect_printed(client, "when? now\nwho? me\nwhat? this\n");
}

SYMPTOM(three_times_the_same, the_last_question_is_asked_three_times)
{
    struct peer *calls[3];
    struct program *client = take_interview(calls);

    for (int i = 0; i < 3; i++) {
        expect_text(calls[i], "when\n");
        send_text(calls[i], "now\n");
    }
    expect_exit(client, 0);
    expect_printed(client, "when? now\nwhen? now\nwhen? now\n");
}
