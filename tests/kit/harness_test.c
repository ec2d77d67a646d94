/* harness_test: checks of the harness itself.
 *
 *     worked_holds   must pass: what the harness promises
 *     worked_fails   must fail, each as harness_verdicts.txt says
 *     worked_dies    the same, for checks whose own process goes wrong
 *     the others     are run and looked at from outside by harness.sh
 *
 * The programs to be judged are in subjects/; most are one line of `actor`.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "report.h"
#include "verdict.h"

#define HOLDS(sentence) WORKED(holds, sentence)
#define FAILS(sentence) WORKED(fails, sentence)
#define DIES(sentence) WORKED(dies, sentence)

/* An actor that does these actions. */
#define ACT(...) act((const char *const[]){__VA_ARGS__, NULL}, NULL)

enum {
    LINE_SIZE = 128,
    DAEMONS = 50,      /* of brood */
    CROWD = 500,       /* connections at once */
    LONG_BYTES = 600,  /* too many to be shown */
    MUCH = 4000000,    /* bytes, more than the harness keeps */
    SOON_MS = 5000,    /* for something that only a stuck machine delays */
    MANY_FILES = 1100, /* descriptors, more than FD_SETSIZE */
    ASLEEP_MS = 300,   /* so long at rest, and the harness says: it sleeps */
};

static struct program *
act(const char *const actions[], const struct program_options *options)
{
    return start_with("actor", actions, options);
}

static struct program *
start_plain(const char *name)
{
    return start_with(name, (const char *const[]){NULL}, NULL);
}

/* The one client of an actor that listens, accepts it and goes on. */
static struct peer *
only_client(struct program *program)
{
    return connect_client(1, program);
}

static int
port_of_socket(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -1;
    return ntohs(address.sin_port);
}

/* A listening socket of ours on a free port, and "connect=PORT" for an actor;
 * static. */
static const char *
action_to_connect(int *listener)
{
    static char action[LINE_SIZE];

    *listener = open_host(0);
    (void)snprintf(action, sizeof action, "connect=%d",
                   port_of_socket(*listener));
    return action;
}

/* --- a program is started, and ended -------------------------------------- */

HOLDS(a_program_inherits_nothing)
{
    static const char *const secrets[] = {
        "environment: LT_", "environment: BXFI_",
        "environment: LD_PRELOAD=", "environment: MAKEFLAGS="};
    struct program *program = start_plain("inventory");

    expect_exit(program, 0);
    expect_said(program, STREAM_OUT,
                "descriptors: 0 1 2\nfirst own: 3\nunusual signals:\n"
                "input: \n");
    expect_said(program, STREAM_OUT, "own group: yes\n");
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        expect_not_said(program, STREAM_OUT, secrets[i]);
    if (geteuid() != 0)
        expect_said(program, STREAM_OUT, "rights: 0\n");
}

HOLDS(a_program_gets_what_the_options_say)
{
    struct program *program;

    (void)setenv("WORD", "inherited", 1);
    (void)setenv("WORDS", "inherited", 1);
    program = start_with(
        "inventory", (const char *const[]){"one two", "", NULL},
        &(struct program_options){
            .input = "typed",
            .environment = (const char *const[]){"WORD=given", NULL}});
    expect_exit(program, 0);
    expect_said(program, STREAM_OUT, "input: typed\n");
    expect_said(program, STREAM_OUT, "argument: one two\nargument: \n");
    expect_said(program, STREAM_OUT, "environment: WORD=given\n");
    expect_not_said(program, STREAM_OUT, "environment: WORD=inherited\n");
    expect_said(program, STREAM_OUT, "environment: WORDS=inherited\n");
}

HOLDS(descriptors_can_be_made_scarce)
{
    struct program *program =
        act((const char *const[]){"listen=0", "accept=9", NULL},
            &(struct program_options){.descriptor_limit = 5});

    (void)connect_client(1, program);
    expect_exit(program, 1);
    expect_said(program, STREAM_ERR,
                "actor: accept: EMFILE (Too many open files)\n");
}

HOLDS(a_launcher_comes_first)
{
    struct program *program;

    (void)setenv("LT_PREFIX", "env LAUNCHED=yes", 1);
    program = start_plain("inventory");
    expect_exit(program, 0);
    expect_said(program, STREAM_OUT, "environment: LAUNCHED=yes\n");
}

HOLDS(behind_a_launcher_that_stays_the_program_is_looked_at)
{
    struct program *program;

    (void)setenv("LT_PREFIX", "timeout --foreground 60", 1);
    program = act((const char *const[]){"listen=0", "accept", NULL}, NULL);
    expect_asleep(program, "accept"); /* timeout waits */
    expect_processes(program, 1);
    program_freeze(program);
    expect_that(proc_state(program_pid(program)) == 'T', "it can be stopped");
    program_thaw(program);
    expect_alive(program);
}

HOLDS(behind_a_launcher_what_is_missing_is_still_missing)
{
    (void)setenv("LT_PREFIX", "timeout --foreground 60", 1);
    expect_that(program_start((const char *const[]){"/nowhere/at/all", NULL},
                              NULL) == NULL,
                "what is not there is not started");
}

HOLDS(a_program_is_found_where_the_kit_was_built)
{
    (void)unsetenv("LT_SUBJECTS");
    expect_that(program_start((const char *const[]){"/nowhere/at/all", NULL},
                              NULL) == NULL,
                "what is not there is not started");
}

