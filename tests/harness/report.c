/* report: the runner's view of a run: what was planned, what came in, what is
 * printed.
 *
 *   LT_STYLE=checks   one line a check, failed ones explained (the default)
 *   LT_STYLE=board    one line a case, the next one explained
 *   LT_JSON=FILE      the same as JSON lines, the plan first
 *   LT_UNCOVERED=ok   where there is no private network, checks that need one
 *                     are counted and named, and the status stays 0
 */
#include "report.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/internal/ordered-set.h>
#include <criterion/options.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ini.h"
#include "network.h"
#include "place.h"

enum {
    RESULTS_MOST = 1024,
    NAME_SIZE = 160,
    PIPE_BYTES = 1 << 20, /* for verdicts on their way */
    COMPILER_LINES = 10,  /* of a compiler's message on the board */
};

struct result {
    char check[NAME_SIZE];     /* "suite/sentence" */
    char message[REPORT_SIZE]; /* "key value" lines; "" until it came */
    bool criterion_failed;     /* what Criterion itself says */
    float seconds;
};

static struct result results[RESULTS_MOST];
static int result_count;
static int verdict_pipe; /* the end to read from, not blocking */
static FILE *json;       /* LT_JSON, or NULL */

/* --- gathering ------------------------------------------------------------ */

static struct result *
find_result(const char *check)
{
    for (int i = 0; i < result_count; i++)
        if (strcmp(results[i].check, check) == 0)
            return &results[i];
    return NULL;
}

/* The value of `key` in the message; the `index`-th one. NULL if none. */
static const char *
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

static void
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

ReportHook(POST_TEST)(struct criterion_test_stats *stats)
{
    take_statistics(stats, false);
}

ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
    take_statistics(stats, true);
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

static bool
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

static int
count_verdicts(const char *word)
{
    int count = 0;

    for (int i = 0; i < result_count; i++)
        count += has_verdict(&results[i], word);
    return count;
}

static int
count_uncovered(void)
{
    int count = 0;

    for (int i = 0; i < result_count; i++)
        count += is_uncovered(&results[i]);
    return count;
}

/* --- for people ----------------------------------------------------------- */

