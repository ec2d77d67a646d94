/* program: starts the program under test as a process of its own, and ends it.
 *
 * A keeper process stands between the caller and the program. It drains the
 * program's output, and when the caller ends -- returns, fails, crashes, is
 * killed -- it kills the program and every descendant of it. So nothing
 * survives a check, whatever happened in it.
 *
 * Times are in milliseconds. Functions that wait have a deadline and look at
 * the program's state, never at the clock alone.
 */
#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proc.h"

enum {
    OUTPUT_LIMIT_BYTES = 1 << 20, /* kept of each stream; the rest is drained */
    PROGRAM_ARGUMENTS_MOST = 32,
};

/* What the program gets besides its arguments. Zero means: nothing special. */
struct program_options {
    const char *input;    /* what it reads on stdin; NULL: end of file */
    int descriptor_limit; /* RLIMIT_NOFILE */
    int send_bytes;       /* send and write take at most so many bytes */
    int receive_bytes;    /* recv and read return at most so many bytes */
    int interrupt_every;  /* one in n calls that can wait fails: EINTR */
    const char *const *environment; /* NULL-ended list of "NAME=VALUE" */
};

enum output { STREAM_OUT, STREAM_ERR };

struct program;

/* Starts `argv` (NULL-ended, argv[0] is a path). `options` may be NULL. The
 * words of the environment variable LT_PREFIX, if set, come first: the
 * launcher of a sandbox. stdin is empty, nothing else is inherited. Returns
 * the program, owned by the harness until programs_end(), or NULL with errno
 * set when it could not be started at all (no such file: ENOENT). */
struct program *program_start(const char *const argv[],
                              const struct program_options *options);

/* The process id. Behind a launcher: of the process that executes the program's
 * own file, however many processes stand between; the launcher ends as the
 * program did, with its status or by its signal. */
pid_t program_pid(const struct program *program);

/* True from the moment in which it begins to end until program_ended knows. */
bool program_is_dying(const struct program *program);

/* The program, its descendants included: how many processes there are. */
int program_processes(const struct program *program,
                      pid_t pids[PROC_TREE_MOST]);

/* What all of these have done so far, added up. */
struct activity program_activity(const struct program *program);

/* All that it has printed by now: a zero-ended text that is valid until the
 * next call for the same program and stream; `*n` (may be NULL) counts the
 * bytes. */
const char *program_output(struct program *program, enum output stream,
                           size_t *n);

/* True when the program itself has ended; `*status` as from waitpid. */
bool program_ended(const struct program *program, int *status);

/* True when it has ended, and every descendant of it, too. */
bool program_is_over(const struct program *program);

/* True when it has ended, and it was not we who killed it (program_signal,
 * program_end). */
bool program_ended_by_itself(const struct program *program);

/* Waits for the program's end. 0 and `*status`, or -1 after `ms`. */
int program_wait(struct program *program, int ms, int *status);

/* Sends a signal to the program's process. */
void program_signal(struct program *program, int signal_number);

/* Stops the program with SIGSTOP and waits until it has stopped, and lets it
 * go on: what arrives in between is one event for it. */
void program_freeze(struct program *program);
void program_thaw(struct program *program);

/* The port on which the program, or a descendant, really listens: read from
 * /proc, no connection is used up. 0 when it listens on none (yet). `index`
 * counts its listening sockets from 0. */
int program_port(const struct program *program, int index);

/* The program's TCP sockets in a state. `rows` may be NULL. Returns how many
 * there are. */
int program_sockets(const struct program *program, enum tcp_state state,
                    struct tcp_row rows[], int most);

/* Ends one program, or all of them, with every descendant, and waits until
 * they are gone. What program_output and program_ended say of it stays. */
void program_end(struct program *program);
void programs_end(void);

/* What the program and its descendants have used in their whole life; complete
 * after program_end. Only cpu_ns and switches are filled in. */
struct activity program_usage(const struct program *program);

/* Calls `visit` for each program started so far. */
void programs_each(void (*visit)(struct program *program, void *context),
                   void *context);

#endif