/* Ends the program and looks whether anything of it is left. */
static void
expect_nothing_left(struct program *program, int processes)
{
    pid_t pids[PROC_TREE_MOST];
    int port = port_of(program);

    expect_processes(program, processes);
    (void)program_processes(program, pids);
    program_end(program);
    for (int i = 0; i < processes; i++)
        expect_that(proc_state(pids[i]) == 0, "the process is gone");
    expect_refused(port);
}

HOLDS(a_program_that_ignores_signals_is_ended)
{
    struct program *program = start_worked("stubborn", NULL);

    (void)port_of(program);
    program_signal(program, SIGTERM);
    expect_asleep(program, NULL);
    expect_alive(program);
    expect_nothing_left(program, 1);
}

HOLDS(fifty_daemons_are_ended)
{
    struct program *program = start_worked("brood", NULL);

    (void)port_of(program);
    expect_sockets(program, TCP_STATE_LISTEN, DAEMONS + 1);
    expect_nothing_left(program, DAEMONS + 1);
}

HOLDS(a_process_that_hops_is_caught)
{
    struct program *program = start_worked("hopper", NULL);
    const char *line;

    expect_said(program, STREAM_OUT, "listening on 127.0.0.1:");
    line = program_output(program, STREAM_OUT, NULL);
    program_end(program);
    expect_refused(atoi(strchr(line, ':') + 1));
}

HOLDS(a_frozen_program_is_ended)
{
    struct program *program = ACT("listen=0", "fork=2", "pause");

    (void)port_of(program);
    expect_processes(program, 3);
    program_freeze(program);
    expect_nothing_left(program, 3);
}

HOLDS(a_program_that_is_started_late_is_ended)
{
    struct program *program;

    need_descriptors(2 * MANY_FILES);
    for (int fd = 0; fd < MANY_FILES;)
        fd = dup(STDERR_FILENO);
    program = ACT("listen=0", "pause");
    expect_nothing_left(program, 1);
}

/* --- what a program prints ------------------------------------------------ */

static void
expect_kept(struct program *program, enum output stream, size_t n)
{
    size_t kept;

    (void)program_output(program, stream, &kept);
    tell("%zu bytes were kept", kept);
    expect_that(kept == n, "so much of the output is kept");
}

HOLDS(endless_output_is_drained_and_cut)
{
    struct program *program = start_worked("endless", NULL);
    char line[LINE_SIZE];

    do {
        struct peer *client = connect_client(1, program);

        read_line(client, line, sizeof line);
        leave(client);
    } while (atol(line) < MUCH);
    expect_kept(program, STREAM_OUT, OUTPUT_LIMIT_BYTES);
    expect_kept(program, STREAM_ERR, OUTPUT_LIMIT_BYTES);
    expect_alive(program);
}

/* The process between us and the program: our only child. */
static struct activity
activity_of_keeper(void)
{
    struct activity activity = {0};
    pid_t pids[PROC_TREE_MOST];

    if (proc_tree(getpid(), pids) > 0)
        proc_add_activity(pids[0], &activity);
    return activity;
}

HOLDS(much_output_is_cut_and_its_end_is_noticed)
{
    struct program *program = ACT("flood=3000000", "exit=3");
    int64_t start_ns = now_ns();
    struct activity before, after;

    expect_exit(program, 3);
    expect_kept(program, STREAM_OUT, OUTPUT_LIMIT_BYTES);
    do {
        before = activity_of_keeper();
        pause_ms(20);
        after = activity_of_keeper();
    } while (after.cpu_ns != before.cpu_ns && elapsed_ms(start_ns) < SOON_MS);
    expect_that(after.cpu_ns == before.cpu_ns, "the keeper sleeps");
}

/* On a busy machine the keeper may get its turn long after the program. */
HOLDS(a_program_that_has_ended_is_not_taken_for_asleep)
{
    struct program *program = ACT("listen=0", "accept=1", "recv=9", "exit=3");
    struct peer *peer = connect_client(1, program);
    pid_t pids[PROC_TREE_MOST], keeper = 0, pid = program_pid(program);

    if (proc_children(getpid(), pids) == 1)
        keeper = pids[0];
    expect_that(keeper > 0 && kill(keeper, SIGSTOP) == 0,
                "the keeper is stopped");
    leave(peer);
    if (fork() == 0) {
        while (proc_state(pid) != 'Z')
            pause_ms(1);
        pause_ms(2 * ASLEEP_MS);
        (void)kill(keeper, SIGCONT);
        _exit(0);
    }
    expect_exit(program, 3);
}

HOLDS(what_was_printed_before_a_hang_up_is_there)
{
    struct program *program = ACT("listen=0", "accept=1", "recv=1",
                                  "out=the last words\n", "close", "pause");
    struct peer *peer = connect_client(1, program);
    pid_t pids[PROC_TREE_MOST], keeper = 0;

    if (proc_children(getpid(), pids) == 1)
        keeper = pids[0];
    expect_that(keeper > 0 && kill(keeper, SIGSTOP) == 0,
                "the keeper is stopped");
    send_text(peer, "x");
    expect_end(peer);
    if (fork() == 0) {
        pause_ms(20); /* it may also go on before we ask */
        (void)kill(keeper, SIGCONT);
        _exit(0);
    }
    expect_that(strstr(program_output(program, STREAM_OUT, NULL),
                       "the last words\n") != NULL,
                "the last words are known");
}

HOLDS(an_end_is_noticed_while_a_child_prints_on)
{
    struct program *program = start_plain("heir");
    pid_t pids[PROC_TREE_MOST];

    expect_exit(program, 7);
    expect_processes(program, 1);
    (void)program_processes(program, pids);
    program_end(program);
    expect_that(proc_state(pids[0]) == 0, "the child is gone");
}

