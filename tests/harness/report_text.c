/* report_text: a run as lines for people, one a check; see report_forms.h. */
#include "report_forms.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ladder.h"
#include "results.h"

static bool
colourful(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

void
print_word(const char *word, int width)
{
    const char *colour = "\033[31m"; /* red */

    if (strcmp(word, "passed") == 0 || strcmp(word, "done") == 0)
        colour = "\033[32m"; /* green */
    else if (strcmp(word, "next") == 0 || strcmp(word, "kit problem") == 0 ||
             strcmp(word, "not covered") == 0)
        colour = "\033[33m"; /* yellow */
    else if (strcmp(word, "to do") == 0)
        colour = "";
    if (colourful())
        (void)printf("%s%-*s%s", colour, width, word,
                     colour[0] != '\0' ? "\033[0m" : "");
    else
        (void)printf("%-*s", width, word);
}

void
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

void
print_details(const struct result *result, int steps, int said)
{
    print_values(result, "step", "then", steps);
    print_values(result, "expected", "expected", 1);
    print_values(result, "received", "received", 1);
    print_values(result, "took", "took", 1);
    print_values(result, "kernel", "kernel", 1);
    print_values(result, "output", "output", 1);
    print_values(result, "said", "it said", said);
    print_values(result, "what", "so", 1);
}

void
print_checks(void)
{
    for (int i = 0; i < result_count; i++) {
        const char *word = value_of(&results[i], "verdict", 0);

        print_word(word, 12);
        print_sentence(results[i].check);
        if (strcmp(word, "passed") != 0) {
            print_details(&results[i], 5, 2);
            print_values(&results[i], "ladder", "ladder", LADDER_LINES);
        }
    }
}

void
print_summary(void)
{
    int passed = count_verdicts("passed");
    int problems = count_verdicts("kit problem");

    if (problems > 0)
        for (int i = 0; i < result_count; i++)
            if (has_verdict(&results[i], "kit problem")) {
                print_word("not covered", 12);
                print_sentence(results[i].check);
                print_values(&results[i], "what", "so", 1);
            }
    (void)printf("%d passed, %d failed", passed,
                 result_count - passed - problems);
    if (problems > 0)
        (void)printf(", %d skipped", problems);
    (void)printf("\n");
}
