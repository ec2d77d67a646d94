/* subject: see subject.h. */
#include "subject.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "clock.h"
#include "program.h"
#include "settling.h"

enum { DEATH_MS = 2000 }; /* for a dying process to be dead */

static int allowed_signal; /* a death by it is no crash */

bool
has_said(struct program *program, enum output stream, const char *text)
{
    size_t n;
    const char *output = program_output(program, stream, &n);

    return memmem(output, n, text, strlen(text)) != NULL;
}

int
wait_for_port(struct program *program)
{
    enum { TIMES_BUSY = 4 };      /* settled so often: it never will */
    static struct program *known; /* where the last answer is from */
    static int port;
    struct settling settling;
    enum settled settled = NOT_SETTLED;
    int64_t start_ns = now_ns();
    int times = 0;

    if (known == program && port != 0)
        return port; /* to look takes long when there are many sockets */
    known = program;
    settling_begin(&settling, program);
    while ((port = program_port(program, 0)) == 0 && settled == NOT_SETTLED &&
           elapsed_ms(start_ns) < patience_ms(GOOD_MS)) {
        settled = settling_look(&settling);
        if (settled == SETTLED_BUSY && ++times < TIMES_BUSY) {
            settling_begin(&settling, program);
            settled = NOT_SETTLED;
        }
        pause_ms(LOOK_MS);
    }
    return port;
}

void
describe_end(struct program *program, char *text, size_t size)
{
    int status;

    if (!program_ended(program, &status))
        (void)snprintf(text, size, "it is alive");
    else if (WIFSIGNALED(status))
        (void)snprintf(text, size, "it was killed by SIG%s",
                       sigabbrev_np(WTERMSIG(status)));
    else
        (void)snprintf(text, size, "it ended with status %d",
                       WEXITSTATUS(status));
}

struct death {
    bool found;
    char what[128];
};

static void
look_for_crash(struct program *program, void *context)
{
    struct death *death = context;
    int status, signal_number;

    if (death->found)
        return;
    if (has_said(program, STREAM_ERR, "Sanitizer:") ||
        has_said(program, STREAM_ERR, "runtime error:")) {
        death->found = true;
        (void)snprintf(death->what, sizeof death->what,
                       "a sanitizer has found a fault");
        return;
    }
    if (!program_ended(program, &status) || !WIFSIGNALED(status))
        return;
    signal_number = WTERMSIG(status);
    if (signal_number == allowed_signal || signal_number == SIGTERM ||
        signal_number == SIGINT)
        return; /* ours */
    if (signal_number == SIGKILL && !program_ended_by_itself(program))
        return; /* ours, too; else a limit's, or the program's own doing */
    death->found = true;
    (void)snprintf(death->what, sizeof death->what,
                   "the program was killed by SIG%s (%s)",
                   sigabbrev_np(signal_number), strsignal(signal_number));
}

const char *
crash_found(void)
{
    static struct death death;

    death.found = false;
    programs_each(look_for_crash, &death);
    return death.found ? death.what : NULL;
}

/* The kernel closes what a dying process has open before it tells how the
 * process died: we may have seen the one and not yet the other. */
static void
wait_for_death(struct program *program, void *unused)
{
    int64_t start_ns = now_ns();

    (void)unused;
    while (program_is_dying(program) && elapsed_ms(start_ns) < DEATH_MS)
        pause_ms(1);
}

void
await_deaths(void)
{
    programs_each(wait_for_death, NULL);
}

void
allow_death_by(int signal_number)
{
    allowed_signal = signal_number;
}