HOLDS(bytes_behind_a_zero_byte_are_seen)
{
    struct program *program = start_worked("babbler", NULL);
    unsigned char bytes[256];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    expect_bytes(connect_client(1, program), bytes, sizeof bytes);
    expect_said(program, STREAM_OUT, "ABCDEFGH");
    expect_said(program, STREAM_ERR, "ABCDEFGH");
    expect_kept(program, STREAM_ERR, sizeof bytes);
}

/* --- what is seen from outside -------------------------------------------- */

HOLDS(a_port_is_seen_without_a_connection)
{
    struct program *program = ACT("listen=0", "accept", "say=first", "pause");

    expect_listening_on(program, port_of(program));
    expect_sockets(program, TCP_STATE_LISTEN, 1);
    expect_text(only_client(program), "first");
    expect_not_listening(ACT("pause"));
    expect_not_listening(ACT("exit=0"));
}

static pid_t with_slow_keepers; /* whose keepers rest after each close */

/* In place of the library's. Of us, a keeper, which leads a session, and the
 * program, only the keeper rests. */
int
close(int fd)
{
    long result = syscall(SYS_close, fd);

    if (with_slow_keepers != 0 && with_slow_keepers != getpid() &&
        getsid(0) == getpid())
        pause_ms(300);
    return (int)result;
}

/* Also when the program is there long before its keeper goes on. */
HOLDS(the_number_of_a_program_is_known_at_once)
{
    struct program *program;

    with_slow_keepers = getpid();
    program = ACT("pause");
    expect_that(program_pid(program) > 0, "it has a number");
}

HOLDS(a_program_may_do_much_before_it_listens)
{
    expect_that(port_of(ACT("burn=400", "listen=0", "pause")) != 0,
                "it listens in the end");
}

HOLDS(a_program_may_take_much_memory_before_it_says_anything)
{
    expect_said(ACT("hoard=100", "out=here\n", "pause"), STREAM_OUT, "here");
}

HOLDS(a_port_of_a_descendant_counts)
{
    struct program *program = start_worked("brood", NULL);

    expect_sockets(program, TCP_STATE_LISTEN, DAEMONS + 1);
    expect_that(program_port(program, DAEMONS / 10) != 0,
                "more than one port is known");
}

HOLDS(sockets_and_descriptors_are_counted)
{
    struct program *program = ACT("listen=0", "open=3", "accept=2", "pause");
    struct peer *first = connect_client(1, program);

    (void)connect_client(2, program);
    expect_sockets(program, TCP_STATE_ESTABLISHED, 2);
    expect_descriptors(program, 3 + 1 + 3 + 2);
    leave(first);
    expect_sockets(program, TCP_STATE_CLOSE_WAIT, 1);
    expect_processes(program, 1);
}

HOLDS(one_who_spins_and_one_who_sleeps_are_told_apart)
{
    expect_spinning(ACT("spin"));
    expect_asleep(ACT("pause"), NULL);
}

HOLDS(the_call_that_blocks_is_named)
{
    struct program *program = ACT("listen=0", "accept", "recv=1", "pause");
    struct peer *client;

    expect_asleep(program, "accept");
    client = only_client(program);
    expect_asleep(program, "recv");
    send_text(client, "x");
    expect_asleep(program, "other");
}

HOLDS(ends_are_told_apart)
{
    struct program *server = start_worked("witness", NULL);

    expect_exit(ACT("exit=0"), 0);
    expect_exit(ACT("exit=255"), 255);
    expect_killed_by(ACT("signal=6"), SIGABRT);
    (void)port_of(server);
    expect_stops(server, 0);
    expect_printed(ACT("out=one\n", "err=two\n"), "one\n");
}

HOLDS(a_signal_that_is_expected_is_no_crash)
{
    expect_killed_by(ACT("signal=11"), SIGSEGV);
}

/* It needs more CPU time for the others than one has that answers nobody. */
HOLDS(one_who_is_busy_with_others_is_waited_for)
{
    struct program *program = ACT("listen=0", "accept", "accept", "toil=5",
                                  "swap", "say=hello\n", "pause");
    struct peer *first = connect_client(1, program);
    struct peer *second = connect_client(2, program);

    expect_text(first, "hello\n");
    expect_text(second, "xxxxx");
}

FAILS(expect_text_of_one_who_is_busy_with_others_for_ever)
{
    struct program *program =
        ACT("listen=0", "accept", "accept", "toil=3", "spin");
    struct peer *first = connect_client(1, program);

    (void)connect_client(2, program);
    expect_text(first, "hello\n");
}

/* --- connections ---------------------------------------------------------- */

HOLDS(clients_have_addresses_of_their_own)
{
    struct program *program = ACT("listen=0", "pause");

    for (int number = 1; number <= 3; number++) {
        struct peer *client = connect_client(number, program);
        char address[LINE_SIZE];

        (void)snprintf(address, sizeof address, "127.0.0.%d:", 10 + number);
        expect_that(strncmp(client->address, address, strlen(address)) == 0,
                    "client N has the address 127.0.0.1N");
    }
}

HOLDS(a_client_under_test_meets_its_server)
{
    int listener;
    struct program *program =
        ACT(action_to_connect(&listener), "say=hello", "recv=100", "exit=4");
    struct peer *peer = accept_client(listener, program);

    expect_text(peer, "hello");
    leave(peer);
    expect_exit(program, 4);
    expect_no_connection(listener, program);
    expect_no_connection(listener, ACT("pause"));
}

