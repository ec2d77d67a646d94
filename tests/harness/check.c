/* check: see check.h. This half runs in the process of a test. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "excerpt.h"
#include "ini.h"
#include "network.h"
#include "place.h"
#include "report.h"
#include "subject.h"
#include "verdict.h"

enum {
    PATH_SIZE = 512,
    TURN_MS = 30000,     /* for our turn on the real port 12345 */
    PEERS_MOST = 2048,   /* descriptors for hundreds of connections */
    ARGUMENTS_MOST = 16, /* of a program under test */
    SPIN_CPU_MS = 100,   /* so much CPU time without one wait: it spins */
};

/* --- the beginning and the end of a check ------------------------------- */

static bool
has_private_network(void)
{
    const char *text = getenv(NETWORK_VARIABLE);

    return text != NULL && strcmp(text, "private") == 0;
}

void
check_begin(void)
{
    struct rlimit files;

    open_verdict();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody outlives the runner */
    (void)signal(SIGPIPE, SIG_IGN);
    set_limit();
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < PEERS_MOST) {
        files.rlim_cur =
            files.rlim_max < PEERS_MOST ? files.rlim_max : PEERS_MOST;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (has_private_network() && network_enter() < 0)
        kit_problem("the private network could not be made");
}

void
check_end(void)
{
    const char *crash;

    programs_end();
    crash = crash_found();
    if (crash != NULL)
        send_verdict(&(struct verdict){.word = "crashed", .what = crash});
    send_verdict(&(struct verdict){.word = "passed"});
    (void)alarm(0);
}

void
need_private_network(void)
{
    if (!has_private_network())
        kit_problem(NO_PRIVATE_NETWORK);
}

/* --- starting programs -------------------------------------------------- */

static bool
is_symptom_check(void)
{
    return strncmp(criterion_current_test->category, "symptom_", 8) == 0;
}

/* Where the program under test lies. */
static const char *
subject_path(const char *name, bool is_case)
{
    static char path[PATH_SIZE * 2];
    const char *folder = getenv("LT_SUBJECTS");

    if (folder != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        return path;
    }
    if (!is_case)
        return place_built(name);
    return place_in_case(name, is_symptom_check() ? "broken" : "fixed");
}

/* True when the student's copy could not be compiled: `lab` then keeps the
 * compiler's message beside where the program would be. */
static bool
has_compiler_message(const char *path)
{
    char log[PATH_SIZE * 2 + 8];
    int err = errno;
    bool found;

    (void)snprintf(log, sizeof log, "%s.log", path);
    found = access(log, F_OK) == 0;
    errno = err;
    return found;
}

static struct program *
start_path(const char *path, const char *const arguments[],
           const struct program_options *options)
{
    const char *argv[ARGUMENTS_MOST + 2] = {path};
    struct program *program;
    int count = 1;

    for (; *arguments != NULL && count <= ARGUMENTS_MOST; arguments++)
        argv[count++] = *arguments;
    program = program_start(argv, options);
    if (program != NULL)
        return program;
    if (errno == ENOENT && has_compiler_message(path))
        fail("it does not compile");
    if (errno == ENOENT || errno == EACCES || errno == ENOEXEC)
        fail("there is no program to run: %s", strerror(errno));
    kit_problem(strerror(errno));
}

struct program *
start_with(const char *name, const char *const arguments[],
           const struct program_options *options)
{
    bool is_case = access(place_in_case(name, "case.ini"), F_OK) == 0;

    return start_path(subject_path(name, is_case), arguments, options);
}

struct program *
start_worked(const char *name, const struct program_options *options)
{
    return start_path(subject_path(name, false),
                      (const char *const[]){"-p", "0", NULL}, options);
}

struct program *
start_known_good(const char *name, const char *const arguments[])
{
    return start_path(place_built(name), arguments, NULL);
}

