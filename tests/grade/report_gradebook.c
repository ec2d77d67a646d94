/* report_gradebook: see report_gradebook.h. */
#include "report_gradebook.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "clean.h"
#include "report_text.h"

enum { TITLE_MOST = 60, NAME_MOST = 200, PROBLEM_MOST = 1000 };

/* What our words begin with: no others are ever overwritten. */
static const char our_words[] = "Lab kit: ";

static char *
shown(const char *text, size_t most)
{
    return clean_text(text, strlen(text), most, 0);
}

char *
gradebook_titles(const struct gradebook *gradebook)
{
    GString *titles = g_string_new(NULL);

    for (guint i = 0; i < csv_columns(gradebook->csv, 0); i++) {
        g_autofree char *title =
            shown(csv_text(gradebook->csv, 0, i), TITLE_MOST);

        g_string_append_printf(titles, "%s'%s'", i > 0 ? ", " : "", title);
    }
    return g_string_free(titles, FALSE);
}

static bool
same_file(const char *one, const char *other)
{
    struct stat a, b;

    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* The first of the separators is the one whose trouble is told. */
bool
gradebook_open(const struct report *report, struct gradebook *gradebook,
               char *(*find)(const struct report *report,
                             struct gradebook *gradebook))
{
    g_autofree char *first = NULL;

    if (report->gradebook == NULL) {
        report_say("--gradebook FILE says which one to fill");
        return false;
    }
    if (same_file(report->gradebook, report->output)) {
        report_say("%s would be overwritten: give -o another name",
                   report->gradebook);
        return false;
    }
    gradebook->csv = csv_read(report->gradebook);
    if (gradebook->csv == NULL)
        return false;
    for (const char *separator = ",;\t"; *separator != '\0'; separator++) {
        g_autofree char *problem = csv_parse(gradebook->csv, *separator);

        gradebook->roster = roster_new();
        if (problem == NULL)
            problem = find(report, gradebook);
        if (problem == NULL)
            return true;
        roster_free(gradebook->roster);
        if (first == NULL)
            first = shown(problem, PROBLEM_MOST);
    }
    report_say("%s: %s", report->gradebook, first);
    csv_free(gradebook->csv);
    return false;
}

static double
number_in(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), ",", '.');
    char *end;
    double number = g_ascii_strtod(copy, &end);

    return *copy != '\0' && *end == '\0' && number >= 0 && number < 1e6 ? number
                                                                        : -1;
}

/* What the row can reach as it is written; "" where it does not say. */
static const char *
most_text(const struct gradebook *gradebook, int row)
{
    if (gradebook->most < 0)
        return "";
    return csv_text(
        gradebook->csv,
        (guint)(gradebook->most_row >= 0 ? gradebook->most_row : row),
        (guint)gradebook->most);
}

/* The points as the column has them, at most two decimals, with the comma or
 * point that it uses. NULL: they do not fit, without --scale. */
static char *
format_points(const struct report *report, const struct gradebook *gradebook,
              const struct student *student, int row)
{
    const char *text = most_text(gradebook, row);
    double most = number_in(text), points = student->points;
    char number[32];

    if (report->scale && most >= 0 && student->of > 0)
        points = points * most / student->of;
    else if (report->scale || (most >= 0 && most != (double)student->of))
        return NULL;
    (void)snprintf(number, sizeof number, "%.2f", points);
    while (g_str_has_suffix(number, "0") && strchr(number, '.') != NULL)
        number[strlen(number) - 1] = '\0';
    if (g_str_has_suffix(number, "."))
        number[strlen(number) - 1] = '\0';
    return g_strdelimit(g_strdup(number), ".",
                        strchr(text, ',') != NULL ? ',' : '.');
}

/* A line for the student: what counted and what did not, nothing of what is
 * hidden. It may be read as HTML, and in any character set. */
static char *
words_for(const struct student *student)
{
    const json_t *cases = json_object_get(student->result, "cases");
    GString *words = g_string_new(NULL);
    const char *lab = "";
    char *escaped;

    g_string_printf(words, "%s%d of %d points.", our_words, student->points,
                    student->of);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        bool again = strcmp(lab, text_of(one, "lab")) == 0;

        if (is_hidden(one))
            continue;
        lab = text_of(one, "lab");
        g_string_append_printf(words, "%s%s%s %s", again ? "" : " ",
                               again ? ", " : lab, again ? "" : ":",
                               text_of(one, "case"));
        g_string_append_printf(words, " %s", text_of(one, "verdict"));
    }
    escaped = g_markup_escape_text(words->str, -1);
    (void)g_string_free(words, TRUE);
    for (char *at = escaped; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return escaped;
}

static bool
is_ours(const char *words)
{
    return *words == '\0' || g_str_has_prefix(words, our_words) ||
           g_str_has_prefix(words + strspn(words, "<p>"), our_words);
}