HOLDS(an_end_and_a_reset_are_told_apart)
{
    expect_end(only_client(ACT("listen=0", "accept", "close", "pause")));
    expect_end(only_client(ACT("listen=0", "accept", "end", "pause")));
    expect_reset(only_client(ACT("listen=0", "accept", "reset", "pause")));
    expect_gone(only_client(ACT("listen=0", "accept", "close")));
    expect_gone(only_client(ACT("listen=0", "accept", "reset")));
}

HOLDS(bytes_before_an_end_are_seen)
{
    struct peer *client =
        only_client(ACT("listen=0", "accept", "say=line\nrest"));
    char line[LINE_SIZE];

    read_line(client, line, sizeof line);
    expect_that(strcmp(line, "line\n") == 0, "the line is read");
    expect_that(read_to_the_end(client) == strlen("rest"),
                "the rest is counted");
}

HOLDS(silence_is_seen_and_nothing_is_lost_by_it)
{
    struct peer *client =
        only_client(ACT("listen=0", "accept", "recv=1", "say=answer", "pause"));

    expect_silence(client);
    send_text(client, "?");
    expect_text(client, "answer");
}

HOLDS(a_program_that_dozes_or_fidgets_is_waited_for)
{
    expect_text(only_client(ACT("listen=0", "accept", "doze=150", "say=late")),
                "late");
    expect_text(
        only_client(ACT("listen=0", "accept", "fidget=500", "say=late")),
        "late");
}

/* --- a difficult peer ----------------------------------------------------- */

HOLDS(one_byte_at_a_time_is_one_packet_each)
{
    struct tap *tap = open_tap();
    struct program *program = start_worked("witness", NULL);
    struct peer *client = only_client(program);

    send_bytewise(client, "hello\n", 6);
    expect_text(client, "hello\n");
    expect_packets(tap, 0, port_of(program), 0, 0, 1, 6);
}

HOLDS(what_tcp_sends_once_more_is_one_packet)
{
    enum { FROM = 4001, TO = 12345 };
    struct packet packets[] = {
        {.flags = TCP_FLAG_ACK, .end = 7, .payload_bytes = 1},
        {.flags = TCP_FLAG_ACK, .end = 8, .payload_bytes = 1},
        {.flags = TCP_FLAG_ACK, .end = 8, .payload_bytes = 1}, /* again */
        {.flags = TCP_FLAG_ACK, .end = 8, .payload_bytes = 2}, /* both again */
        {.flags = TCP_FLAG_ACK, .end = 8},
        {.flags = TCP_FLAG_ACK, .end = 8}, /* both acknowledge */
    };
    struct tap tap = {.fd = -1, .packets = packets, .count = 6};

    for (int i = 0; i < tap.count; i++) {
        packets[i].from_port = FROM;
        packets[i].to_port = TO;
    }
    expect_packets(&tap, FROM, TO, 0, 0, 1, 2);
    expect_packets(&tap, FROM, TO, 0, 0, 0, 4);
}

HOLDS(many_messages_are_one_segment)
{
    struct tap *tap = open_tap();
    struct program *program = start_worked("witness", NULL);
    struct peer *client = only_client(program);

    send_text(client, "one\ntwo\nthree\n");
    expect_text(client, "one\ntwo\nthree\n");
    expect_said(program, STREAM_ERR, "recv 14 of 4096\n");
    expect_packets(tap, 0, port_of(program), 0, 0, 1, 1);
}

HOLDS(packets_are_counted_by_their_flags)
{
    struct tap *tap = open_tap();
    struct program *program = ACT("listen=0", "accept", "reset", "pause");
    int port = port_of(program);

    expect_reset(only_client(program));
    expect_packets(tap, 0, port, TCP_FLAG_SYN, TCP_FLAG_SYN, 0, 1);
    expect_packets(tap, port, 0, TCP_FLAG_SYN | TCP_FLAG_ACK,
                   TCP_FLAG_SYN | TCP_FLAG_ACK, 0, 1);
    expect_packets(tap, port, 0, TCP_FLAG_RST, TCP_FLAG_RST, 0, 1);
    expect_packets(tap, 0, 0, 0, 0, 1, 0);
}

HOLDS(a_half_close_leaves_the_other_half_open)
{
    struct peer *client =
        only_client(ACT("listen=0", "accept", "recv=100", "say=late"));

    send_text(client, "some");
    expect_silence(client);
    half_close(client);
    expect_text(client, "late");
    expect_end(client);
}

HOLDS(leaving_and_leaving_rudely_differ)
{
    struct program *program = start_worked("witness", NULL);

    leave(only_client(program));
    expect_said(program, STREAM_ERR, "recv 0 of 4096\n");
    leave_rudely(only_client(program));
    expect_said(program, STREAM_ERR, "recv ECONNRESET\n");
}

HOLDS(many_bytes_at_once_come)
{
    char text[4000], say[sizeof text + 4];
    struct peer *client;

    (void)seeded_text(text, sizeof text - 1);
    (void)snprintf(say, sizeof say, "say=%s", text);
    client = only_client(ACT("listen=0", "accept", say, say, "pause"));
    expect_text(client, text);
    expect_text(client, text);
}

HOLDS(a_stalled_reader_fills_the_program_up)
{
    struct program *program = start_worked("witness", NULL);
    struct peer *client = only_client(program);
    size_t sent = send_until_full(client, "a line of twenty b.\n");

    expect_asleep(program, "send");
    expect_that(sent > OUTPUT_LIMIT_BYTES / 8, "the buffers take a lot");
    half_close(client);
    expect_that(read_to_the_end(client) == sent, "nothing was lost");
}

