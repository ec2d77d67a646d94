/* check_program: expects words of the program under test, and its end. */
#include "check.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "excerpt.h"
#include "program.h"
#include "settling.h"
#include "subject.h"
#include "verdict.h"

/* --- its end -------------------------------------------------------------- */

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
expect_stops(struct program *program, int status)
{
    tell("the program gets SIGTERM");
    asked();
    program_signal(program, SIGTERM);
    expect_exit(program, status);
}

void
expect_alive(struct program *program)
{
    char end[64];

    if (wait_for_end(program, NULL)) {
        describe_end(program, end, sizeof end);
        fail("the program should live on: %s", end);
    }
    held();
}

/* --- its words ------------------------------------------------------------ */

/* Fails because the text is missing; shows what was printed last. */
_Noreturn static void
lacks(struct program *program, enum output stream, const char *text)
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
expect_said(struct program *program, enum output stream, const char *text)
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
expect_not_said(struct program *program, enum output stream, const char *text)
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
