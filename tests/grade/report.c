/* report: makes of the results of `grade` what others read.
 *
 *     grade_report FORM RESULT... -o OUTPUT
 *
 * A RESULT is a file, or a folder of them. See report.h for the status.
 */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report_diff.h"
#include "report_read.h"

static const struct {
    const char *name;
    report_form *make;
} forms[] = {
    {"autolab", report_autolab},     {"canvas", report_canvas},
    {"classroom", report_classroom}, {"gradescope", report_gradescope},
    {"html", report_html},           {"junit", report_junit},
    {"moodle", report_moodle},       {"prairielearn", report_prairielearn},
    {"similar", report_similar},
};

void
report_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fprintf(stderr, "grade_report: ");
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, "\n");
    va_end(arguments);
}

bool
report_write(const char *path, const GString *text)
{
    g_autoptr(GError) error = NULL;

    /* The new file takes the place of what is there: of no device, please. */
    if (g_file_test(path, G_FILE_TEST_EXISTS) &&
        !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        report_say("%s: not a regular file", path);
        return false;
    }
    if (g_file_set_contents_full(path, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT |
                                     G_FILE_SET_CONTENTS_DURABLE,
                                 0644, &error))
        return true;
    report_say("%s", error->message);
    return false;
}

static bool
write_one(const struct report *report, const struct student *student,
          const char *name, const GString *text)
{
    g_autofree char *folder = NULL, *path = NULL;

    if (!report->is_class)
        return report_write(report->output, text);
    folder = g_build_filename(report->output, student->file, NULL);
    path = g_build_filename(folder, name, NULL);
    if (g_mkdir_with_parents(folder, 0755) < 0) {
        report_say("%s: %s", folder, g_strerror(errno));
        return false;
    }
    return report_write(path, text);
}

enum report_status
report_each(const struct report *report, const char *name,
            GString *(*make)(const struct report *report,
                             const struct student *student))
{
    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];
        g_autoptr(GString) text = make(report, student);

        if (!write_one(report, student, name, text))
            return REPORT_TROUBLE;
    }
    return report->refused == 0 ? REPORT_WHOLE : REPORT_PARTLY;
}

static report_form *
find_form(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (strcmp(forms[i].name, name) == 0)
            return forms[i].make;
    return NULL;
}

/* The command line goes to `*report`; false after saying what is wrong. */
static bool
read_options(struct report *report, int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &report->output,
         "the file, or for a folder of results the folder, to write", "OUTPUT"},
        {"visibility", 0, 0, G_OPTION_ARG_STRING, &report->visibility,
         "gradescope: when students see hidden checks (hidden)",
         "hidden|after_due_date|after_published"},
        {"hidden", 'x', 0, G_OPTION_ARG_FILENAME, &report->hidden,
         "html, similar: the hidden cases, as `grade` has had them", "FOLDER"},
        {"gradebook", 'g', 0, G_OPTION_ARG_FILENAME, &report->gradebook,
         "canvas, moodle: the table to fill; it stays as it is", "FILE"},
        {"column", 'c', 0, G_OPTION_ARG_STRING, &report->column,
         "the title of the column to fill; classroom: the one lab", "TITLE"},
        {"feedback", 0, 0, G_OPTION_ARG_STRING, &report->feedback,
         "moodle: the title of the one for words", "TITLE"},
        {"scale", 0, 0, G_OPTION_ARG_NONE, &report->scale,
         "points become those of the column", NULL},
        {"zero", 0, 0, G_OPTION_ARG_NONE, &report->zero,
         "a submission that cannot be graded is worth 0", NULL},
        {"most", 'n', 0, G_OPTION_ARG_INT, &report->most,
         "similar: how many pairs to show (20)", "N"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context =
        g_option_context_new("FORM RESULT... -o OUTPUT");
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(
        context,
        "FORM is html, canvas, moodle, gradescope, junit, similar, autolab, "
        "classroom or prairielearn; a RESULT is a file that `grade` has "
        "written, or a folder of them.");
    g_option_context_add_main_entries(context, options, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return true;
    report_say("%s", error->message);
    return false;
}

int
main(int argc, char *argv[])
{
    static struct report report; /* reached until the end */
    report_form *make;

    if (!read_options(&report, &argc, &argv))
        return REPORT_USAGE;
    if (argc < 3 || report.output == NULL) {
        (void)fprintf(stderr, "usage: grade_report FORM RESULT... -o OUTPUT\n");
        return REPORT_USAGE;
    }
    make = find_form(argv[1]);
    if (make == NULL) {
        report_say("there is no form '%s'", argv[1]);
        return REPORT_USAGE;
    }
    diff_look_in(report.hidden);
    if (!report_read(&report, &argv[2]))
        return REPORT_USAGE;
    return (int)make(&report);
}