HOLDS(a_client_comes_and_leaves_at_once)
{
    struct program *program = start_worked("witness", NULL);

    for (int i = 0; i < 20; i++)
        leave(connect_client(1, program));
    expect_echo(connect_client(2, program), "still there\n");
    expect_descriptors(program, 3 + 1 + 1);
}

/* On a shared network: the kernel lists IPv6 after all that is IPv4. */
HOLDS(a_program_is_found_behind_thousands_of_connections)
{
    enum { PAIRS = 4500 };
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t size = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct program *program;

    need_descriptors(3 * PAIRS);
    if (listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&here, &size) < 0)
        kit_problem(strerror(errno));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < PAIRS; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(fd, (struct sockaddr *)&here, size) < 0 ||
            accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
            kit_problem(strerror(errno));
    }
    program =
        start_with("server_fork",
                   (const char *const[]){"-a", "::1", "-p", "0", NULL}, NULL);
    expect_that(port_of(program) != 0, "its port is found");
}

HOLDS(five_hundred_connections_are_held)
{
    struct program *program =
        ACT("listen=0", "accept=500", "say=full", "pause");
    const struct connect_options options = {.port = port_of(program)};
    struct peer *last = NULL;

    for (int i = 0; i < CROWD; i++)
        last = connect_with(1 + i % 99, program, &options);
    expect_text(last, "full");
    expect_sockets(program, TCP_STATE_ESTABLISHED, CROWD);
    expect_descriptors(program, 3 + 1 + CROWD);
}

HOLDS(two_events_become_one)
{
    struct program *program = start_worked("witness", NULL);
    struct peer *client = only_client(program);
    struct tcp_row row = {0};

    expect_echo(client, "so it has been accepted\n");
    program_freeze(program);
    send_text(client, "one");
    send_text(client, "two");
    (void)program_sockets(program, TCP_STATE_ESTABLISHED, &row, 1);
    expect_that(row.unread == strlen("onetwo"), "both are there at once");
    expect_silence(client);
    program_thaw(program);
    expect_text(client, "onetwo");
    expect_said(program, STREAM_ERR, "recv 6 of 4096\n");
}

HOLDS(reads_and_writes_can_be_made_short)
{
    struct program *program =
        start_worked("witness", &(struct program_options){.send_bytes = 1,
                                                          .receive_bytes = 2});

    expect_echo(only_client(program), "abcd");
    expect_said(program, STREAM_ERR,
                "recv 2 of 4096\nsend 1 of 2\nsend 1 of 1\n");
}

HOLDS(calls_can_be_interrupted)
{
    struct program *program = start_worked(
        "witness", &(struct program_options){.interrupt_every = 2});
    struct peer *client = only_client(program);

    for (int i = 0; i < 20; i++) /* one call in two, but irregularly */
        expect_echo(client, "abcd");
    expect_said(program, STREAM_ERR, "recv EINTR\n");
    expect_said(program, STREAM_ERR, "send EINTR\n");
}

HOLDS(a_text_is_random_but_never_dull)
{
    char text[LONG_BYTES + 1], other[LONG_BYTES + 1];

    expect_that(strlen(seeded_text(text, LONG_BYTES)) == LONG_BYTES,
                "it has the length that was asked for");
    for (int i = 1; i < LONG_BYTES; i++)
        expect_that(text[i] != text[i - 1], "neighbours differ");
    expect_that(strcmp(text, seeded_text(other, LONG_BYTES)) != 0,
                "the next one is another");
    for (int i = 0; i < LONG_BYTES; i++) {
        int number = seeded_number(3, 5);

        expect_that(number >= 3 && number <= 5, "a number is in its range");
    }
}

/* --- every function, when what it expects is not so ------------------------
 */

FAILS(start_no_such_program)
{
    (void)start_worked("nobody", NULL);
}

FAILS(port_of_one_that_never_listens)
{
    (void)port_of(ACT("pause"));
}

FAILS(port_of_one_that_has_ended)
{
    (void)port_of(ACT("out=passed\n", "exit=0"));
}

FAILS(port_of_one_that_spins)
{
    (void)port_of(ACT("spin"));
}

FAILS(expect_listening_on_another_port)
{
    expect_listening_on(ACT("listen=0", "pause"), 1);
}

FAILS(expect_not_listening_and_it_does)
{
    expect_not_listening(ACT("listen=0", "pause"));
}

FAILS(connect_client_to_one_who_is_deaf_again)
{
    struct program *program = ACT("listen=0", "accept", "deaf", "pause");
    int port = port_of(program);

    leave(only_client(program));
    expect_asleep(program, "other");
    (void)connect_with(2, program, &(struct connect_options){.port = port});
}

FAILS(connect_client_without_an_answer)
{
    int listener = open_host(0);
    const struct connect_options options = {.port = port_of_socket(listener),
                                            .ms = 300};

    (void)listen(listener, 0); /* room for one */
    for (int number = 1; number <= 3; number++)
        (void)connect_with(number, NULL, &options);
}

FAILS(accept_client_and_nobody_comes)
{
    (void)accept_client(open_host(0), ACT("pause"));
}

FAILS(accept_client_of_one_who_ends)
{
    (void)accept_client(open_host(0), ACT("exit=5"));
}

FAILS(expect_no_connection_and_one_comes)
{
    int listener;
    struct program *program = ACT(action_to_connect(&listener), "pause");

    expect_no_connection(listener, program);
}

FAILS(expect_refused_and_somebody_listens)
{
    expect_refused(port_of(ACT("listen=0", "pause")));
}

