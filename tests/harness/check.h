/* check: how a check of this kit is written.
 *
 *     REPAIR(refused, a_greeting_comes_on_port_12345)
 *     {
 *         struct program *server = start_case("refused", NULL);
 *         struct peer *client = connect_client(1, server);
 *
 *         expect_text(client, "hello\n");
 *     }
 *
 * Each check is a Criterion test in a process of its own, in a private network
 * of its own, and has a time limit. The name of the check is a sentence that
 * becomes part of its verdict. Every function below that cannot do what it
 * says ends the check with a verdict -- failed, timed out, crashed, kit
 * problem -- that shows what was sent, expected and received. At the end every
 * program is stopped with all its descendants, and one that crashed meanwhile
 * turns the verdict into crashed. A check that expects nothing has not passed.
 *
 * Functions that wait for something good wait for it as long as the program
 * may still do it (settling.h), at most 30 s x LAB_PATIENCE.
 */
#ifndef HARNESS_CHECK_H
#define HARNESS_CHECK_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>

#include "clock.h"
#include "peer.h"
#include "program.h"
#include "settling.h"
#include "tap.h"

/* A check of a worked program; it is started with -p 0 and so needs no
 * private network. */
#define WORKED(program, sentence)                                              \
    Test(worked_##program, sentence, .init = check_begin, .fini = check_end)
/* A check that a mended case must pass: run on the student's copy and on
 * fixed. */
#define REPAIR(case_name, sentence)                                            \
    Test(repair_##case_name, sentence, .init = check_begin, .fini = check_end)
/* A check that the broken case passes: it shows this symptom and no other. */
#define SYMPTOM(case_name, sentence)                                           \
    Test(symptom_##case_name, sentence, .init = check_begin, .fini = check_end)

/* What the macros above hook in. */
void check_begin(void);
void check_end(void);

enum {
    CASE_PORT = 12345,   /* a case is always started without -p */
    CHECK_LIMIT_S = 120, /* for a whole check */
    GOOD_MS = 30000,     /* for something good to happen */
};

/* --- the program under test ----------------------------------------------
 *
 * Its executable is $LT_SUBJECTS/NAME where that variable is set (a student's
 * copies, a mutant), else the one that the kit built. */

/* Starts a worked program of this lab with the arguments `-p 0`. */
struct program *start_worked(const char *name,
                             const struct program_options *options);

/* Starts the case with the arguments and limits of its case.ini: `fixed` in a
 * repair check, `broken` in a symptom check. Takes the port 12345 for it. */
struct program *start_case(const char *name,
                           const struct program_options *options);

/* Starts the program under test NAME (a worked program, or a case) with these
 * arguments (NULL-ended, without the program itself). */
struct program *start_with(const char *name, const char *const arguments[],
                           const struct program_options *options);

/* Starts a worked program of this lab as the kit built it, as a known-good
 * other side; never $LT_SUBJECTS. */
struct program *start_known_good(const char *name,
                                 const char *const arguments[]);

/* The port on which the program really listens. Waits until it does. */
int port_of(struct program *program);

/* Waits until the program listens, and expects it to be on `port`. */
void expect_listening_on(struct program *program, int port);
/* Expects that the program settles, or ends, without listening anywhere. */
void expect_not_listening(struct program *program);

/* --- connections ---------------------------------------------------------- */

/* Connects as client `number` (127.0.0.1N) to the port the program listens
 * on. */
struct peer *connect_client(int number, struct program *program);
/* The same with options (address, receive buffer, a port of your choice: 0
 * stands for the one the program listens on, and only then it is waited for).
 */
struct peer *connect_with(int number, struct program *program,
                          const struct connect_options *options);
/* Expects that nobody listens on this port of 127.0.0.1. */
void expect_refused(int port);

/* Opens a listening socket on 127.0.0.1:`port` for a client under test, and
 * takes its connection. */
int open_host(int port);
struct peer *accept_client(int listener, struct program *program);
/* Expects that the program settles, or ends, without having connected. */
void expect_no_connection(int listener, struct program *program);

/* Sends; where it fits, as one segment. */
void send_text(struct peer *peer, const char *text);
void send_bytes(struct peer *peer, const void *bytes, size_t n);
/* Sends one byte after the other, each as a segment of its own. */
void send_bytewise(struct peer *peer, const void *bytes, size_t n);
/* Sends the line again and again, without reading a reply, until the program
 * takes no more; one that never stops taking has failed. Returns how many bytes
 * were sent. */
size_t send_until_full(struct peer *peer, const char *line);

/* Expects exactly these bytes next. */
void expect_text(struct peer *peer, const char *text);
void expect_bytes(struct peer *peer, const void *bytes, size_t n);
/* Reads the next line ("\n" included) into `line`, for a check that looks at
 * it by itself. */
void read_line(struct peer *peer, char *line, size_t size);
/* Expects that the program settles without sending anything or hanging up. */
void expect_silence(struct peer *peer);
/* Expects the end of the connection: in good order; by a reset; either. */
void expect_end(struct peer *peer);
void expect_reset(struct peer *peer);
void expect_gone(struct peer *peer);
/* Reads and forgets everything until the connection ends; how many bytes. */
size_t read_to_the_end(struct peer *peer);

/* Sends a line and expects the same bytes back. */
void expect_echo(struct peer *peer, const char *line);

void half_close(struct peer *peer);
void leave(struct peer *peer);        /* close in good order */
void leave_rudely(struct peer *peer); /* close with a reset */

/* --- the program itself --------------------------------------------------- */

/* Waits for its end and expects this exit status, or this deadly signal (which
 * then is no crash). */
void expect_exit(struct program *program, int status);
void expect_killed_by(struct program *program, int signal_number);
/* Waits until the program has settled or ended; then it must be alive. */
void expect_alive(struct program *program);
/* Waits until the stream contains `text`. */
void expect_said(struct program *program, enum output stream, const char *text);
/* Waits until the program has settled or ended; then the stream must not
 * contain `text`. */
void expect_not_said(struct program *program, enum output stream,
                     const char *text);
/* Expects all of the program's stdout, once it has ended, to be `text`. */
void expect_printed(struct program *program, const char *text);
/* Waits until it has settled, asleep in this call ("accept", "recv", ...;
 * NULL: any). */
void expect_asleep(struct program *program, const char *call);
/* Expects it to use CPU time all the time without ever waiting. */
void expect_spinning(struct program *program);
/* Sends SIGTERM, expects the exit status. */
void expect_stops(struct program *program, int status);
/* Waits until it has `count` sockets in this state, and no other number. */
void expect_sockets(struct program *program, enum tcp_state state, int count);
/* Waits until it has `count` open descriptors. */
void expect_descriptors(struct program *program, int count);
/* Waits until the program and its descendants are `count` processes. */
void expect_processes(struct program *program, int count);

/* --- the wire ------------------------------------------------------------- */

/* A tap on the private network (ends the check as a kit problem where there is
 * none). */
struct tap *open_tap(void);
/* Expects `count` packets of this kind so far (tap.h). */
void expect_packets(struct tap *tap, int from_port, int to_port, unsigned mask,
                    unsigned flags, int payload_bytes, int count);

/* --- anything else -------------------------------------------------------- */

/* Expects that `holds` is true; `what` says, as a sentence, what should be. */
void expect_that(bool holds, const char *what);

/* Ends the check as a kit problem where there is no private network. */
void need_private_network(void);
/* Lets this process have `count` descriptors at once; ends the check as a kit
 * problem where the hard limit (RLIMIT_NOFILE) is lower. */
void need_descriptors(int count);

/* Adds a line to the story that a failed verdict tells (printf-like). */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Random but repeatable: `n` letters and digits, never all the same, from the
 * SEED that every run prints and from the name of the check. Into `out`, which
 * holds n + 1 bytes; returns it. */
const char *seeded_text(char *out, size_t n);
/* A repeatable number from `low` to `high`. */
int seeded_number(int low, int high);

#endif