static void
take_case_port(void)
{
    static bool taken;

    if (taken || has_private_network())
        return;
    taken = true;
    if (network_take_turn(CASE_PORT, patience_ms(TURN_MS)) < 0)
        kit_problem(NO_PRIVATE_NETWORK ", and port 12345 is taken");
}

struct program *
start_case(const char *name, const struct program_options *options)
{
    static char words[PATH_SIZE];
    const char *arguments[ARGUMENTS_MOST + 1] = {0};
    struct program_options own = {0};
    char number[16];
    const char *ini;
    int count = 0;

    if (options != NULL)
        own = *options;
    take_case_port();
    ini = place_in_case(name, "case.ini");
    if (access(ini, R_OK) < 0)
        kit_problem("case.ini is missing");
    (void)ini_value(ini, "args", words, sizeof words);
    for (char *word = strtok(words, " ");
         word != NULL && count < ARGUMENTS_MOST; word = strtok(NULL, " "))
        arguments[count++] = word;
    if (own.descriptor_limit == 0 &&
        ini_value(ini, "open_files", number, sizeof number) == 0)
        own.descriptor_limit = atoi(number);
    return start_path(subject_path(name, true), arguments, &own);
}

/* --- listening ---------------------------------------------------------- */

int
port_of(struct program *program)
{
    int port = wait_for_port(program);
    char end[64];

    if (port != 0)
        return port;
    describe_end(program, end, sizeof end);
    fail("the program does not listen on any port: %s", end);
}

void
expect_listening_on(struct program *program, int port)
{
    char expected[32], received[32];
    int real = port_of(program);

    if (real == port) {
        held();
        return;
    }
    (void)snprintf(expected, sizeof expected, "port %d", port);
    (void)snprintf(received, sizeof received, "another port");
    conclude(&(struct verdict){.word = "failed",
                               .what = "nobody listens where it should be",
                               .expected = expected,
                               .received = received});
}

void
expect_not_listening(struct program *program)
{
    if (wait_for_port(program) != 0)
        fail("the program listens, and should not");
    held();
}

/* --- connections -------------------------------------------------------- */

struct peer *
connect_with(int number, struct program *program,
             const struct connect_options *options)
{
    struct connect_options own = *options;
    struct peer *peer;

    if (own.port == 0)
        own.port = port_of(program);
    asked();
    tell("client %d connects to port %d", number, own.port);
    peer = peer_connect(number, program, &own);
    if (peer != NULL)
        return peer;
    if (errno == ECONNREFUSED)
        fail("client %d: connection refused", number);
    if (errno == ETIMEDOUT)
        conclude(&(struct verdict){.word = "timed out",
                                   .what = "the connection is not answered"});
    kit_problem(strerror(errno));
}

/* A server under test listens on its own port; a case must do so on 12345,
 * and if it does not, that is what the client sees. */
struct peer *
connect_client(int number, struct program *program)
{
    struct connect_options options = {0};
    bool is_worked =
        strncmp(criterion_current_test->category, "worked_", 7) == 0;

    if (!is_worked) {
        (void)wait_for_port(program);
        options.port = CASE_PORT;
    }
    return connect_with(number, program, &options);
}

void
expect_refused(int port)
{
    struct peer *peer =
        peer_connect(1, NULL, &(struct connect_options){.port = port});

    if (peer != NULL)
        fail("somebody listens on port %d", port);
    if (errno != ECONNREFUSED)
        kit_problem(strerror(errno));
    held();
}

int
open_host(int port)
{
    int fd;

    if (port == CASE_PORT)
        take_case_port();
    fd = host_open(port);
    if (fd < 0)
        kit_problem("no listening socket for the other side");
    return fd;
}

struct peer *
accept_client(int listener, struct program *program)
{
    struct peer *peer;
    char end[64];

    asked();
    peer = host_accept(listener, program, patience_ms(GOOD_MS));
    if (peer != NULL) {
        tell("the server accepts the program's connection");
        return peer;
    }
    describe_end(program, end, sizeof end);
    fail("no connection came from the program: %s", end);
}

