/* grade: see grade.h; what a submission goes through. */
#include "grade.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "clean.h"
#include "command.h"
#include "intake.h"
#include "isolation.h"
#include "judge.h"
#include "result.h"
#include "stage.h"
#include "suite.h"

enum { REASON_MOST = 600 };

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

enum grade_status
grade_take_steps(struct grade *grade, grade_step *const steps[])
{
    enum grade_status status = GRADED;

    for (int i = 0; steps[i] != NULL && status == GRADED; i++)
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

/* Before anything is judged: whether that has been done. */
static enum grade_status
look_for_earlier(struct grade *grade)
{
    if (!grade->keeps || !result_is_valid(grade))
        return GRADED;
    return ALREADY_GRADED;
}

/* Only now the old result goes: until here it may have been the right one. */
static enum grade_status
begin_result(struct grade *grade)
{
    if (result_write(grade, "unfinished") == 0)
        return GRADED;
    return grade_because(grade, KIT_TROUBLE, "%s: %s", grade->result,
                         g_strerror(errno));
}

enum grade_status
grade_submission(struct grade *grade)
{
    static grade_step *const steps[] = {
        suite_load,      stage_make,
        isolation_probe, build_find_compiler,
        intake,          look_for_earlier,
        begin_result,    build_all,
        judge_all,       NULL,
    };
    enum grade_status status = GRADED;

    command_prepare();
    if (!grade->keeps)
        status = begin_result(grade);
    if (status == GRADED)
        status = grade_take_steps(grade, steps);
    if (status == ALREADY_GRADED) {
        (void)printf("graded before, and nothing has changed since\n");
        return GRADED;
    }
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