static bool
colourful(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

/* Prints a state word, padded to `width`; the colour comes second. */
static void
print_word(const char *word, int width)
{
    const char *colour = "\033[31m"; /* red */

    if (strcmp(word, "passed") == 0 || strcmp(word, "done") == 0)
        colour = "\033[32m"; /* green */
    else if (strcmp(word, "next") == 0 || strcmp(word, "kit problem") == 0)
        colour = "\033[33m"; /* yellow */
    else if (strcmp(word, "to do") == 0)
        colour = "";
    if (colourful())
        (void)printf("%s%-*s%s", colour, width, word,
                     colour[0] != '\0' ? "\033[0m" : "");
    else
        (void)printf("%-*s", width, word);
}

/* "repair_says_nothing/a_b_c" becomes "says_nothing: a b c". */
static void
print_sentence(const char *check)
{
    const char *underscore = strchr(check, '_');
    const char *name = underscore != NULL ? underscore + 1 : check;
    const char *slash = strchr(check, '/');

    (void)printf("%.*s%s: ", (int)(slash - name), name,
                 strncmp(check, "symptom_", 8) == 0 ? " (symptom)" : "");
    for (const char *c = slash + 1; *c != '\0'; c++)
        (void)putchar(*c == '_' ? ' ' : *c);
    (void)putchar('\n');
}

/* Prints the values of one key, the last `most` of them. */
static void
print_values(const struct result *result, const char *key, const char *heading,
             int most)
{
    const char *value;
    int count = 0;

    while (value_of(result, key, count) != NULL)
        count++;
    for (int n = count > most ? count - most : 0;
         (value = value_of(result, key, n)) != NULL; n++)
        (void)printf("  %-9s %.68s\n", heading, value);
}

static void
print_details(const struct result *result, int steps, int said)
{
    print_values(result, "step", "then", steps);
    print_values(result, "expected", "expected", 1);
    print_values(result, "received", "received", 1);
    print_values(result, "took", "took", 1);
    print_values(result, "kernel", "kernel", 1);
    print_values(result, "said", "it said", said);
    print_values(result, "what", "so", 1);
}

static void
print_checks(void)
{
    for (int i = 0; i < result_count; i++) {
        const char *word = value_of(&results[i], "verdict", 0);

        print_word(word, 12);
        print_sentence(results[i].check);
        if (strcmp(word, "passed") != 0)
            print_details(&results[i], 5, 2);
    }
}

/* --- the board of cases --------------------------------------------------- */

struct case_row {
    char name[NAME_SIZE], title[128], does[256];
    int order, passed, checks, kit_problems;
    const struct result *first_failed;
};

static void
fill_row(struct case_row *row, const char *name)
{
    const char *path = place_in_case(name, "case.ini");
    char order[16];

    (void)snprintf(row->name, sizeof row->name, "%s", name);
    (void)ini_value(path, "title", row->title, sizeof row->title);
    (void)ini_value(path, "does", row->does, sizeof row->does);
    (void)ini_value(path, "order", order, sizeof order);
    row->order = atoi(order);
}

static int
by_order(const void *a, const void *b)
{
    const struct case_row *left = a, *right = b;

    return left->order - right->order;
}

static int
gather_cases(struct case_row rows[], int most)
{
    int count = 0;

    for (int i = 0; i < result_count; i++) {
        char name[NAME_SIZE];
        int r = 0;

        if (sscanf(results[i].check, "repair_%159[^/]", name) != 1)
            continue;
        while (r < count && strcmp(rows[r].name, name) != 0)
            r++;
        if (r == most)
            break;
        if (r == count)
            fill_row(&rows[count++], name);
        rows[r].checks++;
        if (has_verdict(&results[i], "passed"))
            rows[r].passed++;
        else if (rows[r].first_failed == NULL)
            rows[r].first_failed = &results[i];
        if (has_verdict(&results[i], "kit problem"))
            rows[r].kit_problems++;
    }
    qsort(rows, (size_t)count, sizeof rows[0], by_order);
    return count;
}

/* What the compiler said about the student's copy, if that is why there is no
 * program. False when it compiled. */
static bool
print_compiler_message(const char *name)
{
    char path[1024], line[256];
    const char *folder = getenv("LT_SUBJECTS");
    FILE *file;
    int lines = 0;

    (void)snprintf(path, sizeof path, "%s/%s.log", folder != NULL ? folder : "",
                   name);
    file = folder != NULL ? fopen(path, "re") : NULL;
    if (file == NULL)
        return false;
    (void)printf("it does not compile:\n");
    while (lines++ < COMPILER_LINES && fgets(line, sizeof line, file) != NULL)
        (void)printf("  %s", line);
    (void)fclose(file);
    return true;
}

/* Prints words, broken into lines of at most 76 columns behind `indent`. */
static void
print_folded(const char *text, int indent)
{
    enum { WIDTH = 76 };

    while (*text != '\0') {
        size_t n = strlen(text);

        if (n > (size_t)(WIDTH - indent)) {
            n = (size_t)(WIDTH - indent);
            while (n > 1 && text[n] != ' ')
                n--;
        }
        (void)printf("%*s%.*s\n", indent, "", (int)n, text);
        text += n + (text[n] == ' ');
    }
}

static void
print_next(const struct case_row *row, const char *lab)
{
    (void)printf("next: edit work/%s/%s.c\n", lab, row->name);
    print_folded(row->does, 2);
    if (!print_compiler_message(row->name)) {
        print_word(value_of(row->first_failed, "verdict", 0), 0);
        (void)printf(": ");
        print_sentence(row->first_failed->check);
        print_details(row->first_failed, 2, 1);
    }
    (void)printf("look closer: make shell; get a hint: make %s-hint CASE=%s\n",
                 lab, row->name);
}

/* "right", "wrong" or NULL: the answer to the case's evidence question, as
 * LT_EVIDENCE ("case=right other=wrong") tells. */
static const char *
evidence(const char *name)
{
    const char *list = getenv("LT_EVIDENCE");
    const char *found = list;
    size_t length = strlen(name);

    while (found != NULL && (found = strstr(found, name)) != NULL) {
        if ((found == list || found[-1] == ' ') && found[length] == '=')
            return found[length + 1] == 'r' ? "right" : "wrong";
        found += length;
    }
    return NULL;
}

static void
print_board(void)
{
    static struct case_row rows[64];
    int count = gather_cases(rows, 64);
    const struct case_row *next = NULL;
    char lab[8];

    (void)snprintf(lab, sizeof lab, "%.5s", place_lab());
    for (int i = 0; i < count; i++) {
        const char *word = "to do";

        if (rows[i].passed == rows[i].checks)
            word = "done";
        else if (rows[i].passed + rows[i].kit_problems == rows[i].checks)
            word = "kit problem";
        else if (next == NULL)
            word = "next";
        if (strcmp(word, "next") == 0)
            next = &rows[i];
        print_word(word, 7);
        if (evidence(rows[i].name) == NULL)
            (void)printf("%-22s%.51s", rows[i].name, rows[i].title);
        else
            (void)printf("%-22s%-34.34s (evidence %s)", rows[i].name,
                         rows[i].title, evidence(rows[i].name));
        (void)putchar('\n');
    }
    if (next != NULL)
        print_next(next, lab);
}

static void
print_summary(void)
{
    int passed = count_verdicts("passed");
    int problems = count_verdicts("kit problem");

    if (problems > 0)
        for (int i = 0; i < result_count; i++)
            if (has_verdict(&results[i], "kit problem")) {
                (void)printf("not covered (kit problem: %s): ",
                             value_of(&results[i], "what", 0));
                print_sentence(results[i].check);
            }
    (void)printf("%d passed, %d failed", passed,
                 result_count - passed - problems);
    if (problems > 0)
        (void)printf(", %d skipped", problems);
    (void)printf("\n");
}

/* --- for programs --------------------------------------------------------- */

static void
print_json_text(FILE *out, const char *text)
{
    (void)putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            (void)fprintf(out, "\\%c", c);
        else if (c < ' ' || c >= 127)
            (void)fprintf(out, "\\u%04x", (unsigned)c);
        else
            (void)putc(c, out);
    }
    (void)putc('"', out);
}