void
expect_no_connection(int listener, struct program *program)
{
    if (host_accept(listener, program, patience_ms(GOOD_MS)) != NULL)
        fail("the program connects, and should not");
    held();
}

void
send_bytes(struct peer *peer, const void *bytes, size_t n)
{
    size_t sent;

    tell("%s sends %s", peer->name, shown(bytes, n));
    asked();
    sent = peer_send(peer, bytes, n, patience_ms(GOOD_MS));
    if (sent == n)
        return;
    conclude(&(struct verdict){
        .word = errno == EPIPE || errno == ECONNRESET ? "failed" : "timed out",
        .what = errno == EPIPE || errno == ECONNRESET
                    ? "the program hung up while it was sent to"
                    : "the program does not read what it is sent",
        .peer = peer});
}

void
send_text(struct peer *peer, const char *text)
{
    send_bytes(peer, text, strlen(text));
}

void
send_bytewise(struct peer *peer, const void *bytes, size_t n)
{
    const int yes = 1;

    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (size_t i = 0; i < n; i++)
        send_bytes(peer, (const char *)bytes + i, 1);
}

size_t
send_until_full(struct peer *peer, const char *line)
{
    size_t length = strlen(line), sent, sum = 0;

    tell("%s sends %s again and again", peer->name, shown(line, length));
    asked();
    do {
        sent = peer_send(peer, line, length, patience_ms(GOOD_MS));
        sum += sent;
    } while (sent == length);
    if (errno == EPIPE || errno == ECONNRESET)
        conclude(&(struct verdict){.word = "failed",
                                   .what =
                                       "the program hung up on a client that "
                                       "was slow to read",
                                   .peer = peer});
    return sum;
}

/* What a wait for bytes of `peer` ended with, as a sentence. */
static const char *
describe_got(enum got got)
{
    switch (got) {
    case GOT_END:
        return "the program closed the connection";
    case GOT_RESET:
        return "the connection was reset";
    case GOT_SETTLED:
        return "nothing more came, and nothing is on its way";
    case GOT_NOTHING:
        return "nothing more came";
    default:
        return "bytes came";
    }
}

void
expect_bytes(struct peer *peer, const void *bytes, size_t n)
{
    const char *want = bytes;
    char *came = malloc(n + 1);
    size_t used = 0, difference = 0, start;
    char what[128];
    enum got got = GOT_BYTES;

    if (came == NULL)
        kit_problem("out of memory");
    while (used < n) {
        size_t more;

        got = peer_receive(peer, came + used, n - used, &more,
                           patience_ms(GOOD_MS));
        used += more;
        difference = first_difference(want, came, used);
        if (got != GOT_BYTES || difference < used)
            break;
    }
    if (used == n && difference == n) {
        free(came);
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name,
                   difference < used ? "other bytes came" : describe_got(got));
    start = view_of(want, n, difference);
    conclude(&(struct verdict){
        .word =
            got == GOT_SETTLED || got == GOT_NOTHING ? "timed out" : "failed",
        .what = what,
        .expected = around(want, n, start, ""),
        .received =
            around(came, used, start, difference_note(difference, used)),
        .peer = peer});
}

void
expect_text(struct peer *peer, const char *text)
{
    expect_bytes(peer, text, strlen(text));
}

void
expect_echo(struct peer *peer, const char *line)
{
    send_text(peer, line);
    expect_text(peer, line);
}

void
read_line(struct peer *peer, char *line, size_t size)
{
    size_t used = 0, more;
    enum got got = GOT_BYTES;
    char what[128];

    while (used + 1 < size && (used == 0 || line[used - 1] != '\n')) {
        got = peer_receive(peer, line + used, 1, &more, patience_ms(GOOD_MS));
        if (got != GOT_BYTES)
            break;
        used += more;
    }
    line[used] = '\0';
    if (used > 0 && line[used - 1] == '\n') {
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name, describe_got(got));
    conclude(&(struct verdict){.word = got == GOT_SETTLED || got == GOT_NOTHING
                                           ? "timed out"
                                           : "failed",
                               .what = what,
                               .expected = "a line",
                               .received = around(line, used, 0, ""),
                               .peer = peer});
}

