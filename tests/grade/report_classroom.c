/* report_classroom: the output `result` of a step of GitHub Classroom's
 * autograding: base64 of JSON, a test for each case. With --column lab03, of
 * that lab alone: where all tests of a step weigh the same, what its reporter
 * prints (a share of tests) is what it sends (the sum of scores). */
#include "report.h"

#include <string.h>

#include "report_text.h"

enum { TEXT_MOST = 4096 };

static json_t *
pack_test(const json_t *one)
{
    g_autofree char *name =
        g_strdup_printf("%s %s", text_of(one, "lab"), text_of(one, "case"));
    g_autoptr(GString) message = g_string_new(text_of(one, "verdict"));

    g_string_append_c(message, '\n');
    if (!is_hidden(one))
        explain_case(message, one, "    ", false);
    cut_text(message, TEXT_MOST);
    return json_pack("{ss ss ss ss ss si ss si}", "name", name, "status",
                     has_passed(one) ? "pass" : "fail", "message", message->str,
                     "test_code", "", "filename", "", "line_no", 0,
                     "execution_time", "0s", "score", number_of(one, "points"));
}

static GString *
make(const struct report *report, const struct student *student)
{
    const json_t *cases = json_object_get(student->result, "cases");
    json_t *tests = json_array(), *step;
    int points = 0, of = 0;
    char *json, *line;
    GString *out;

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);

        if (report->column != NULL &&
            strcmp(report->column, text_of(one, "lab")) != 0)
            continue;
        points += number_of(one, "points");
        of += number_of(one, "of");
        (void)json_array_append_new(tests, pack_test(one));
    }
    step = json_pack("{si ss si so}", "version", 1, "status",
                     cases == NULL  ? "error"
                     : points == of ? "pass"
                                    : "fail",
                     "max_score", of, "tests", tests);
    json = json_dumps(step, JSON_COMPACT);
    json_decref(step);
    line = g_base64_encode((const guchar *)json, strlen(json));
    out = g_string_append_c(g_string_new(line), '\n');
    free(json);
    g_free(line);
    return out;
}

enum report_status
report_classroom(struct report *report)
{
    return report_each(report, "classroom.txt", make);
}
