/* report_canvas: points into the gradebook that Canvas exports.
 *
 * Its first cells are Student (or LastName, FirstName), ID, and then as a
 * school likes: SIS User ID, SIS Login ID, Integration ID. A column of an
 * assignment is titled "Title (number)". Below the titles comes what can be
 * reached, in a row called Points Possible. */
#include "report.h"

#include <string.h>

#include "report_gradebook.h"

static bool
is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* "Labs (17)" is called so, or "Labs", or "17". */
static bool
is_called(const char *title, const char *name)
{
    const char *open = strrchr(title, '(');
    g_autofree char *short_title = NULL, *number = NULL;

    if (open == NULL || !g_str_has_suffix(title, ")"))
        return false;
    short_title = g_strstrip(g_strndup(title, (gsize)(open - title)));
    number = g_strndup(open + 1, strlen(open) - 2);
    if (!is_number(number))
        return false;
    return name == NULL || strcmp(name, title) == 0 ||
           strcmp(name, short_title) == 0 || strcmp(name, number) == 0;
}

/* NULL, or why no column is the one. */
static char *
find_column(const struct report *report, struct gradebook *gradebook)
{
    g_autofree char *titles = NULL;
    int found = 0;

    for (guint i = 2; i < csv_columns(gradebook->csv, 0); i++)
        if (is_called(csv_text(gradebook->csv, 0, i), report->column)) {
            gradebook->column = (int)i;
            found++;
        }
    if (found == 1)
        return NULL;
    titles = gradebook_titles(gradebook);
    return g_strdup_printf("%s; --column names one of %s",
                           found == 0
                               ? "no column of an assignment is so called"
                               : "there is more than one assignment",
                           titles);
}

static void
add_rows(struct gradebook *gradebook, int id)
{
    static const char *const others[] = {"SIS User ID", "SIS Login ID",
                                         "Integration ID"};
    const struct csv *csv = gradebook->csv;

    for (guint row = 1; row < csv->rows->len; row++) {
        const char *number = csv_text(csv, row, (guint)id);
        g_autofree char *name =
            id == 1 ? g_strdup(csv_text(csv, row, 0))
                    : g_strdup_printf("%s, %s", csv_text(csv, row, 0),
                                      csv_text(csv, row, 1));

        if (strstr(csv_text(csv, row, 0), "Points Possible") != NULL)
            gradebook->most_row = (int)row;
        if (!is_number(number))
            continue;
        roster_add(gradebook->roster, ROSTER_NUMBER, number, (int)row);
        roster_add(gradebook->roster, ROSTER_LOGIN, number, (int)row);
        roster_add(gradebook->roster, ROSTER_NAME, name, (int)row);
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
            if (csv_find(csv, others[i]) >= 0)
                roster_add(gradebook->roster, ROSTER_LOGIN,
                           csv_text(csv, row, (guint)csv_find(csv, others[i])),
                           (int)row);
    }
}

static char *
find_all(const struct report *report, struct gradebook *gradebook)
{
    const struct csv *csv = gradebook->csv;
    int id = csv_find(csv, "ID");
    bool whole = strstr(csv_text(csv, 0, 0), "Student") != NULL && id == 1;
    bool parts = strcmp(csv_text(csv, 0, 0), "LastName") == 0 && id == 2;
    char *problem;

    if (!whole && !parts)
        return g_strdup("no gradebook of Canvas: its first columns are not "
                        "Student and ID");
    for (guint row = 1; row < csv->rows->len; row++)
        if (csv_columns(csv, row) != csv_columns(csv, 0) &&
            csv_columns(csv, row) > 1)
            return g_strdup_printf("row %u has %u cells, the first one %u",
                                   row + 1, csv_columns(csv, row),
                                   csv_columns(csv, 0));
    problem = find_column(report, gradebook);
    if (problem != NULL)
        return problem;
    gradebook->most_row = -1;
    add_rows(gradebook, id);
    gradebook->most = gradebook->most_row >= 0 ? gradebook->column : -1;
    if (gradebook->most >= 0 && strstr(csv_text(csv, (guint)gradebook->most_row,
                                                (guint)gradebook->column),
                                       "read only") != NULL)
        return g_strdup_printf("the column '%s' is read only",
                               csv_text(csv, 0, (guint)gradebook->column));
    return NULL;
}

static const char *
bar(const struct gradebook *gradebook, int row)
{
    const char *text =
        csv_text(gradebook->csv, (guint)row, (guint)gradebook->column);

    if (g_ascii_strcasecmp(text, "EX") == 0)
        return "excused: the cell stays";
    if (g_ascii_strcasecmp(text, "N/A") == 0)
        return "not assigned to this student: the cell stays";
    return NULL;
}

enum report_status
report_canvas(struct report *report)
{
    struct gradebook gradebook = {.feedback = -1, .bar = bar};

    if (!gradebook_open(report, &gradebook, find_all))
        return REPORT_USAGE;
    return gradebook_fill(report, &gradebook);
}
