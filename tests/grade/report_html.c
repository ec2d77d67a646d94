/* report_html: see report_html.h.
 *
 * Bytes of strangers are texts: each goes through html_text(). Should one get
 * through as markup all the same, the page's policy lets no script run but the
 * one whose checksum it names, and nothing be fetched or sent.
 */
#include "report_html.h"

#include <stdarg.h>
#include <string.h>

#include "report_text.h"

enum { PAGE_MOST = 24 << 20, STUDENT_LEAST = 16 << 10, STUDENT_MOST = 1 << 20 };

void
html_text(GString *out, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);

    g_string_append(out, escaped);
}

void
html_format(GString *out, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = g_markup_vprintf_escaped(format, arguments);
    va_end(arguments);
    g_string_append(out, text);
    g_free(text);
}

/* A file beside this source; NULL after saying why not. */
static char *
read_part(const char *name)
{
    g_autofree char *path =
        g_build_filename(GRADE_KIT, "tests", "grade", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error))
        report_say("%s", error->message);
    return text;
}

static char *
checksum(const char *text)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize n = sizeof digest;

    g_checksum_update(sum, (const guchar *)text, -1);
    g_checksum_get_digest(sum, digest, &n);
    return g_base64_encode(digest, n);
}

static void
add_head(GString *out, const char *style, const char *script)
{
    g_autofree char *style_sum = checksum(style);
    g_autofree char *script_sum = checksum(script);

    g_string_append_printf(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
        "base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>Class report</title>\n<style>%s</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#class\">To the table of the class</a>\n"
        "<header><h1>Class report</h1>\n<nav aria-label=\"Parts\">"
        "<a href=\"#class\">Class</a> <a href=\"#checks\">Checks</a> "
        "<a href=\"#alike\">Alike</a> "
        "<a href=\"#students\">Submissions</a></nav></header>\n<main>\n",
        style_sum, script_sum, style);
}

static gint
by_number(gconstpointer left, gconstpointer right)
{
    return *(const int *)left - *(const int *)right;
}

/* How many are not graded, and why: "1 unfinished, 2 damaged". */
static void
add_states(GString *out, const struct report *report)
{
    static const char *const states[] = {"unfinished", "cannot be graded",
                                         "kit trouble", "damaged"};

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        int count = 0;

        for (guint n = 0; n < report->students->len; n++) {
            const struct student *student = report->students->pdata[n];

            count += strcmp(student->state, states[i]) == 0 ? 1 : 0;
        }
        if (count > 0)
            html_format(out, ", <b class=\"failed\">%d %s</b>", count,
                        states[i]);
    }
}

/* The points that half of the graded ones have, or more. */
static void
add_middle(GString *out, const struct report *report)
{
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(int));

    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];

        if (strcmp(student->state, "graded") == 0)
            g_array_append_val(points, student->points);
    }
    g_array_sort(points, by_number);
    html_format(out, "%u graded", points->len);
    add_states(out, report);
    if (points->len > 0)
        html_format(out, ". Half of the graded ones have %d points or more",
                    g_array_index(points, int, points->len / 2));
    g_string_append(out, ".</p>\n");
}

/* What there is to know before any name. */
static void
add_summary(GString *out, const struct report *report)
{
    g_autoptr(GHashTable) levels = g_hash_table_new(g_str_hash, g_str_equal);
    const char *level;
    GHashTableIter each;

    html_format(out, "<p>%u submissions: ", report->students->len);
    add_middle(out, report);
    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];
        const json_t *isolation = json_object_get(student->result, "isolation");

        if (strcmp(student->state, "graded") == 0)
            g_hash_table_add(levels, (gpointer)text_of(isolation, "level"));
    }
    g_hash_table_iter_init(&each, levels);
    while (g_hash_table_iter_next(&each, (gpointer *)&level, NULL))
        if (strcmp(level, "full") != 0)
            html_format(out,
                        "<p class=\"warning\">Some were graded with isolation "
                        "<b>%s</b>, not full: programs could reach more than "
                        "they should.</p>\n",
                        level);
}

