/* replay: see replay.h. */
#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "build.h"
#include "case_verdict.h"
#include "checks.h"
#include "command.h"
#include "intake.h"
#include "isolation.h"
#include "result.h"
#include "stage.h"
#include "suite.h"

/* The case and the check that are meant, in the result. */
struct replay {
    json_t *result;
    const json_t *old_case, *old_check;
};

/* Looks for the check in the result. */
static bool
find_check(struct replay *replay, const char *check)
{
    const json_t *cases = json_object_get(replay->result, "cases"), *one, *own;
    size_t i, n;

    json_array_foreach(cases, i, one)
    {
        json_array_foreach(json_object_get(one, "checks"), n, own)
        {
            if (strcmp(text_of(own, "check"), check) != 0)
                continue;
            replay->old_case = one;
            replay->old_check = own;
            return true;
        }
    }
    return false;
}

static void
list_checks(const json_t *result)
{
    const json_t *cases = json_object_get(result, "cases"), *one, *check;
    size_t i, n;

    json_array_foreach(cases, i, one)
    {
        json_array_foreach(json_object_get(one, "checks"), n, check)
        {
            (void)fprintf(stderr, "  %-12s %s\n", text_of(check, "verdict"),
                          text_of(check, "check"));
        }
    }
}

/* Puts the source from the result where intake would have put it. */
static struct grade_case *
take_case(struct grade *grade, const struct replay *replay)
{
    struct grade_case *one = suite_find(grade, text_of(replay->old_case, "lab"),
                                        text_of(replay->old_case, "case"));
    gsize n = 0;
    g_autofree guchar *bytes =
        g_base64_decode(text_of(replay->old_case, "source"), &n);

    if (one == NULL || n == 0) {
        (void)grade_because(grade, KIT_TROUBLE,
                            "the kit has no such case, or the result no "
                            "program of it");
        return NULL;
    }
    intake_source(grade, one, bytes, n);
    return one;
}

static enum grade_status
run_again(struct grade *grade, const struct replay *replay)
{
    struct grade_case *one = take_case(grade, replay);
    g_autofree char *runner = NULL;
    const char *check = text_of(replay->old_check, "check"), *verdict;
    const char *then = text_of(replay->old_check, "verdict");
    json_t *checks = NULL;
    enum grade_status status;

    if (one == NULL || build_all(grade) != GRADED)
        return KIT_TROUBLE;
    if (!one->compiled) {
        (void)printf("it does not compile:\n%s\n", one->compiler_said);
        return CANNOT_BE_GRADED;
    }
    runner = json_is_true(json_object_get(replay->old_check, "hidden"))
                 ? suite_hidden(grade, one->stem)
                 : suite_runner(grade, one->stem);
    if (runner == NULL)
        return grade_because(grade, KIT_TROUBLE,
                             "the check is hidden: where is it (--hidden)?");
    if (checks_run(
            grade,
            &(struct checks_wish){runner, one->lab, check, grade->seconds},
            &checks) != RUN_TO_THE_END)
        return grade->reason != NULL
                   ? KIT_TROUBLE
                   : grade_because(grade, KIT_TROUBLE, "it took too long");
    verdict = text_of(json_array_get(checks, 0), "verdict");
    (void)printf("%s\nnow: %s; in the result: %s\n", grade->shown, verdict,
                 then);
    /* What was not judged then, because nobody listened, is judged now. */
    status = strcmp(verdict, then) == 0 || (strcmp(then, "not judged") == 0 &&
                                            strcmp(verdict, "passed") != 0)
                 ? GRADED
                 : CANNOT_BE_GRADED;
    json_decref(checks);
    return status;
}

enum grade_status
replay_check(struct grade *grade, const char *check)
{
    static grade_step *const steps[] = {suite_load, stage_make, isolation_probe,
                                        build_find_compiler, NULL};
    struct replay replay = {.result = NULL};
    enum grade_status status;
    char *why = NULL;

    command_prepare();
    replay.result = result_read(grade->submission, &why);
    if (replay.result == NULL) {
        (void)fprintf(stderr, "grade: %s\n", why);
        return USAGE;
    }
    if (!find_check(&replay, check)) {
        (void)fprintf(stderr, "grade: %s: it has no check '%s', but these:\n",
                      grade->submission, check);
        list_checks(replay.result);
        return USAGE;
    }
    grade->seed = g_strdup(text_of(replay.result, "seed"));
    status = grade_take_steps(grade, steps);
    if (status == GRADED)
        status = run_again(grade, &replay);
    if (status == KIT_TROUBLE)
        (void)fprintf(stderr, "grade: kit trouble: %s\n", grade->reason);
    json_decref(replay.result);
    return status;
}