static void
tell(const struct student *student, const char *what)
{
    g_autofree char *clean = shown(what, NAME_MOST);

    (void)printf("%s: %s\n", student->name, clean);
}

static void
fill_words(struct gradebook *gradebook, const struct student *student,
           guint row)
{
    guint column = (guint)gradebook->feedback;
    g_autofree char *words = words_for(student);

    if (is_ours(csv_text(gradebook->csv, row, column))) {
        csv_replace(gradebook->csv, row, column, words);
        return;
    }
    gradebook->kept++;
    tell(student, "points are entered; the words that are there stay");
}

/* NULL, or why the student's row is not filled (owned by the caller). */
static char *
fill_row(const struct report *report, struct gradebook *gradebook,
         const struct student *student, int row)
{
    bool worthless =
        report->zero && strcmp(student->state, "cannot be graded") == 0;
    const char *bar = gradebook->bar(gradebook, row);
    g_autofree char *points = NULL;

    if (strcmp(student->state, "graded") != 0 && !worthless)
        return g_strdup(student->state);
    if (bar != NULL)
        return g_strdup(bar);
    points = worthless ? g_strdup("0")
                       : format_points(report, gradebook, student, row);
    if (points == NULL)
        return g_strdup_printf("%d of %d points, and the column has '%s'%s",
                               student->points, student->of,
                               most_text(gradebook, row),
                               report->scale ? "" : ": --scale makes them fit");
    csv_replace(gradebook->csv, (guint)row, (guint)gradebook->column, points);
    if (gradebook->feedback >= 0 && !worthless)
        fill_words(gradebook, student, (guint)row);
    return NULL;
}

/* Each student's row, and how many want each row. */
static GArray *
find_rows(const struct report *report, const struct gradebook *gradebook,
          GArray *wanted)
{
    GArray *rows = g_array_new(FALSE, TRUE, sizeof(int));

    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];
        int row = roster_find(gradebook->roster, student->label);

        g_array_append_val(rows, row);
        if (row >= 0)
            g_array_index(wanted, int, row)++;
    }
    return rows;
}

static void
tell_of_others(const struct gradebook *gradebook, const GArray *wanted)
{
    int none = 0;

    for (guint row = 0; row < gradebook->csv->rows->len; row++)
        if (g_array_index(wanted, int, row) == 0 &&
            *roster_name(gradebook->roster, (int)row)) {
            g_autofree char *name =
                shown(roster_name(gradebook->roster, (int)row), NAME_MOST);

            (void)printf("%s%s", none++ == 0 ? "no submission: " : "; ", name);
        }
    if (none > 0)
        (void)printf("\n");
}

/* NULL, or why a submission is not entered (owned by the caller). */
static char *
enter(const struct report *report, struct gradebook *gradebook,
      const struct student *student, int row, const GArray *wanted)
{
    if (row == ROSTER_NOBODY)
        return g_strdup("fits no row");
    if (row == ROSTER_SEVERAL)
        return g_strdup("fits more than one row");
    if (row == ROSTER_CONTRARY)
        return g_strdup("its number is one student's, its name is not");
    if (g_array_index(wanted, int, row) > 1)
        return g_strdup_printf("another submission fits its row too: %s",
                               roster_name(gradebook->roster, row));
    return fill_row(report, gradebook, student, row);
}

/* How many are entered; whoever is not is told of. */
static guint
fill_rows(const struct report *report, struct gradebook *gradebook)
{
    guint all = gradebook->csv->rows->len, filled = 0;
    g_autoptr(GArray) wanted =
        g_array_set_size(g_array_new(FALSE, TRUE, sizeof(int)), all);
    g_autoptr(GArray) rows = find_rows(report, gradebook, wanted);

    for (guint i = 0; i < rows->len; i++) {
        const struct student *student = report->students->pdata[i];
        g_autofree char *problem = enter(report, gradebook, student,
                                         g_array_index(rows, int, i), wanted);

        if (problem == NULL)
            filled++;
        else
            tell(student, problem);
    }
    tell_of_others(gradebook, wanted);
    return filled;
}

enum report_status
gradebook_fill(const struct report *report, struct gradebook *gradebook)
{
    guint filled = fill_rows(report, gradebook), all = report->students->len;
    g_autofree char *title = shown(
        csv_text(gradebook->csv, 0, (guint)gradebook->column), TITLE_MOST);
    GString *bytes = csv_bytes(gradebook->csv);
    bool written = report_write(report->output, bytes);

    if (written)
        (void)printf("%u of %u submissions are entered in '%s' of %s\n", filled,
                     all, title, report->output);
    (void)g_string_free(bytes, TRUE);
    roster_free(gradebook->roster);
    csv_free(gradebook->csv);
    if (!written)
        return REPORT_TROUBLE;
    return filled == all && gradebook->kept == 0 ? REPORT_WHOLE : REPORT_PARTLY;
}
