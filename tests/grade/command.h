/* command: runs one program and takes what it says, within limits. */
#ifndef GRADE_COMMAND_H
#define GRADE_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct command {
    const char *const *argv;        /* NULL-ended */
    const char *const *environment; /* NULL-ended; nothing else is inherited */
    int input;                      /* what it reads on stdin; 0: nothing */
    int seconds;                    /* then it is killed */
    size_t out_most, said_most;     /* kept of stdout and of stderr, in bytes */
};

struct outcome {
    int status; /* as from waitpid */
    bool timed_out;
    GByteArray *out, *said; /* owned by whoever called; outcome_clear */
    size_t out_bytes;       /* all that came, kept or not */
};

/* To be called once: from now on every orphan of what we run is ours, and
 * SIGINT, SIGTERM and SIGHUP end what runs instead of us, and no right that a
 * private network has given goes on to it. */
void command_prepare(void);

/* True once such a signal has come; then nothing is run any more. */
bool command_stopped(void);

/* Runs it, waits for its end or ends it, and then ends every descendant that
 * is left. 0, or a negative errno when it could not be started. */
int command_run(const struct command *command, struct outcome *outcome);

void outcome_clear(struct outcome *outcome);

#endif
