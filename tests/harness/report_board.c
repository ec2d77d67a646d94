/* report_board: a run as a board of cases; see report_forms.h. */
#include "report_forms.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"
#include "place.h"
#include "results.h"

enum { COMPILER_LINES = 10 }; /* of a compiler's message on the board */

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

void
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