static void
print_json_result(FILE *out, const struct result *result)
{
    static const char *const keys[] = {"verdict",  "what", "step",   "expected",
                                       "received", "took", "kernel", "said"};
    const char *value;

    (void)fprintf(out, "{\"check\":");
    print_json_text(out, result->check);
    (void)fprintf(out, ",\"seconds\":%.3f", (double)result->seconds);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        bool is_list = i == 2 || i == 7;

        if (value_of(result, keys[i], 0) == NULL)
            continue;
        (void)fprintf(out, ",\"%s\":%s", keys[i], is_list ? "[" : "");
        for (int n = 0; (value = value_of(result, keys[i], n)) != NULL; n++) {
            if (n > 0)
                (void)putc(',', out);
            print_json_text(out, value);
        }
        if (is_list)
            (void)putc(']', out);
    }
    (void)fprintf(out, "}\n");
}

/* First the plan, so that a reader sees what is missing when the rest does
 * not come; then one line a check; then the totals. */
static void
print_json_plan(void)
{
    (void)fprintf(json, "{\"plan\":[");
    for (int i = 0; i < result_count; i++) {
        if (i > 0)
            (void)putc(',', json);
        print_json_text(json, results[i].check);
    }
    (void)fprintf(json, "]}\n");
    (void)fflush(json);
}

static void
print_json_results(void)
{
    for (int i = 0; i < result_count; i++)
        print_json_result(json, &results[i]);
    (void)fprintf(json, "{\"passed\":%d,\"total\":%d}\n",
                  count_verdicts("passed"), result_count);
    (void)fclose(json);
}

/* --- the beginning and the end of a run ----------------------------------- */

ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
    FOREACH_SET(struct criterion_suite_set * suite, set->suites)
    {
        FOREACH_SET(struct criterion_test * test, suite->tests)
        {
            if (test->data->disabled || result_count == RESULTS_MOST)
                continue;
            (void)snprintf(results[result_count++].check, NAME_SIZE, "%s/%s",
                           test->category, test->name);
        }
    }
    if (json != NULL)
        print_json_plan();
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    const char *style = getenv("LT_STYLE");

    (void)stats;
    take_verdicts();
    for (int i = 0; i < result_count; i++)
        settle_result(&results[i]);
    if (json != NULL)
        print_json_results();
    if (style != NULL && strcmp(style, "board") == 0) {
        print_board();
        return;
    }
    print_checks();
    (void)printf("SEED=%s repeats this run\n", getenv("SEED"));
    print_summary();
}

/* --- for the runner ------------------------------------------------------- */

int
report_open(void)
{
    char path[64];
    int ends[2];

    if (getenv("LT_JSON") != NULL &&
        (json = fopen(getenv("LT_JSON"), "we")) == NULL)
        return -1;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* or it stays smaller */
    verdict_pipe = ends[0];
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), ends[1]);
    (void)setenv(REPORT_PATH_VARIABLE, path, 1);
    return 0;
}

int
report_status(void)
{
    int passed = count_verdicts("passed");
    int problems = count_verdicts("kit problem");
    const char *uncovered = getenv("LT_UNCOVERED");

    if (uncovered != NULL && strcmp(uncovered, "ok") == 0)
        problems -= count_uncovered();
    if (result_count == 0) {
        (void)fprintf(stderr, "no check matches the filter\n");
        return STATUS_USAGE;
    }
    if (passed + count_verdicts("kit problem") < result_count)
        return EXIT_FAILURE;
    return problems > 0 ? STATUS_KIT_PROBLEM : EXIT_SUCCESS;
}