/* Expects that the next thing on the connection is one of two. */
static void
expect_got(struct peer *peer, enum got one, enum got other,
           const char *expected)
{
    char bytes[SHOWN_BYTES];
    char what[128];
    size_t n;
    enum got got =
        peer_receive(peer, bytes, sizeof bytes, &n, patience_ms(GOOD_MS));

    if (got == one || got == other) {
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name, describe_got(got));
    conclude(&(struct verdict){
        .word =
            got == GOT_SETTLED || got == GOT_NOTHING ? "timed out" : "failed",
        .what = what,
        .expected = expected,
        .received = got == GOT_BYTES ? shown(bytes, n) : describe_got(got),
        .peer = peer});
}

void
expect_silence(struct peer *peer)
{
    expect_got(peer, GOT_SETTLED, GOT_NOTHING,
               "nothing, the connection still open");
}

void
expect_end(struct peer *peer)
{
    expect_got(peer, GOT_END, GOT_END, "the end of the connection");
}

void
expect_reset(struct peer *peer)
{
    expect_got(peer, GOT_RESET, GOT_RESET, "a reset of the connection");
}

void
expect_gone(struct peer *peer)
{
    expect_got(peer, GOT_END, GOT_RESET, "the end of the connection");
}

size_t
read_to_the_end(struct peer *peer)
{
    static char bytes[65536];
    size_t sum = 0, n;
    enum got got;

    while ((got = peer_receive(peer, bytes, sizeof bytes, &n,
                               patience_ms(GOOD_MS))) == GOT_BYTES)
        sum += n;
    if (got != GOT_END)
        conclude(
            &(struct verdict){.word = got == GOT_RESET ? "failed" : "timed out",
                              .what = describe_got(got),
                              .expected = "the end of the connection",
                              .peer = peer});
    held();
    return sum;
}

void
half_close(struct peer *peer)
{
    tell("%s has sent its last", peer->name);
    asked();
    peer_half_close(peer);
}

void
leave(struct peer *peer)
{
    tell("%s leaves", peer->name);
    asked();
    peer_close(peer);
}

void
leave_rudely(struct peer *peer)
{
    tell("%s leaves with a reset", peer->name);
    asked();
    peer_reset(peer);
}

/* --- the program itself ------------------------------------------------- */

/* Waits for the end, as long as the program may still come to it. */
static bool
wait_for_end(struct program *program, int *status)
{
    (void)program_settle(program, patience_ms(GOOD_MS));
    return program_ended(program, status);
}

void
expect_exit(struct program *program, int expected)
{
    char want[32], got[64];
    int status;

    if (wait_for_end(program, &status) && WIFEXITED(status) &&
        WEXITSTATUS(status) == expected) {
        held();
        return;
    }
    (void)snprintf(want, sizeof want, "exit status %d", expected);
    describe_end(program, got, sizeof got);
    conclude(&(struct verdict){
        .word = program_ended(program, NULL) ? "failed" : "timed out",
        .what = "the program does not end as it should",
        .expected = want,
        .received = got});
}

void
expect_killed_by(struct program *program, int signal_number)
{
    char want[32], got[64];
    int status;

    allow_death_by(signal_number);
    if (wait_for_end(program, &status) && WIFSIGNALED(status) &&
        WTERMSIG(status) == signal_number) {
        held();
        return;
    }
    (void)snprintf(want, sizeof want, "death by SIG%s",
                   sigabbrev_np(signal_number));
    describe_end(program, got, sizeof got);
    conclude(&(struct verdict){
        .word = program_ended(program, NULL) ? "failed" : "timed out",
        .what = "the program does not die as expected",
        .expected = want,
        .received = got});
}

