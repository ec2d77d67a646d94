/* judge: see judge.h.
 *
 * The runner of a lab's checks plans, judges and writes one line of JSON per
 * check; it is the kit's own, and the programs that it starts, each in a box,
 * cannot reach it. What counts is what the kit planned: a check that is missing
 * in the end makes the run the kit's trouble.
 */
#include "judge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case_verdict.h"
#include "clean.h"
#include "clock.h"
#include "command.h"
#include "report.h"
#include "stage.h"
#include "suite.h"

enum {
    JUDGE_S = 240, /* for the checks of a lab */
    ATTEMPTS = 3,
    SAID_MOST = 64 * 1024,
    SHOWN_MOST = 400,
    MEMORY_MIB = 256, /* that a program may use */
};

/* What a program may use. Processes are counted per box where there are
 * namespaces, and else for all that the user has. */
static char *
limits_of(const struct grade *grade)
{
    GString *limits =
        g_string_new("fsize:8,cpu:60,core:0,memlock:65536,msgqueue:0");

    if (grade->namespaces)
        g_string_append(limits, ",nproc:64");
    else if (grade->slot != 0)
        g_string_append(limits, ",nproc:512");
    return g_string_free(limits, FALSE);
}

/* The variables of the runner, to be freed. */
static char **
environment_of(const struct grade *grade, const char *lab, const char *json)
{
    g_autofree char *limits = limits_of(grade);
    g_autoptr(GPtrArray) box =
        stage_box(grade, &(struct stage_wish){.limits = limits,
                                              .memory_mib = MEMORY_MIB});
    g_autofree char *prefix = NULL, *subjects = NULL;
    const char *patience = getenv("LAB_PATIENCE");
    char **variables = g_new0(char *, 16);
    int count = 0;

    g_ptr_array_add(box, NULL);
    prefix = g_strjoinv(" ", (char **)box->pdata);
    subjects = stage_path(grade, "programs", lab, NULL);
    variables[count++] = g_strdup("PATH=/usr/bin:/bin");
    variables[count++] = g_strdup("LC_ALL=C.UTF-8");
    variables[count++] = g_strdup("LT_UNCOVERED=ok");
    variables[count++] = g_strdup_printf("LT_PREFIX=%s", prefix);
    variables[count++] = g_strdup_printf("LT_SUBJECTS=%s", subjects);
    variables[count++] = g_strdup_printf("LT_JSON=%s", json);
    variables[count++] = g_strdup_printf("SEED=%s", grade->seed);
    if (patience != NULL)
        variables[count++] = g_strdup_printf("LAB_PATIENCE=%s", patience);
    return variables;
}

/* --- what the runner has written ------------------------------------------ */

/* The case that a check "repair_NAME/sentence" is about. */
static struct grade_case *
case_of(const struct grade *grade, const char *lab, const char *check)
{
    g_autofree char *name = NULL;
    const char *slash = strchr(check, '/');

    if (slash == NULL || !g_str_has_prefix(check, "repair_"))
        return NULL;
    name = g_strndup(check + 7, (gsize)(slash - check) - 7);
    return suite_find(grade, lab, name);
}

/* What needs a private network, and has none, was not judged. */
static void
put_straight(json_t *check)
{
    if (strcmp(text_of(check, "verdict"), "kit problem") == 0 &&
        g_str_has_prefix(text_of(check, "what"), NO_PRIVATE_NETWORK))
        (void)json_object_set_new(check, "verdict", json_string("not judged"));
    (void)json_object_del(check, "seconds");
}

/* The checks of one run, or NULL when one that was planned is missing, or the
 * kit itself has failed in one. */
static json_t *
read_checks(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    json_t *checks = json_array();
    size_t planned = 0;
    bool trouble = !g_file_get_contents(path, &text, NULL, NULL);

    lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        json_t *object = json_loads(*line, JSON_REJECT_DUPLICATES, NULL);

        if (json_object_get(object, "plan") != NULL)
            planned = json_array_size(json_object_get(object, "plan"));
        if (json_object_get(object, "check") != NULL) {
            put_straight(object);
            trouble |= strcmp(text_of(object, "verdict"), "kit problem") == 0;
            (void)json_array_append(checks, object);
        }
        json_decref(object);
    }
    if (planned > 0 && json_array_size(checks) == planned && !trouble)
        return checks;
    json_decref(checks);
    return NULL;
}

/* Gives each case of a lab its checks. */
static void
hand_out_checks(struct grade *grade, const char *lab, json_t *checks)
{
    json_t *check;
    size_t i;

    for (guint n = 0; n < grade->cases->len; n++) {
        struct grade_case *one = grade->cases->pdata[n];

        if (strcmp(one->lab, lab) == 0)
            (void)json_array_clear(one->checks);
    }
    json_array_foreach(checks, i, check)
    {
        struct grade_case *one = case_of(grade, lab, text_of(check, "check"));

        if (one != NULL)
            (void)json_array_append(one->checks, check);
    }
}

