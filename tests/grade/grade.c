/* grade: judges one submission; the result is one file of JSON.
 *
 *     grade [-s SEED] [-l LEVEL] [-t SECONDS] SUBMISSION -o RESULT
 *
 * SUBMISSION is a folder, a tar or a zip. Status: 0 graded, 10 it cannot be
 * graded (the result says why), 75 the kit's own trouble (try again; it costs
 * nobody a point), 2 wrong usage. The same kit, seed and submission give the
 * same verdicts.
 */
#include "grade.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "clean.h"
#include "command.h"
#include "guard.h"
#include "intake.h"
#include "isolation.h"
#include "judge.h"
#include "result.h"
#include "stage.h"
#include "suite.h"

enum { REASON_MOST = 600, SECONDS = 120, SECONDS_MOST = 3600 };

enum grade_status
grade_because(struct grade *grade, enum grade_status status, const char *format,
              ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_free(grade->reason);
    grade->reason = clean_text(text, strlen(text), REASON_MOST, 0);
    return status;
}

/* The steps; the first that does not come to its end is the last. */
static enum grade_status
take_steps(struct grade *grade)
{
    static enum grade_status (*const steps[])(struct grade * grade) = {
        suite_load, stage_make, isolation_probe, build_find_compiler,
        intake,     build_all,  judge_all,
    };
    enum grade_status status = GRADED;

    for (size_t i = 0; i < G_N_ELEMENTS(steps) && status == GRADED; i++)
        status = steps[i](grade);
    if (command_stopped())
        return grade_because(grade, KIT_TROUBLE, "ended by a signal");
    if (status == GRADED) /* what a retry has mended */
        g_clear_pointer(&grade->reason, g_free);
    return status;
}

/* One line a lab, then the sum. */
static void
print_table(const struct grade *grade)
{
    int got, of = 0;

    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        (void)printf(
            "%-16s  %s  %-30s %2d of %d\n", one->verdict, one->lab, one->name,
            strcmp(one->verdict, "passed") == 0 ? one->points : 0, one->points);
    }
    if (grade->ignored->len > 0)
        (void)printf("ignored: %u files or folders that the kit does not know; "
                     "see the result\n",
                     grade->ignored->len + (unsigned)grade->ignored_more);
    got = result_points(grade, &of);
    (void)printf("%d of %d points, isolation %s, SEED=%s\n", got, of,
                 isolation_name(grade), grade->seed);
}

static enum grade_status
grade_submission(struct grade *grade)
{
    enum grade_status status;

    grade->cases = g_ptr_array_new();
    grade->ignored = g_ptr_array_new_with_free_func(g_free);
    command_prepare();
    if (result_write(grade, "unfinished") < 0) {
        (void)fprintf(stderr, "grade: %s: %s\n", grade->result,
                      g_strerror(errno));
        return KIT_TROUBLE;
    }
    status = take_steps(grade);
    stage_remove(grade);
    if (result_write(grade, result_state(status)) < 0)
        status = grade_because(grade, KIT_TROUBLE, "%s: %s", grade->result,
                               g_strerror(errno));
    if (status == GRADED)
        print_table(grade);
    else
        (void)fprintf(stderr, "grade: %s: %s\n", result_state(status),
                      grade->reason);
    return status;
}

int
main(int argc, char *argv[])
{
    struct grade grade = {.kit = g_strdup(GRADE_KIT),
                          .build = g_strdup(GRADE_BUILD),
                          .seconds = SECONDS};
    g_autofree char *level = NULL;
    const GOptionEntry options[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &grade.result,
         "the file that the result goes to", "RESULT"},
        {"seed", 's', 0, G_OPTION_ARG_STRING, &grade.seed,
         "judge with these random numbers", "SEED"},
        {"level", 'l', 0, G_OPTION_ARG_STRING, &level,
         "refuse to grade below full, reduced or none", "LEVEL"},
        {"seconds", 't', 0, G_OPTION_ARG_INT, &grade.seconds,
         "the checks of a lab may take so long (default 120)", "SECONDS"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("SUBMISSION");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        (void)fprintf(stderr, "grade: %s\n", error->message);
        return USAGE;
    }
    if (grade.seed != NULL &&
        (*grade.seed == '\0' ||
         grade.seed[strspn(grade.seed, "0123456789")] != '\0')) {
        (void)fprintf(stderr, "grade: a seed is a number: %s\n", grade.seed);
        return USAGE;
    }
    if (grade.seconds < 1 || grade.seconds > SECONDS_MOST) {
        (void)fprintf(stderr, "grade: seconds are from 1 to %d: %d\n",
                      SECONDS_MOST, grade.seconds);
        return USAGE;
    }
    if (level != NULL && (grade.wanted = isolation_named(level)) < 0) {
        (void)fprintf(stderr, "grade: a level is full, reduced or none: %s\n",
                      level);
        return USAGE;
    }
    if (argc != 2 || grade.result == NULL) {
        (void)fprintf(
            stderr, "usage: grade [-s SEED] [-l LEVEL] [-t SECONDS] SUBMISSION "
                    "-o RESULT\n");
        return USAGE;
    }
    grade.submission = argv[1];
    guard_begin();
    return (int)grade_submission(&grade);
}
