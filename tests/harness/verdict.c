/* verdict: see verdict.h. */
#include "verdict.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "excerpt.h"
#include "forked.h"
#include "ladder.h"
#include "peer.h"
#include "program.h"
#include "record.h"
#include "report.h"
#include "subject.h"

enum {
    STORY_LINES = 5,  /* the last so many are told */
    STORY_WIDTH = 69, /* a line of the story; with its margin 80 */
};

static struct {
    int fd;           /* where the verdict goes */
    int expectations; /* that held */
    bool sent;        /* the verdict is on its way */
    int64_t asked_ns; /* of the last thing sent to the program */
    char story[STORY_LINES][STORY_WIDTH];
    int story_count;
} check;

/* --- what a verdict tells ------------------------------------------------- */

void
tell(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(check.story[check.story_count++ % STORY_LINES], STORY_WIDTH,
                    format, arguments);
    va_end(arguments);
    ladder_look();
}

void
asked(void)
{
    ladder_look();
    check.asked_ns = now_ns();
}

/* Appends "key value\n" to the message; a byte of the value that is not a
 * printable character becomes a blank: it may come from the program. */
static void
add_line(char *message, size_t *used, const char *key, const char *value)
{
    int n =
        snprintf(message + *used, REPORT_SIZE - *used, "%s %s\n", key, value);

    if (n < 0 || (size_t)n + 1 >= REPORT_SIZE - *used)
        return;
    for (char *c = message + *used; c < message + *used + n - 1; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
            *c = ' ';
    *used += (size_t)n;
}

struct message {
    char *text;
    size_t *used;
};

/* Who prints without end is told so: it is seldom meant. */
static void
add_flood(struct program *program, struct message *message)
{
    size_t out, err;

    (void)program_output(program, STREAM_OUT, &out);
    (void)program_output(program, STREAM_ERR, &err);
    if (out >= OUTPUT_LIMIT_BYTES || err >= OUTPUT_LIMIT_BYTES)
        add_line(message->text, message->used, "output",
                 "more than 1 MiB, which is more than is kept");
}

/* The last two lines that the program wrote to a stream. */
static void
add_last_lines(struct program *program, enum output stream, const char *key,
               struct message *message)
{
    size_t n;
    const char *text = program_output(program, stream, &n);
    const char *line = text + n;

    for (int lines = 0; line > text; line--)
        if (line[-1] == '\n' && line < text + n && ++lines == 2)
            break;
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");

        add_line(message->text, message->used, key, shown(line, length));
        line += length + (line[length] == '\n');
    }
}

/* It may know better what went wrong. */
static void
add_last_words(struct program *program, void *context)
{
    struct message *message = context;

    add_flood(program, message);
    add_last_lines(program, STREAM_OUT, "printed", message);
    add_last_lines(program, STREAM_ERR, "said", message);
}

static void
look_for_listener(struct program *program, void *found)
{
    if (program_port(program, 0) != 0)
        *(bool *)found = true;
}

/* For whoever reads the verdicts of many checks: nobody could be talked to. It
 * is not shown to students, who shall find that out. */
static void
add_deafness(struct message *message)
{
    bool listens = peers_so_far() > 0;

    programs_each(look_for_listener, &listens);
    if (!listens)
        add_line(message->text, message->used, "listens", "nowhere");
}

static void
add_rung(const char *text, void *context)
{
    struct message *message = context;

    add_line(message->text, message->used, "ladder", text);
}

void
open_verdict(void)
{
    const char *path = getenv(REPORT_PATH_VARIABLE);

    check.fd = path != NULL ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    asked();
}

void
send_verdict(const struct verdict *verdict)
{
    char message[REPORT_SIZE], view[128], line[256];
    size_t used = 0;
    int first =
        check.story_count > STORY_LINES ? check.story_count - STORY_LINES : 0;

    if (check.sent)
        return;
    check.sent = true;
    (void)snprintf(line, sizeof line, "%s/%s", current_check()->category,
                   current_check()->name);
    add_line(message, &used, "check", line);
    add_line(message, &used, "verdict", verdict->word);
    (void)snprintf(line, sizeof line, "%d", check.expectations);
    add_line(message, &used, "expectations", line);
    if (verdict->what != NULL) {
        add_line(message, &used, "what", verdict->what);
        for (int i = first; i < check.story_count; i++)
            add_line(message, &used, "step", check.story[i % STORY_LINES]);
        if (verdict->expected != NULL)
            add_line(message, &used, "expected", verdict->expected);
        if (verdict->received != NULL)
            add_line(message, &used, "received", verdict->received);
        (void)snprintf(line, sizeof line, "%.0f ms",
                       elapsed_ms(check.asked_ns));
        add_line(message, &used, "took", line);
        if (verdict->peer != NULL) {
            peer_kernel_view(verdict->peer, view, sizeof view);
            (void)snprintf(line, sizeof line, "%s: %s", verdict->peer->address,
                           view);
            add_line(message, &used, "kernel", line);
        }
        add_deafness(&(struct message){message, &used});
        programs_each(add_last_words, &(struct message){message, &used});
        if (strcmp(verdict->word, "kit problem") != 0)
            ladder_tell(add_rung, &(struct message){message, &used});
    }
    message[used++] = '\0';
    if (write(check.fd, message, used) < 0)
        (void)fprintf(stderr, "kit problem: the verdict was lost: %s\n",
                      strerror(errno));
}

/* --- the ends of a check -------------------------------------------------- */

_Noreturn void
conclude(const struct verdict *verdict)
{
    struct verdict final = *verdict;
    const char *crash;

    await_deaths();
    crash = crash_found();
    if (crash != NULL && strcmp(final.word, "kit problem") != 0) {
        final.word = "crashed";
        final.what = crash;
    }
    send_verdict(&final);
    record_end();
    if (!is_forked())
        cr_assert_fail("%s", final.what); /* leaves the test */
    _exit(EXIT_FAILURE);
}

_Noreturn void
kit_problem(const char *what)
{
    conclude(&(struct verdict){.word = "kit problem", .what = what});
}

_Noreturn void
fail(const char *format, ...)
{
    char what[160];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    conclude(&(struct verdict){.word = "failed", .what = what});
}

void
held(void)
{
    check.expectations++;
    if (!is_forked())
        cr_assert(true);
}

void
expect_that(bool holds, const char *what)
{
    if (!holds)
        fail("%s", what);
    held();
}

/* --- the time limit ------------------------------------------------------- */

/* What the handler below sends: made in advance, since little may be called in
 * a signal handler (signal-safety(7)). */
static char limit_message[512];
static size_t limit_message_size;

/* The check's own limit. Criterion's is not used: version 2.4.1 can deadlock
 * with it on a busy machine. */
static void
on_limit(int signal_number)
{
    (void)signal_number;
    if (!check.sent)
        (void)!write(check.fd, limit_message, limit_message_size);
    _exit(EXIT_FAILURE);
}

int
check_limit_s(void)
{
    return is_recorded() ? RECORD_LIMIT_S : patience_ms(CHECK_LIMIT_S);
}

void
set_limit(void)
{
    int seconds = check_limit_s();
    int n = snprintf(limit_message, sizeof limit_message,
                     "check %s/%s\nverdict timed out\nexpectations 0\n"
                     "what the check has taken longer than %d s\n",
                     current_check()->category, current_check()->name, seconds);

    limit_message_size = (size_t)n + 1;
    (void)signal(SIGALRM, on_limit);
    (void)alarm((unsigned)seconds);
}