FAILS(send_text_to_one_who_hung_up)
{
    struct program *program = ACT("listen=0", "accept", "reset", "pause");
    struct peer *client = only_client(program);

    expect_asleep(program, "other");
    send_text(client, "hello\n");
}

FAILS(send_bytewise_to_one_who_hung_up)
{
    struct program *program = ACT("listen=0", "accept", "reset", "pause");
    struct peer *client = only_client(program);

    expect_asleep(program, "other");
    send_bytewise(client, "hello\n", 6);
}

FAILS(send_bytes_to_one_who_does_not_read)
{
    static char bytes[MUCH * 4];

    send_bytes(only_client(ACT("listen=0", "accept", "pause")), bytes,
               sizeof bytes);
}

FAILS(send_until_full_to_one_who_hangs_up)
{
    (void)send_until_full(
        only_client(ACT("listen=0", "accept", "recv=9999", "reset", "pause")),
        "a line of twenty b.\n");
}

FAILS(expect_text_and_other_bytes_come)
{
    struct peer *client = only_client(
        ACT("listen=0", "accept", "recv=6", "say=hexlo\n", "pause"));

    send_text(client, "hello\n");
    expect_text(client, "hello\n");
}

FAILS(expect_text_and_nothing_comes)
{
    struct peer *client = only_client(ACT("listen=0", "accept", "pause"));

    send_text(client, "hello\n");
    expect_text(client, "hello\n");
}

FAILS(expect_text_and_a_part_comes)
{
    expect_text(only_client(ACT("listen=0", "accept", "say=hel", "pause")),
                "hello\n");
}

FAILS(expect_text_and_the_end_comes)
{
    expect_text(
        only_client(ACT("listen=0", "accept", "say=hel", "close", "pause")),
        "hello\n");
}

FAILS(expect_text_and_a_reset_comes)
{
    expect_text(only_client(ACT("listen=0", "accept", "reset", "pause")),
                "hello\n");
}

FAILS(expect_text_of_a_program_that_spins)
{
    expect_text(only_client(ACT("listen=0", "accept", "spin")), "hello\n");
}

