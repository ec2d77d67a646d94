/* report_prairielearn: results.json for PrairieLearn's external grader. What is
 * not graded is not gradable there: it costs no attempt. Nothing is hidden from
 * students in it, so of hidden cases it only says the verdict. */
#include "report.h"

#include <string.h>

#include "report_text.h"

enum { TEXT_MOST = 300000 }; /* of all tests: a file may have 1 MB */

static json_t *
pack_test(const json_t *one, size_t most)
{
    g_autofree char *name =
        g_strdup_printf("%s %s", text_of(one, "lab"), text_of(one, "case"));
    g_autoptr(GString) output = g_string_new(NULL);

    if (!is_hidden(one))
        explain_case(output, one, "    ", false);
    cut_text(output, most);
    return json_pack("{ss ss si si ss}", "name", name, "message",
                     text_of(one, "verdict"), "points",
                     number_of(one, "points"), "max_points",
                     number_of(one, "of"), "output", output->str);
}

static GString *
make(const struct report *report, const struct student *student)
{
    const json_t *cases = json_object_get(student->result, "cases");
    bool graded = strcmp(student->state, "graded") == 0;
    json_t *tests = json_array(), *result;
    GString *text;
    size_t n = json_array_size(cases);
    char *dumped;

    (void)report;
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(
            tests, pack_test(json_array_get(cases, i), TEXT_MOST / n));
    result =
        json_pack("{sb sf ss so}", "gradable", graded, "score",
                  student->of > 0 ? (double)student->points / student->of : 0.0,
                  "message", student->state, "tests", tests);
    if (!graded)
        (void)json_object_set_new(
            result, "format_errors",
            json_sprintf("%s: %s", student->state, student->reason));
    dumped = json_dumps(result, JSON_INDENT(1) | JSON_SORT_KEYS);
    text = g_string_new(dumped);
    g_string_append_c(text, '\n');
    free(dumped);
    json_decref(result);
    return text;
}

enum report_status
report_prairielearn(struct report *report)
{
    return report_each(report, "results.json", make);
}