void
expect_alive(struct program *program)
{
    char end[64];

    if (program_ended(program, NULL)) {
        describe_end(program, end, sizeof end);
        fail("the program should live on: %s", end);
    }
    held();
}

/* Fails because the text is missing; shows what was printed last. */
_Noreturn static void
lacks(struct program *program, enum stream stream, const char *text)
{
    enum { LAST = VIEW_COLUMNS - 2 }; /* between the quotes */
    size_t n;
    const char *output = program_output(program, stream, &n);

    conclude(&(struct verdict){
        .word = "failed",
        .what = stream == STREAM_OUT ? "a line is missing on stdout"
                                     : "a message is missing on stderr",
        .expected = around(text, strlen(text), 0, ""),
        .received = around(output, n, n > LAST ? n - LAST : 0, "")});
}

void
expect_said(struct program *program, enum stream stream, const char *text)
{
    struct settling settling;
    enum settled settled = NOT_SETTLED;
    int64_t start_ns = now_ns();

    settling_begin(&settling, program);
    while (!has_said(program, stream, text)) {
        if (settled != NOT_SETTLED ||
            elapsed_ms(start_ns) > patience_ms(GOOD_MS))
            lacks(program, stream, text);
        settled = settling_look(&settling);
        pause_ms(LOOK_MS);
    }
    held();
}

void
expect_not_said(struct program *program, enum stream stream, const char *text)
{
    (void)program_settle(program, patience_ms(GOOD_MS));
    if (has_said(program, stream, text))
        fail("the program says %s", shown(text, strlen(text)));
    held();
}

void
expect_printed(struct program *program, const char *text)
{
    const char *printed;
    size_t n, wanted = strlen(text), difference, start;
    int status;

    (void)wait_for_end(program, &status);
    printed = program_output(program, STREAM_OUT, &n);
    if (n == wanted && memcmp(printed, text, n) == 0) {
        held();
        return;
    }
    difference = first_difference(printed, text, n < wanted ? n : wanted);
    start = view_of(text, wanted, difference);
    conclude(&(struct verdict){
        .word = program_ended(program, NULL) ? "failed" : "timed out",
        .what = "the program prints something else",
        .expected = around(text, wanted, start, ""),
        .received = around(printed, n, start, difference_note(difference, n))});
}

void
expect_asleep(struct program *program, const char *call)
{
    enum settled settled = program_settle(program, patience_ms(GOOD_MS));
    const char *real = proc_blocked_call(program_pid(program));
    char want[48], got[64];

    if (settled == SETTLED_ASLEEP &&
        (call == NULL || strcmp(real, call) == 0)) {
        held();
        return;
    }
    (void)snprintf(want, sizeof want, "asleep%s%s", call != NULL ? " in " : "",
                   call != NULL ? call : "");
    describe_end(program, got, sizeof got);
    if (settled == SETTLED_ASLEEP)
        (void)snprintf(got, sizeof got, "asleep in %s", real);
    else if (settled != SETTLED_ENDED)
        (void)snprintf(got, sizeof got, "awake");
    conclude(&(struct verdict){.word = "failed",
                               .what = settled == SETTLED_ASLEEP
                                           ? "the program waits elsewhere"
                                           : "the program does not sleep",
                               .expected = want,
                               .received = got});
}

void
expect_spinning(struct program *program)
{
    struct settling settling;
    struct activity before, after;
    enum settled settled = NOT_SETTLED;

    settling_begin(&settling, program);
    before = program_activity(program);
    after = before;
    while (after.cpu_ns - before.cpu_ns < SPIN_CPU_MS * 1000000ULL) {
        if (settled == SETTLED_ASLEEP || settled == SETTLED_WAKING ||
            settled == SETTLED_ENDED ||
            elapsed_ms(settling.start_ns) > patience_ms(GOOD_MS))
            fail("the program does not use all the CPU time it can get");
        pause_ms(LOOK_MS);
        settled = settling_look(&settling);
        after = program_activity(program);
        if (after.yields != before.yields)
            before = after; /* a page came from the disk, say: from here on */
    }
    held();
}

