/* report_autolab: what Autolab's autograder prints: words, and as the very last
 * line the scores, a problem for each lab. Its server looks for letters that a
 * colon follows, so no text may stand in that line; and words of strangers are
 * indented, so that none of them is the last line. */
#include "report.h"

#include <string.h>

#include "report_text.h"

static void
add_score(json_t *scores, const json_t *one)
{
    const char *lab = text_of(one, "lab");

    (void)json_object_set_new(
        scores, lab,
        json_integer(number_of(scores, lab) + number_of(one, "points")));
}

static GString *
make(const struct report *report, const struct student *student)
{
    const json_t *cases = json_object_get(student->result, "cases");
    json_t *scores = json_object();
    GString *text = g_string_new(NULL);
    char *line;

    (void)report;
    if (*student->reason != '\0')
        g_string_append_printf(text, "  %s: %s\n", student->state,
                               student->reason);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);

        add_score(scores, one);
        if (is_hidden(one))
            continue;
        g_string_append_printf(text, "  %s %s, %s\n", text_of(one, "lab"),
                               text_of(one, "case"), text_of(one, "verdict"));
        explain_case(text, one, "    ", false);
    }
    line = json_dumps(scores, JSON_COMPACT);
    g_string_append_printf(text, "{\"scores\":%s}\n", line);
    free(line);
    json_decref(scores);
    return text;
}

enum report_status
report_autolab(struct report *report)
{
    return report_each(report, "autolab.txt", make);
}