/* Text of printable bytes; the actor says it with one byte changed. */
static void
expect_long_text(size_t offset)
{
    char text[LONG_BYTES + 1], action[LONG_BYTES + sizeof "say="];

    for (size_t i = 0; i < LONG_BYTES; i++)
        text[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[i % 36];
    text[LONG_BYTES] = '\0';
    (void)snprintf(action, sizeof action, "say=%s", text);
    action[strlen("say=") + offset] = '!';
    expect_text(only_client(ACT("listen=0", "accept", action, "pause")), text);
}

FAILS(expect_text_shows_the_place_in_a_long_one)
{
    expect_long_text(555);
}

FAILS(expect_text_shows_the_beginning_of_a_long_one)
{
    expect_long_text(0);
}

FAILS(expect_bytes_shows_them_escaped)
{
    static const char zeros[256];

    expect_bytes(connect_client(1, start_worked("babbler", NULL)), zeros,
                 sizeof zeros);
}

FAILS(expect_bytes_shows_an_offset_behind_many_escapes)
{
    unsigned char bytes[256];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    bytes[200] = 0;
    expect_bytes(connect_client(1, start_worked("babbler", NULL)), bytes,
                 sizeof bytes);
}

FAILS(expect_text_of_a_program_that_only_wakes_up)
{
    expect_text(only_client(ACT("listen=0", "accept", "stir")), "hello\n");
}

FAILS(expect_echo_of_one_who_hangs_up)
{
    expect_echo(
        only_client(ACT("listen=0", "accept", "recv=6", "close", "pause")),
        "hello\n");
}

FAILS(read_line_and_no_line_end_comes)
{
    char line[LINE_SIZE];

    read_line(only_client(ACT("listen=0", "accept", "say=half", "pause")), line,
              sizeof line);
}

FAILS(read_line_and_the_end_comes)
{
    char line[LINE_SIZE];

    read_line(only_client(ACT("listen=0", "accept", "close", "pause")), line,
              sizeof line);
}

FAILS(expect_silence_and_bytes_come)
{
    expect_silence(only_client(ACT("listen=0", "accept", "say=boo", "pause")));
}

FAILS(expect_silence_and_the_end_comes)
{
    expect_silence(only_client(ACT("listen=0", "accept", "close", "pause")));
}

FAILS(expect_silence_and_a_reset_comes)
{
    expect_silence(only_client(ACT("listen=0", "accept", "reset", "pause")));
}

FAILS(expect_end_and_bytes_come)
{
    expect_end(only_client(ACT("listen=0", "accept", "say=boo", "pause")));
}

FAILS(expect_end_and_nothing_comes)
{
    expect_end(only_client(ACT("listen=0", "accept", "pause")));
}

FAILS(expect_end_and_a_reset_comes)
{
    expect_end(only_client(ACT("listen=0", "accept", "reset", "pause")));
}

FAILS(expect_reset_and_the_end_comes)
{
    expect_reset(only_client(ACT("listen=0", "accept", "close", "pause")));
}

FAILS(expect_gone_and_it_is_there)
{
    expect_gone(only_client(ACT("listen=0", "accept", "pause")));
}

FAILS(read_to_the_end_and_a_reset_comes)
{
    (void)read_to_the_end(
        only_client(ACT("listen=0", "accept", "reset", "pause")));
}

FAILS(read_to_the_end_and_there_is_none)
{
    (void)read_to_the_end(
        only_client(ACT("listen=0", "accept", "say=boo", "pause")));
}

FAILS(expect_exit_with_another_status)
{
    expect_exit(ACT("exit=3"), 0);
}

FAILS(expect_exit_and_it_stays)
{
    expect_exit(ACT("pause"), 0);
}

FAILS(expect_exit_and_it_is_killed)
{
    expect_exit(ACT("signal=15"), 0);
}

FAILS(expect_killed_by_and_it_exits)
{
    expect_killed_by(ACT("exit=0"), SIGPIPE);
}

FAILS(expect_killed_by_and_it_stays)
{
    expect_killed_by(ACT("pause"), SIGPIPE);
}

FAILS(expect_killed_by_another_signal)
{
    expect_killed_by(ACT("signal=6"), SIGPIPE);
}

FAILS(expect_alive_and_it_has_ended)
{
    struct program *program = ACT("exit=0");

    expect_exit(program, 0);
    expect_alive(program);
}

FAILS(expect_alive_and_it_ends_in_a_moment)
{
    expect_alive(ACT("doze=100"));
}

FAILS(expect_said_and_it_says_something_else)
{
    expect_said(ACT("out=hexlo\n", "pause"), STREAM_OUT, "hello\n");
}

FAILS(expect_said_and_it_says_it_elsewhere)
{
    expect_said(ACT("out=hello\n", "exit=0"), STREAM_ERR, "hello\n");
}

FAILS(expect_not_said_and_it_says_it)
{
    expect_not_said(ACT("err=one\nhello\nthree\n", "pause"), STREAM_ERR,
                    "hello\n");
}

FAILS(expect_printed_and_it_prints_more)
{
    expect_printed(ACT("out=hello\nagain\n", "exit=0"), "hello\n");
}

FAILS(expect_printed_and_it_prints_less)
{
    expect_printed(ACT("out=hel", "exit=0"), "hello\n");
}

FAILS(expect_printed_and_it_stays)
{
    expect_printed(ACT("out=hel", "pause"), "hello\n");
}

FAILS(expect_asleep_and_it_spins)
{
    expect_asleep(ACT("spin"), NULL);
}

FAILS(expect_asleep_in_another_call)
{
    expect_asleep(ACT("listen=0", "accept"), "recv");
}

FAILS(expect_asleep_and_it_has_ended)
{
    expect_asleep(ACT("exit=0"), NULL);
}

FAILS(expect_spinning_and_it_sleeps)
{
    expect_spinning(ACT("fidget=100000"));
}

FAILS(expect_spinning_and_it_pauses)
{
    expect_spinning(ACT("pant"));
}

FAILS(expect_spinning_and_it_has_ended)
{
    expect_spinning(ACT("exit=0"));
}

FAILS(expect_stops_and_it_stays)
{
    struct program *program = start_worked("stubborn", NULL);

    (void)port_of(program);
    expect_stops(program, 0);
}

FAILS(expect_stops_with_a_status)
{
    expect_stops(ACT("pause"), 0);
}

FAILS(expect_sockets_and_there_is_another_number)
{
    struct program *program = ACT("listen=0", "accept", "pause");

    (void)only_client(program);
    expect_sockets(program, TCP_STATE_ESTABLISHED, 2);
}

FAILS(expect_descriptors_and_there_is_another_number)
{
    expect_descriptors(ACT("open=2", "pause"), 9);
}

FAILS(expect_processes_and_there_is_another_number)
{
    expect_processes(ACT("fork=2", "pause"), 9);
}

FAILS(expect_packets_and_there_is_another_number)
{
    struct tap *tap = open_tap();
    struct program *program = ACT("listen=0", "accept", "pause");

    (void)only_client(program);
    expect_packets(tap, 0, port_of(program), TCP_FLAG_SYN, TCP_FLAG_SYN, 0, 2);
}

FAILS(expect_that_and_it_is_not)
{
    expect_that(1 + 1 == 3, "one and one is three");
}

FAILS(the_last_steps_are_told)
{
    struct peer *client = connect_client(1, start_worked("witness", NULL));

    for (int i = 1; i <= 7; i++) {
        char line[] = "line N\n";

        line[5] = (char)('0' + i);
        expect_echo(client, line);
    }
    half_close(client);
    expect_text(client, "line 8\n");
}

FAILS(the_last_words_are_told)
{
    expect_exit(ACT("err=first\nmiddle\nactor: the last words\n", "exit=1"), 0);
}

FAILS(a_step_is_told_without_control_bytes)
{
    tell("a line: \033[2Jred\007 \x9b\xff\n and so on");
    expect_that(false, "the line above is clean");
}

/* --- crashes -------------------------------------------------------------- */

FAILS(a_crash_while_we_wait)
{
    expect_text(only_client(ACT("listen=0", "accept", "open=900", "signal=11")),
                "hello\n");
}

FAILS(a_crash_in_the_background)
{
    struct program *program = ACT("listen=0", "accept", "signal=6");

    (void)only_client(program);
    (void)program_wait(program, SOON_MS, NULL);
    expect_that(true, "what the check looked at was right");
}

FAILS(a_crash_by_writing_to_one_who_left)
{
    struct program *program = ACT("listen=0", "accept", "recv=9", "write=one",
                                  "fidget=100", "write=two", "exit=0");

    leave_rudely(only_client(program));
    expect_exit(program, 0);
}

FAILS(output_without_end_is_mentioned)
{
    expect_exit(ACT("flood=3000000", "exit=3"), 0);
}

FAILS(a_kill_that_is_not_ours)
{
    expect_exit(ACT("signal=9"), 0);
}

FAILS(a_crash_that_a_sanitizer_tells)
{
    struct program *program = ACT(
        "err===7==ERROR: AddressSanitizer: heap-use-after-free\n", "exit=1");

    expect_exit(program, 1);
}

/* --- checks that go wrong themselves -------------------------------------- */

DIES(it_expects_nothing)
{
    (void)ACT("exit=0");
}

DIES(it_is_empty)
{
}

DIES(it_exits_with_0)
{
    expect_that(true, "so far so good");
    exit(0);
}

DIES(it_exits_at_once_with_0)
{
    expect_that(true, "so far so good");
    _exit(0);
}

DIES(it_aborts)
{
    expect_that(true, "so far so good");
    abort();
}

DIES(it_is_killed)
{
    expect_that(true, "so far so good");
    (void)raise(SIGKILL);
}

DIES(it_is_skipped)
{
    expect_that(true, "so far so good");
    cr_skip_test("no time");
}

DIES(it_fails_in_its_own_way)
{
    expect_that(true, "so far so good");
    cr_expect(false, "as Criterion has it");
}

DIES(it_takes_too_long)
{
    expect_that(true, "so far so good");
    (void)alarm(1);
    for (;;)
        (void)pause();
}

/* The limit may pass in the middle of anything, malloc for one. */
DIES(it_takes_too_long_and_is_busy)
{
    struct program *program = ACT("err=some words\n", "pause");

    expect_said(program, STREAM_ERR, "words");
    (void)alarm(1);
    for (;;)
        (void)program_output(program, STREAM_ERR, NULL);
}

/* What a program could do that gets hold of the pipe for verdicts. */
DIES(it_is_reported_for_by_another)
{
    static const char lie[] =
        "check worked_dies/it_is_reported_for_by_another\n"
        "verdict passed\nexpectations 1\n";
    FILE *pipe = fopen(getenv(REPORT_PATH_VARIABLE), "we");

    expect_that(pipe != NULL && fwrite(lie, sizeof lie, 1, pipe) == 1 &&
                    fclose(pipe) == 0,
                "the lie is on its way");
    expect_that(false, "the truth comes second");
}

/* --- runs to be looked at from outside -------------------------------------
 */

/* A server with processes for three clients that are being served. */
static void
serve_three(void)
{
    struct program *program = start_worked("server_fork", NULL);

    for (int number = 1; number <= 3; number++)
        expect_echo(connect_client(number, program), "hello\n");
    expect_processes(program, 4);
}

WORKED(outcomes, it_passes)
{
    serve_three();
}

WORKED(outcomes, it_fails)
{
    serve_three();
    expect_that(false, "this is so");
}

WORKED(outcomes, it_times_out)
{
    serve_three();
    (void)alarm(1);
    for (;;)
        (void)pause();
}

WORKED(outcomes, it_crashes)
{
    serve_three();
    (void)raise(SIGSEGV);
}

WORKED(outcomes, it_stays)
{
    serve_three();
    for (;;)
        (void)pause();
}

WORKED(outcomes, a_forger_is_not_believed)
{
    struct peer *client = connect_client(1, start_worked("forger", NULL));

    (void)read_to_the_end(client);
    expect_that(false, "the forger is right");
}

WORKED(outcomes, all_bytes_are_shown)
{
    struct program *program = start_worked("babbler", NULL);
    const char *output;
    size_t n;

    (void)connect_client(1, program);
    expect_asleep(program, "other");
    output = program_output(program, STREAM_OUT, &n);
    for (size_t i = n - 255; i < n; i += 51) /* a zero byte would end a text */
        tell("told raw: %.51s", output + i);
    expect_that(false, "what it prints is not told raw");
}

WORKED(still, the_check_stands_still)
{
    expect_that(true, "so far so good");
    (void)raise(SIGSTOP);
}

WORKED(still, the_other_one_is_judged)
{
    expect_that(true, "this is so");
}

/* Criterion's own process waits for ever, if the environment says so. */
ReportHook(PRE_TEST)(struct criterion_test *test)
{
    (void)test;
    while (getenv("HARNESS_TEST_STANDS_STILL") != NULL)
        (void)pause();
}

WORKED(seeded, a_text)
{
    char text[LINE_SIZE];

    expect_that(false, seeded_text(text, 40));
}

WORKED(patient, the_limit_is_longer)
{
    unsigned left = alarm(0);

    (void)alarm(left);
    expect_that(left > 2 * CHECK_LIMIT_S && left <= 3 * CHECK_LIMIT_S,
                "the limit is three times as long");
}

REPAIR(greeter, it_greets)
{
    struct program *program = start_case("greeter", NULL);

    expect_listening_on(program, CASE_PORT);
    expect_text(connect_client(1, program), "hello");
}

REPAIR(greeter, it_is_seen_on_the_wire)
{
    struct tap *tap = open_tap();
    struct program *program = start_case("greeter", NULL);

    expect_text(connect_client(1, program), "hello");
    expect_packets(tap, CASE_PORT, 0, 0, 0, 5, 1);
}

SYMPTOM(greeter, it_greets_in_another_way)
{
    expect_text(connect_client(1, start_case("greeter", NULL)), "goodbye");
}

REPAIR(stayer, it_takes_too_long)
{
    struct program *program = start_case("stayer", NULL);

    expect_listening_on(program, CASE_PORT);
    (void)alarm(1);
    for (;;)
        (void)pause();
}

REPAIR(stayer, the_next_one_gets_the_port)
{
    expect_listening_on(start_case("stayer", NULL), CASE_PORT);
}