void
expect_stops(struct program *program, int status)
{
    tell("the program gets SIGTERM");
    asked();
    program_signal(program, SIGTERM);
    expect_exit(program, status);
}

/* Waits until `count` returns `wanted`, as long as the program may still get
 * there. */
static void
expect_count(struct program *program, int (*count)(struct program *, int),
             int argument, int wanted, const char *what)
{
    struct settling settling;
    enum settled settled = NOT_SETTLED;
    int64_t start_ns = now_ns();
    char expected[32], received[32];
    int number;

    settling_begin(&settling, program);
    while ((number = count(program, argument)) != wanted &&
           settled == NOT_SETTLED &&
           elapsed_ms(start_ns) < patience_ms(GOOD_MS)) {
        settled = settling_look(&settling);
        pause_ms(LOOK_MS);
    }
    if (number == wanted) {
        held();
        return;
    }
    (void)snprintf(expected, sizeof expected, "%d", wanted);
    (void)snprintf(received, sizeof received, "%d", number);
    conclude(&(struct verdict){.word = "failed",
                               .what = what,
                               .expected = expected,
                               .received = received});
}

static int
count_sockets(struct program *program, int state)
{
    return program_sockets(program, (enum tcp_state)state, NULL, 0);
}

void
expect_sockets(struct program *program, enum tcp_state state, int count)
{
    char what[96];

    (void)snprintf(what, sizeof what, "the number of its sockets in state %s",
                   tcp_state_name(state));
    expect_count(program, count_sockets, (int)state, count, what);
}

static int
count_descriptors(struct program *program, int unused)
{
    (void)unused;
    return proc_descriptors(program_pid(program));
}

void
expect_descriptors(struct program *program, int count)
{
    expect_count(program, count_descriptors, 0, count,
                 "the number of its open descriptors");
}

static int
count_processes(struct program *program, int unused)
{
    pid_t pids[PROC_TREE_MOST];

    (void)unused;
    return program_processes(program, pids);
}

void
expect_processes(struct program *program, int count)
{
    expect_count(program, count_processes, 0, count,
                 "the number of its processes");
}

/* --- the wire ----------------------------------------------------------- */

struct tap *
open_tap(void)
{
    static struct tap tap;

    need_private_network();
    if (tap_open(&tap) < 0)
        kit_problem("no packets are to be seen here");
    return &tap;
}

void
expect_packets(struct tap *tap, int from_port, int to_port, unsigned mask,
               unsigned flags, int payload_bytes, int count)
{
    int number = tap_count(tap, from_port, to_port, mask, flags, payload_bytes);
    char expected[32], received[32];

    if (number == count) {
        held();
        return;
    }
    (void)snprintf(expected, sizeof expected, "%d", count);
    (void)snprintf(received, sizeof received, "%d", number);
    conclude(&(struct verdict){.word = "failed",
                               .what = "the number of packets of one kind",
                               .expected = expected,
                               .received = received});
}

/* --- chance, repeatable -------------------------------------------------- */

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), begun from SEED and the name
 * of the check. */
static uint64_t
next_random(void)
{
    static uint64_t state;
    uint64_t z;

    if (state == 0) {
        const char *seed = getenv("SEED");

        state = seed != NULL ? strtoull(seed, NULL, 10) : 1;
        for (const char *c = criterion_current_test->name; *c != '\0'; c++)
            state = (state ^ (unsigned char)*c) * 0x100000001b3ULL;
    }
    z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

int
seeded_number(int low, int high)
{
    return low + (int)(next_random() % (uint64_t)(high - low + 1));
}

const char *
seeded_text(char *out, size_t n)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    for (size_t i = 0; i < n; i++)
        do /* neighbours differ: a lost or doubled byte always shows */
            out[i] = letters[seeded_number(0, sizeof letters - 2)];
        while (i > 0 && out[i] == out[i - 1]);
    out[n] = '\0';
    return out;
}
