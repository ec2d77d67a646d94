/* report_html_student: a submission on the page. */
#include "report_html.h"

#include <string.h>

#include "clean.h"
#include "report_diff.h"
#include "report_text.h"

enum { DIFF_MOST = 8 << 10, TEXT_MOST = 4 << 10 };

/* A part that has room, or a word that it has not. */
struct room {
    size_t end; /* of the page, for this submission */
    const char *file;
};

static const char *
class_of(const char *verdict)
{
    return strcmp(verdict, "passed") == 0 ? "passed" : "failed";
}

/* The lines of a difference, added and removed ones marked. */
static void
add_difference(GString *out, const char *difference)
{
    size_t n = strlen(difference);
    g_autofree char *text = clean_text(difference, n, DIFF_MOST, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_string_append(out, "<pre>");
    for (char **line = lines; *line != NULL; line++) {
        const char *element = **line == '+'   ? "ins"
                              : **line == '-' ? "del"
                                              : NULL;

        if (line[0][0] == '\0' && line[1] == NULL)
            break;
        if (element != NULL) {
            g_string_append_printf(out, "<%s>", element);
            html_text(out, *line);
            g_string_append_printf(out, "</%s>", element);
        } else {
            html_text(out, *line);
            g_string_append_c(out, '\n');
        }
    }
    g_string_append(out, "</pre>\n");
}

/* What was changed; or, where nobody knows of what, what was handed in. */
static void
add_changes(GString *out, const json_t *one, GHashTable *differences)
{
    g_autofree char *key = diff_key(one);
    const char *difference =
        differences != NULL ? g_hash_table_lookup(differences, key) : NULL;
    gsize n, n_old;
    g_autofree char *bytes = diff_submitted(one, &n);
    g_autofree char *text = NULL;

    if (bytes == NULL) {
        g_string_append(out, "<p>Nothing was handed in.</p>\n");
        return;
    }
    if (difference != NULL) {
        g_string_append(out, "<p>What was changed in broken.c:</p>\n");
        add_difference(out, difference);
    } else if (differences != NULL && diff_original(one, &n_old) != NULL) {
        g_string_append(out, "<p>It is broken.c as it was.</p>\n");
    } else {
        text = clean_text(bytes, n, DIFF_MOST, 1);
        html_format(out, "<p>What was handed in:</p>\n<pre>%s</pre>\n", text);
    }
}

static void
add_check(GString *out, const json_t *check)
{
    g_autofree char *title = check_title(check);
    g_autoptr(GString) text = g_string_new(NULL);
    const char *verdict = text_of(check, "verdict");

    html_format(out, "<p><b class=\"%s\">%s</b>: %s%s</p>\n", class_of(verdict),
                verdict, title, is_hidden(check) ? " (hidden)" : "");
    if (has_passed(check))
        return;
    explain_check(text, check, "");
    cut_text(text, TEXT_MOST);
    if (text->len > 0)
        html_format(out, "<pre>%s</pre>\n", text->str);
}

static void
add_case(GString *out, const json_t *one, GHashTable *differences,
         const struct room *room)
{
    const json_t *checks = json_object_get(one, "checks");
    const char *verdict = text_of(one, "verdict");
    const char *evidence = text_of(one, "evidence");

    html_format(out,
                "<details><summary><b class=\"%s\">%s</b> %s %s%s "
                "<span class=\"quiet\">%d of %d",
                class_of(verdict), verdict, text_of(one, "lab"),
                text_of(one, "case"), is_hidden(one) ? " (hidden)" : "",
                number_of(one, "points"), number_of(one, "of"));
    if (strcmp(evidence, "right") == 0 || strcmp(evidence, "wrong") == 0)
        html_format(out, "; evidence <span class=\"%s\">%s</span>", evidence,
                    evidence);
    g_string_append(out, "</span></summary><div>\n");
    if (out->len > room->end) {
        html_format(out,
                    "<p>There is no room for more of this submission here: "
                    "see %s.json.</p>\n",
                    room->file);
    } else {
        g_autoptr(GString) said = g_string_new(text_of(one, "compiler_said"));

        for (size_t i = 0; i < json_array_size(checks) && out->len <= room->end;
             i++)
            add_check(out, json_array_get(checks, i));
        cut_text(said, TEXT_MOST);
        if (said->len > 0)
            html_format(out, "<p>The compiler said:</p>\n<pre>%s</pre>\n",
                        said->str);
        add_changes(out, one, differences);
    }
    g_string_append(out, "</div></details>\n");
}

static void
add_ignored(GString *out, const json_t *result)
{
    const json_t *ignored = json_object_get(result, "ignored");
    size_t n = json_array_size(ignored);

    if (n == 0)
        return;
    html_format(out,
                "<details><summary>%u files or folders were not taken"
                "</summary><div><pre>",
                (unsigned)n);
    for (size_t i = 0; i < n; i++)
        html_format(out, "%s\n", json_string_value(json_array_get(ignored, i)));
    g_string_append(out, "</pre></div></details>\n");
}

static void
add_facts(GString *out, const struct student *student)
{
    const json_t *isolation = json_object_get(student->result, "isolation");

    if (strcmp(student->state, "graded") != 0) {
        html_format(out, "<p><b class=\"failed\">%s</b>%s%s</p>\n",
                    student->state, *student->reason != '\0' ? ": " : "",
                    student->reason);
        return;
    }
    html_format(out,
                "<p>%d of %d points <span class=\"quiet\">· SEED=%s · kit %s · "
                "isolation %s · %s · %s.json</span></p>\n",
                student->points, student->of, text_of(student->result, "seed"),
                text_of(student->result, "kit"), text_of(isolation, "level"),
                text_of(student->result, "compiler"), student->file);
}

void
html_student(GString *out, const struct student *student, guint number,
             size_t most)
{
    const json_t *cases = json_object_get(student->result, "cases");
    struct room room = {.end = out->len + most, .file = student->file};
    GHashTable *differences =
        json_array_size(cases) > 0 ? diff_cases(cases) : NULL;

    html_format(out,
                "<section class=\"student\" aria-labelledby=\"s%u\">"
                "<h3 id=\"s%u\">%s</h3>\n",
                number, number, student->name);
    add_facts(out, student);
    add_ignored(out, student->result);
    for (size_t i = 0; i < json_array_size(cases); i++)
        add_case(out, json_array_get(cases, i), differences, &room);
    g_string_append(out, "</section>\n");
    if (differences != NULL)
        g_hash_table_unref(differences);
}
