/* report_gradescope: results.json for Gradescope's autograder, one for each
 * submission: a test for each case.
 *
 * Whatever the result, even one that is damaged, the file is valid: without a
 * valid one Gradescope only says that grading has failed. Formats are named,
 * since its default for the output of a whole run is HTML. What programs print
 * on its standard output stays the instructors' (no stdout_visibility).
 */
#include "report.h"

#include <string.h>

#include "report_text.h"

enum { FILE_MOST = 256 << 10, TEXT_MOST = 16 << 10 };

/* A new test; its text is cut to `most` bytes. */
static json_t *
new_test(const char *number, const char *name, GString *output, size_t most)
{
    cut_text(output, most);
    return json_pack("{ss ss ss ss ss}", "number", number, "name", name,
                     "name_format", "text", "output", output->str,
                     "output_format", "text");
}

/* Whether all that a student sees of a case that did not pass is fine. */
static bool
fails_in_secret(const json_t *one)
{
    const json_t *checks = json_object_get(one, "checks");
    bool secret = false;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);

        if (has_passed(check))
            continue;
        if (!is_hidden(check))
            return false;
        secret = true;
    }
    return secret;
}

/* The case, as the student may see it. */
static json_t *
pack_case(const struct report *report, const json_t *one, const char *number,
          size_t most)
{
    g_autofree char *name =
        g_strdup_printf("%s %s", text_of(one, "lab"), text_of(one, "case"));
    g_autoptr(GString) output = g_string_new(text_of(one, "verdict"));
    json_t *test;

    g_string_append_c(output, '\n');
    explain_case(output, one, "", false);
    if (fails_in_secret(one))
        g_string_append(output, "A check that is not shown did not pass.\n");
    test = new_test(number, name, output, most);
    (void)json_object_set_new(test, "score",
                              json_integer(number_of(one, "points")));
    (void)json_object_set_new(test, "max_score",
                              json_integer(number_of(one, "of")));
    (void)json_object_set_new(
        test, "status", json_string(has_passed(one) ? "passed" : "failed"));
    (void)json_object_set_new(
        test, "visibility",
        json_string(is_hidden(one) ? report->visibility : "visible"));
    return test;
}

/* The hidden checks of a case: a test of its own, worth nothing, that students
 * see later or never. NULL when there are none. */
static json_t *
pack_hidden(const struct report *report, const json_t *one, const char *number,
            size_t most)
{
    g_autofree char *its_number = g_strdup_printf("%s.1", number);
    g_autofree char *name = g_strdup_printf(
        "%s %s: hidden checks", text_of(one, "lab"), text_of(one, "case"));
    g_autoptr(GString) output = g_string_new(NULL);
    json_t *test;

    explain_case(output, one, "", true);
    if (output->len == 0)
        return NULL;
    test = new_test(its_number, name, output, most);
    (void)json_object_set_new(test, "score", json_integer(0));
    (void)json_object_set_new(test, "max_score", json_integer(0));
    (void)json_object_set_new(
        test, "status", json_string(has_passed(one) ? "passed" : "failed"));
    (void)json_object_set_new(test, "visibility",
                              json_string(report->visibility));
    return test;
}

/* "2.3" is the third case of the second lab of which there are any. */
static json_t *
pack_tests(const struct report *report, const json_t *cases, size_t most)
{
    json_t *tests = json_array();
    const char *lab = "";
    int labs = 0, n = 0;

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        g_autofree char *number = NULL;
        json_t *hidden;

        if (strcmp(lab, text_of(one, "lab")) != 0) {
            labs++;
            n = 0;
        }
        lab = text_of(one, "lab");
        number = g_strdup_printf("%d.%d", labs, ++n);
        (void)json_array_append_new(tests,
                                    pack_case(report, one, number, most));
        hidden = pack_hidden(report, one, number, most);
        if (hidden != NULL)
            (void)json_array_append_new(tests, hidden);
    }
    return tests;
}

/* What a student reads first. */
static char *
describe(const struct student *student)
{
    if (strcmp(student->state, "graded") == 0)
        return g_strdup_printf("%d of %d points", student->points, student->of);
    if (strcmp(student->state, "cannot be graded") == 0)
        return g_strdup_printf("This submission cannot be graded: %s",
                               student->reason);
    if (strcmp(student->state, "unfinished") == 0)
        return g_strdup("The grader did not finish. This says nothing about "
                        "your work; it has to be graded again.");
    return g_strdup_printf("The grader had trouble of its own. This says "
                           "nothing about your work; it has to be graded "
                           "again. (%s)",
                           student->reason);
}

static json_t *
pack(const struct report *report, const struct student *student, size_t most)
{
    static const char *const keys[] = {"kit", "suite", "seed", "compiler",
                                       "taken"};
    g_autofree char *output = describe(student);
    json_t *extra = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (*text_of(student->result, keys[i]) != '\0')
            (void)json_object_set_new(
                extra, keys[i], json_string(text_of(student->result, keys[i])));
    (void)json_object_set_new(
        extra, "isolation",
        json_string(
            text_of(json_object_get(student->result, "isolation"), "level")));
    (void)json_object_set_new(extra, "state", json_string(student->state));
    return json_pack(
        "{si ss ss ss so so}", "score", student->points, "output", output,
        "output_format", "text", "test_output_format", "text", "extra_data",
        extra, "tests",
        pack_tests(report, json_object_get(student->result, "cases"), most));
}

/* As much of the texts as there is room for. */
static GString *
fit(const struct report *report, const struct student *student)
{
    GString *text = NULL;

    for (size_t most = TEXT_MOST;; most /= 2) {
        json_t *json = pack(report, student, most);
        char *dumped = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);

        text = g_string_new(dumped);
        g_string_append_c(text, '\n');
        free(dumped);
        json_decref(json);
        if (text->len <= FILE_MOST || most == 0)
            return text;
        (void)g_string_free(text, TRUE);
    }
}

enum report_status
report_gradescope(struct report *report)
{
    static const char *const known[] = {"hidden", "after_due_date",
                                        "after_published", NULL};

    if (report->visibility == NULL)
        report->visibility = g_strdup(known[0]);
    if (!g_strv_contains(known, report->visibility)) {
        report_say("--visibility is hidden, after_due_date or after_published, "
                   "not %s",
                   report->visibility);
        return REPORT_USAGE;
    }
    return report_each(report, "results.json", fit);
}