/* The names of all labs that any result has, in their order. */
static GPtrArray *
find_labs(const struct report *report)
{
    GPtrArray *labs = g_ptr_array_new();

    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];
        const json_t *cases = json_object_get(student->result, "cases");

        for (size_t n = 0; n < json_array_size(cases); n++) {
            const char *lab = text_of(json_array_get(cases, n), "lab");

            if (!g_ptr_array_find_with_equal_func(labs, lab, g_str_equal, NULL))
                g_ptr_array_add(labs, (gpointer)lab);
        }
    }
    g_ptr_array_sort(labs, order_texts);
    return labs;
}

/* "3 of 9" of one lab; an empty cell where nothing was graded. */
static void
add_lab(GString *out, const struct student *student, const char *lab)
{
    const json_t *cases = json_object_get(student->result, "cases");
    int points = 0, of = 0;

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);

        if (strcmp(text_of(one, "lab"), lab) == 0) {
            points += number_of(one, "points");
            of += number_of(one, "of");
        }
    }
    if (json_array_size(cases) > 0)
        html_format(out, "<td class=\"number\">%d of %d</td>", points, of);
    else
        g_string_append(out, "<td></td>");
}

static void
add_class(GString *out, const struct report *report)
{
    g_autoptr(GPtrArray) labs = find_labs(report);

    g_string_append(out,
                    "<section>\n"
                    "<h2 id=\"class\">Class</h2>\n<div class=\"region\" "
                    "role=\"region\" aria-labelledby=\"class\" tabindex=\"0\">"
                    "<table>\n<thead><tr><th scope=\"col\">Submission</th>"
                    "<th scope=\"col\" class=\"number\">Points</th>");
    for (guint i = 0; i < labs->len; i++)
        html_format(out, "<th scope=\"col\" class=\"number\">%s</th>",
                    (char *)labs->pdata[i]);
    g_string_append(out, "<th scope=\"col\">State</th></tr></thead>\n<tbody>");
    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];

        html_format(out, "\n<tr><th scope=\"row\"><a href=\"#s%u\">%s</a></th>",
                    i, student->name);
        if (strcmp(student->state, "graded") == 0)
            html_format(out, "<td class=\"number\">%d of %d</td>",
                        student->points, student->of);
        else
            g_string_append(out, "<td></td>");
        for (guint n = 0; n < labs->len; n++)
            add_lab(out, student, labs->pdata[n]);
        html_format(out, "<td>%s</td></tr>", student->state);
    }
    g_string_append(out, "\n</tbody></table></div></section>\n");
}

static void
add_students(GString *out, const struct report *report)
{
    guint all = report->students->len;
    size_t most = all > 0 ? PAGE_MOST / all : 0;

    g_string_append(out, "<section aria-labelledby=\"students\">\n"
                         "<h2 id=\"students\">Submissions</h2>\n");
    for (guint i = 0; i < all; i++)
        html_student(out, report->students->pdata[i], i,
                     CLAMP(most, STUDENT_LEAST, STUDENT_MOST));
    g_string_append(out, "</section>\n");
}

enum report_status
report_html(struct report *report)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *style = read_part("report_page.css");
    g_autofree char *script = read_part("report_page.js");

    if (style == NULL || script == NULL)
        return REPORT_TROUBLE;
    add_head(out, style, script);
    add_summary(out, report);
    add_class(out, report);
    html_checks(out, report);
    html_similar(out, report);
    add_students(out, report);
    g_string_append_printf(
        out, "</main>\n<script>%s</script>\n</body>\n</html>\n", script);
    if (!report_write(report->output, out))
        return REPORT_TROUBLE;
    return report->refused == 0 ? REPORT_WHOLE : REPORT_PARTLY;
}