/* --- judging -------------------------------------------------------------- */

/* A filter for the checks of those cases of a lab that there are programs of,
 * or NULL without any; to be freed. */
static char *
filter_of(const struct grade *grade, const char *lab)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        if (one->compiled && strcmp(one->lab, lab) == 0)
            g_string_append_printf(names, "%s%s", names->len > 0 ? "|" : "",
                                   one->name);
    }
    return names->len > 0 ? g_strdup_printf("repair_@(%s)/*", names->str)
                          : NULL;
}

/* Runs the checks that match. NULL, with a reason, for trouble. */
static json_t *
run_checks(struct grade *grade, const struct grade_case *one,
           const char *filter)
{
    g_autofree char *runner = suite_runner(grade, one->stem);
    g_autofree char *json = stage_path(grade, "verdicts", NULL);
    g_auto(GStrv) environment = environment_of(grade, one->lab, json);
    g_autofree char *trouble = NULL, *said = NULL;
    struct outcome outcome;
    json_t *checks;
    int err;

    (void)unlink(json);
    err = command_run(
        &(struct command){
            .argv = (const char *const[]){runner, "--filter", filter, NULL},
            .environment = (const char *const *)environment,
            .seconds = patience_ms(JUDGE_S),
            .said_most = SAID_MOST},
        &outcome);
    trouble = stage_trouble(grade);
    checks = err == 0 && trouble == NULL ? read_checks(json) : NULL;
    said = clean_text((const char *)outcome.said->data, outcome.said->len,
                      SHOWN_MOST, 0);
    outcome_clear(&outcome);
    if (trouble != NULL)
        (void)grade_because(grade, KIT_TROUBLE, "%s: %s", one->lab, trouble);
    else if (checks == NULL)
        (void)grade_because(grade, KIT_TROUBLE,
                            "%s: the checks did not end as they should: %s",
                            one->lab, said);
    return checks;
}

/* The kit's own trouble is no verdict: it is tried again. */
static json_t *
try_checks(struct grade *grade, const struct grade_case *one,
           const char *filter)
{
    json_t *checks = NULL;

    for (int n = 0; n < ATTEMPTS && checks == NULL && !command_stopped(); n++)
        checks = run_checks(grade, one, filter);
    return checks;
}

/* A filter for the checks that have not passed, or NULL; to be freed. */
static char *
filter_of_failed(const json_t *checks)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        if (strcmp(text_of(check, "verdict"), "passed") != 0)
            g_string_append_printf(names, "%s%s", names->len > 0 ? "|" : "",
                                   text_of(check, "check"));
    }
    return names->len > 0 ? g_strdup_printf("@(%s)", names->str) : NULL;
}

/* What has passed the second time has passed; it is said that it took two. */
static void
take_second_chance(const json_t *checks, const json_t *again)
{
    json_t *check, *second;
    size_t i, n;

    json_array_foreach(checks, i, check)
    {
        json_array_foreach(again, n, second)
        {
            if (strcmp(text_of(check, "check"), text_of(second, "check")) !=
                    0 ||
                strcmp(text_of(second, "verdict"), "passed") != 0)
                continue;
            (void)json_object_set_new(
                check, "what",
                json_sprintf("passed when it was run again; at first: %s: %s",
                             text_of(check, "verdict"),
                             text_of(check, "what")));
            (void)json_object_set_new(check, "verdict", json_string("passed"));
        }
    }
}

/* Judges a lab of which there are programs. A check that fails costs nobody a
 * point before it has failed twice: a machine may be too busy for a moment. */
static enum grade_status
judge_lab(struct grade *grade, const struct grade_case *one)
{
    g_autofree char *filter = filter_of(grade, one->lab), *failed = NULL;
    json_t *checks, *again = NULL;

    if (filter == NULL)
        return GRADED;
    checks = try_checks(grade, one, filter);
    if (checks == NULL)
        return KIT_TROUBLE;
    failed = filter_of_failed(checks);
    if (failed != NULL)
        again = try_checks(grade, one, failed);
    if (again != NULL)
        take_second_chance(checks, again);
    hand_out_checks(grade, one->lab, checks);
    json_decref(checks);
    json_decref(again);
    return failed == NULL || again != NULL ? GRADED : KIT_TROUBLE;
}

enum grade_status
judge_all(struct grade *grade)
{
    const char *last = "";

    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *one = grade->cases->pdata[i];
        enum grade_status status =
            strcmp(one->lab, last) != 0 ? judge_lab(grade, one) : GRADED;

        if (status != GRADED)
            return status;
        last = one->lab;
        one->verdict = case_verdict(one);
    }
    return GRADED;
}
