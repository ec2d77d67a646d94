/* results: see results.h. */
#include "results.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

enum { PIPE_BYTES = 1 << 20 }; /* for verdicts on their way */

struct result results[RESULTS_MOST];
int result_count;
static int verdict_pipe; /* the end to read from, not blocking */

/* --- gathering ------------------------------------------------------------ */

int
open_results(void)
{
    char path[64];
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* or it stays smaller */
    verdict_pipe = ends[0];
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), ends[1]);
    (void)setenv(REPORT_PATH_VARIABLE, path, 1);
    return 0;
}

void
plan_check(const struct criterion_test *test)
{
    if (result_count == RESULTS_MOST)
        return;
    (void)snprintf(results[result_count++].check, NAME_SIZE, "%s/%s",
                   test->category, test->name);
}

static struct result *
find_result(const char *check)
{
    for (int i = 0; i < result_count; i++)
        if (strcmp(results[i].check, check) == 0)
            return &results[i];
    return NULL;
}

const char *
value_of(const struct result *result, const char *key, int index)
{
    static char values[4][256];
    static int next;
    const char *line = result->message;
    size_t length = strlen(key);

    while (*line != '\0') {
        size_t n = strcspn(line, "\n");

        if (strncmp(line, key, length) == 0 && line[length] == ' ' &&
            index-- == 0) {
            char *value = values[next++ % 4];

            (void)snprintf(value, sizeof values[0], "%.*s",
                           (int)(n - length - 1), line + length + 1);
            return value;
        }
        line += n + (line[n] == '\n');
    }
    return NULL;
}

static void
set_verdict(struct result *result, const char *word, const char *what)
{
    (void)snprintf(result->message, sizeof result->message,
                   "verdict %s\nwhat %s\n", word, what);
}

/* Files one message that a test has sent. A test sends one; where a second one
 * comes, somebody else has got hold of the pipe, and neither counts. */
static void
take_message(const char *message)
{
    struct result arrived = {0}, *result;
    const char *check;

    (void)snprintf(arrived.message, sizeof arrived.message, "%s", message);
    check = value_of(&arrived, "check", 0);
    result = check != NULL ? find_result(check) : NULL;
    if (result == NULL)
        return;
    if (result->message[0] == '\0')
        memcpy(result->message, arrived.message, sizeof result->message);
    else
        set_verdict(result, "failed", "more than one verdict came");
}

static void
take_verdicts(void)
{
    static char message[REPORT_SIZE];
    static size_t used;
    char byte;

    while (read(verdict_pipe, &byte, 1) == 1) {
        if (used < sizeof message)
            message[used++] = byte;
        if (byte != '\0')
            continue;
        message[sizeof message - 1] = '\0';
        take_message(message);
        used = 0;
    }
}

void
take_statistics(const struct criterion_test_stats *stats, bool crashed)
{
    char check[NAME_SIZE];
    struct result *result;

    take_verdicts();
    (void)snprintf(check, sizeof check, "%s/%s", stats->test->category,
                   stats->test->name);
    result = find_result(check);
    if (result == NULL)
        return;
    result->seconds = stats->elapsed_time;
    result->criterion_failed = crashed || stats->crashed || stats->timed_out ||
                               stats->test_status != CR_STATUS_PASSED;
}

/* --- judging -------------------------------------------------------------- */

/* Nothing passes unless it says so itself, has expected something, and
 * Criterion agrees. */
static void
settle_result(struct result *result)
{
    const char *word = value_of(result, "verdict", 0);
    const char *expectations = value_of(result, "expectations", 0);

    if (word == NULL)
        set_verdict(result, "failed", "the check did not report");
    else if (strcmp(word, "passed") != 0)
        return;
    else if (expectations == NULL || atoi(expectations) == 0)
        set_verdict(result, "failed", "the check expected nothing");
    else if (result->criterion_failed)
        set_verdict(result, "failed", "Criterion says that it failed");
}

void
settle_results(void)
{
    take_verdicts();
    for (int i = 0; i < result_count; i++)
        settle_result(&results[i]);
}

bool
has_verdict(const struct result *result, const char *word)
{
    const char *own = value_of(result, "verdict", 0);

    return own != NULL && strcmp(own, word) == 0;
}

/* A kit problem that only the missing private network explains. */
static bool
is_uncovered(const struct result *result)
{
    const char *what = value_of(result, "what", 0);

    return has_verdict(result, "kit problem") && what != NULL &&
           strncmp(what, NO_PRIVATE_NETWORK, strlen(NO_PRIVATE_NETWORK)) == 0;
}

int
count_verdicts(const char *word)
{
    int count = 0;

    for (int i = 0; i < result_count; i++)
        count += has_verdict(&results[i], word);
    return count;
}

int
count_uncovered(void)
{
    int count = 0;

    for (int i = 0; i < result_count; i++)
        count += is_uncovered(&results[i]);
    return count;
}
