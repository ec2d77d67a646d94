/* report_moodle: points into the grading worksheet of an assignment in Moodle,
 * or another of its tables.
 *
 * A worksheet begins with Identifier ("Participant 17") and Full name. Titles
 * are in the language of the course: those that are not English are named by
 * --column and --feedback, and who is who is seen by what cells look like. */
#include "report.h"

#include <string.h>

#include "report_gradebook.h"

/* The number at the end of "Participant 17"; NULL when it is no such text. */
static const char *
participant(const char *text)
{
    const char *space = strrchr(text, ' ');

    return space != NULL && space > text && space[1] != '\0' &&
                   space[1 + strspn(space + 1, "0123456789")] == '\0'
               ? space + 1
               : NULL;
}

/* Whether the first column has participants. */
static bool
is_worksheet(const struct csv *csv)
{
    for (guint row = 1; row < csv->rows->len; row++)
        if (csv_columns(csv, row) > 1)
            return participant(csv_text(csv, row, 0)) != NULL;
    return csv_find(csv, "Identifier") == 0;
}

static void
add_if_there(struct gradebook *gradebook, enum roster_key key,
             const char *title, guint row)
{
    int column = csv_find(gradebook->csv, title);

    if (column >= 0)
        roster_add(gradebook->roster, key,
                   csv_text(gradebook->csv, row, (guint)column), (int)row);
}

static void
add_row(struct gradebook *gradebook, guint row, bool worksheet)
{
    const struct csv *csv = gradebook->csv;
    int first = csv_find(csv, "First name"), last = csv_find(csv, "Last name");

    if (last < 0)
        last = csv_find(csv, "Surname");
    if (worksheet) {
        const char *text = csv_text(csv, row, 0), *number = participant(text);

        roster_add(gradebook->roster, ROSTER_NUMBER, number, (int)row);
        g_free(gradebook->roster->nameless);
        gradebook->roster->nameless =
            g_strndup(text, (gsize)(number - 1 - text));
    }
    if (worksheet && gradebook->column > 1 &&
        strchr(csv_text(csv, row, 1), '@') == NULL)
        roster_add(gradebook->roster, ROSTER_NAME, csv_text(csv, row, 1),
                   (int)row);
    if (first >= 0 && last >= 0) {
        g_autofree char *name =
            g_strdup_printf("%s %s", csv_text(csv, row, (guint)first),
                            csv_text(csv, row, (guint)last));

        roster_add(gradebook->roster, ROSTER_NAME, name, (int)row);
    }
    for (int i = 1; i < gradebook->column; i++)
        if (strchr(csv_text(csv, row, (guint)i), '@') != NULL)
            roster_add(gradebook->roster, ROSTER_LOGIN,
                       csv_text(csv, row, (guint)i), (int)row);
    add_if_there(gradebook, ROSTER_LOGIN, "ID number", row);
    add_if_there(gradebook, ROSTER_LOGIN, "Username", row);
}

static char *
missing(const struct gradebook *gradebook, const char *option,
        const char *title)
{
    g_autofree char *titles = gradebook_titles(gradebook);

    return g_strdup_printf("no column is called '%s'; %s names one of %s",
                           title, option, titles);
}

static char *
find_all(const struct report *report, struct gradebook *gradebook)
{
    const struct csv *csv = gradebook->csv;
    const char *grade = report->column != NULL ? report->column : "Grade";
    const char *words =
        report->feedback != NULL ? report->feedback : "Feedback comments";
    bool worksheet = is_worksheet(csv);

    gradebook->column = csv_find(csv, grade);
    gradebook->feedback = csv_find(csv, words);
    gradebook->most = csv_find(csv, "Maximum grade");
    if (gradebook->column < 0)
        return missing(gradebook, "--column", grade);
    if (report->feedback != NULL && gradebook->feedback < 0)
        return missing(gradebook, "--feedback", words);
    if (gradebook->column == 0)
        return g_strdup("its first column is the students', not their grades'");
    for (guint row = 1; row < csv->rows->len; row++) {
        if (csv_columns(csv, row) <= 1)
            continue;
        if (csv_columns(csv, row) != csv_columns(csv, 0))
            return g_strdup_printf("row %u has %u cells, the first one %u",
                                   row + 1, csv_columns(csv, row),
                                   csv_columns(csv, 0));
        if (worksheet && participant(csv_text(csv, row, 0)) == NULL)
            return g_strdup_printf("row %u has no participant's number",
                                   row + 1);
        add_row(gradebook, row, worksheet);
    }
    return NULL;
}

static const char *
bar(const struct gradebook *gradebook, int row)
{
    int column = csv_find(gradebook->csv, "Grade can be changed");

    if (column >= 0 &&
        g_ascii_strcasecmp(csv_text(gradebook->csv, (guint)row, (guint)column),
                           "No") == 0)
        return "the grade cannot be changed: the cell stays";
    return NULL;
}

enum report_status
report_moodle(struct report *report)
{
    struct gradebook gradebook = {.most_row = -1, .bar = bar};

    if (!gradebook_open(report, &gradebook, find_all))
        return REPORT_USAGE;
    return gradebook_fill(report, &gradebook);
}
