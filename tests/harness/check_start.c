/* check_start: starts the program under test, and expects it to listen. */
#include "check.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_network.h"
#include "forked.h"
#include "ini.h"
#include "place.h"
#include "program.h"
#include "subject.h"
#include "verdict.h"

enum {
    PATH_SIZE = 512,
    ARGUMENTS_MOST = 16, /* of a program under test */
};

/* --- starting ------------------------------------------------------------- */

static bool
is_symptom_check(void)
{
    return strncmp(current_check()->category, "symptom_", 8) == 0;
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

/* --- listening ------------------------------------------------------------ */

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
