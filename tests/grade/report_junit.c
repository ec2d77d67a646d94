/* report_junit: a class as JUnit's XML, which continuous integration reads.
 *
 * A suite for each submission, a test for each check. The names of class and
 * test together are what readers know a test by, so no two are the same. A
 * failure is the submission's, an error the kit's; skipped is what was not
 * judged. Texts are clean already (report_read.h), so XML can hold them.
 */
#include "report.h"

#include <string.h>

#include "report_text.h"

enum outcome { PASSED, FAILED, BROKEN, SKIPPED, OUTCOMES };

struct suites {
    const struct report *report;
    GString *out;      /* the suites so far */
    GString *tests;    /* of the one that is being written */
    GHashTable *names; /* of class and test */
    int all[OUTCOMES], here[OUTCOMES];
    double seconds, seconds_here;
};

static void
append(GString *out, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);

    g_string_append(out, escaped);
}

/* A dot separates packages: it must not come from a name. */
static char *
class_name(const struct student *student, const json_t *one)
{
    g_autofree char *name = g_strdelimit(g_strdup(student->name), ".", '_');

    if (one == NULL)
        return g_steal_pointer(&name);
    return g_strdup_printf("%s.%s.%s", name, text_of(one, "lab"),
                           text_of(one, "case"));
}

static char *
unique(struct suites *suites, const char *class, const char *test)
{
    char *name = g_strdup(test);
    char *key = g_strdup_printf("%s\n%s", class, name);

    for (int n = 2; !g_hash_table_add(suites->names, key); n++) {
        g_free(name);
        name = g_strdup_printf("%s (%d)", test, n);
        key = g_strdup_printf("%s\n%s", class, name);
    }
    return name;
}

struct test {
    const char *class, *name;
    enum outcome outcome;
    const char *verdict, *message; /* the word, and the one line */
    const GString *text;           /* all there is to say; may be NULL */
    double seconds;
};

static void
add_test(struct suites *suites, const struct test *test)
{
    static const char *const elements[] = {"", "failure", "error", "skipped"};
    const char *element = elements[test->outcome];
    g_autofree char *name = unique(suites, test->class, test->name);
    GString *out = suites->tests;

    suites->here[test->outcome]++;
    suites->seconds_here += test->seconds;
    g_string_append(out, "<testcase classname=\"");
    append(out, test->class);
    g_string_append(out, "\" name=\"");
    append(out, name);
    g_string_append_printf(out, "\" time=\"%.3f\">", test->seconds);
    if (test->outcome != PASSED) {
        g_string_append_printf(out, "<%s message=\"", element);
        append(out, test->message);
        if (test->outcome != SKIPPED) {
            g_string_append(out, "\" type=\"");
            append(out, test->verdict);
        }
        g_string_append(out, "\">");
        append(out, test->text != NULL ? test->text->str : "");
        g_string_append_printf(out, "</%s>", element);
    }
    g_string_append(out, "</testcase>\n");
}

static enum outcome
outcome_of(const char *verdict)
{
    if (strcmp(verdict, "passed") == 0)
        return PASSED;
    if (strcmp(verdict, "not judged") == 0)
        return SKIPPED;
    return g_str_has_prefix(verdict, "kit ") ? BROKEN : FAILED;
}

static void
add_check(struct suites *suites, const char *class, const json_t *check)
{
    g_autofree char *title = check_title(check);
    g_autoptr(GString) text = g_string_new(NULL);
    const char *verdict = text_of(check, "verdict");

    explain_check(text, check, "");
    add_test(
        suites,
        &(struct test){
            .class = class,
            .name = title,
            .outcome = outcome_of(verdict),
            .verdict = verdict,
            .message = *text_of(check, "what") != '\0' ? text_of(check, "what")
                                                       : verdict,
            .text = text,
            .seconds = json_number_value(json_object_get(check, "seconds")),
        });
}

/* A case that did not pass, and of which no check says so (there is no file, or
 * it does not compile), is a test of its own. */
static void
add_case(struct suites *suites, const struct student *student,
         const json_t *one)
{
    const json_t *checks = json_object_get(one, "checks");
    g_autofree char *class = class_name(student, one);
    g_autoptr(GString) text = g_string_new(text_of(one, "compiler_said"));
    const char *verdict = text_of(one, "verdict");
    bool told = has_passed(one);

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        enum outcome outcome = outcome_of(text_of(check, "verdict"));

        add_check(suites, class, check);
        told = told || outcome == FAILED || outcome == BROKEN;
    }
    if (!told || json_array_size(checks) == 0)
        add_test(suites, &(struct test){.class = class,
                                        .name = "the case",
                                        .outcome = outcome_of(verdict),
                                        .verdict = verdict,
                                        .message = verdict,
                                        .text = text});
}

static void
close_suite(struct suites *suites, const struct student *student)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(student->written);
    g_autofree char *stamp = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");
    const int *here = suites->here;
    GString *out = suites->out;

    g_string_append(out, "<testsuite name=\"");
    append(out, student->name);
    g_string_append_printf(
        out,
        "\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" "
        "time=\"%.3f\" timestamp=\"%s\">\n%s</testsuite>\n",
        here[PASSED] + here[FAILED] + here[BROKEN] + here[SKIPPED],
        here[FAILED], here[BROKEN], here[SKIPPED], suites->seconds_here, stamp,
        suites->tests->str);
    for (int i = 0; i < OUTCOMES; i++)
        suites->all[i] += here[i];
    suites->seconds += suites->seconds_here;
}

static void
add_suite(struct suites *suites, const struct student *student)
{
    const json_t *cases = json_object_get(student->result, "cases");
    g_autofree char *class = class_name(student, NULL);
    bool at_fault = strcmp(student->state, "cannot be graded") == 0;

    g_string_truncate(suites->tests, 0);
    memset(suites->here, 0, sizeof suites->here);
    suites->seconds_here = 0;
    for (size_t i = 0; i < json_array_size(cases); i++)
        add_case(suites, student, json_array_get(cases, i));
    if (strcmp(student->state, "graded") != 0)
        add_test(suites, &(struct test){.class = class,
                                        .name = "grading",
                                        .outcome = at_fault ? FAILED : BROKEN,
                                        .verdict = student->state,
                                        .message = *student->reason != '\0'
                                                       ? student->reason
                                                       : student->state});
    close_suite(suites, student);
}

enum report_status
report_junit(struct report *report)
{
    struct suites suites = {
        .report = report,
        .out = g_string_new(NULL),
        .tests = g_string_new(NULL),
        .names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    g_autoptr(GString) file = g_string_new(NULL);
    const int *all = suites.all;

    for (guint i = 0; i < report->students->len; i++)
        add_suite(&suites, report->students->pdata[i]);
    g_string_printf(
        file,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%d\" "
        "failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\">\n"
        "%s</testsuites>\n",
        all[PASSED] + all[FAILED] + all[BROKEN] + all[SKIPPED], all[FAILED],
        all[BROKEN], all[SKIPPED], suites.seconds, suites.out->str);
    if (!report_write(report->output, file))
        return REPORT_TROUBLE;
    return report->refused == 0 ? REPORT_WHOLE : REPORT_PARTLY;
}
