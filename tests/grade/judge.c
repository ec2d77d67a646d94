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
    RUN_OF_A_LIMIT_MIB = 1024, /* of address space */
};

/* The runtime of the later labs takes much address space for its stacks, and
 * uses little of it: there only what is used could be limited. */
static bool
takes_address_space(const char *lab)
{
    return strcmp(lab, "lab05") >= 0;
}

/* What a program may use. Processes are counted per box where there are
 * namespaces, and else for all that the user has. */
static char *
limits_of(const struct grade *grade, const char *lab)
{
    GString *limits =
        g_string_new("fsize:8,cpu:60,core:0,memlock:65536,msgqueue:0");

    if (grade->namespaces)
        g_string_append(limits, ",nproc:64");
    else if (grade->slot != 0)
        g_string_append(limits, ",nproc:512");
    if (!takes_address_space(lab))
        g_string_append_printf(limits, ",as:%d", RUN_OF_A_LIMIT_MIB);
    return g_string_free(limits, FALSE);
}

/* The variables of the runner, to be freed. */
static char **
environment_of(const struct grade *grade, const char *lab, const char *json)
{
    g_autofree char *limits = limits_of(grade, lab);
    g_autoptr(GPtrArray) box =
        stage_box(grade, &(struct stage_wish){.limits = limits});
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

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

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

/* Sorts the checks of one run to their cases. False when one that was planned
 * is missing, or the kit itself has failed in one. */
static bool
take_checks(struct grade *grade, const char *lab, const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    size_t planned = 0, came = 0;
    bool trouble = false;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        json_t *object = json_loads(*line, JSON_REJECT_DUPLICATES, NULL);
        struct grade_case *one = case_of(grade, lab, text_of(object, "check"));

        if (json_object_get(object, "plan") != NULL)
            planned = json_array_size(json_object_get(object, "plan"));
        if (one != NULL) {
            put_straight(object);
            trouble |= strcmp(text_of(object, "verdict"), "kit problem") == 0;
            (void)json_array_append(one->checks, object);
            came++;
        }
        json_decref(object);
    }
    return planned > 0 && came == planned && !trouble;
}

static void
forget_checks(struct grade *grade, const char *lab)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *one = grade->cases->pdata[i];

        if (strcmp(one->lab, lab) == 0)
            (void)json_array_clear(one->checks);
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

/* One attempt at the checks of one lab. */
static enum grade_status
judge_lab(struct grade *grade, const struct grade_case *one, const char *filter)
{
    g_autofree char *runner = suite_runner(grade, one->stem);
    g_autofree char *json = stage_path(grade, "verdicts", NULL);
    g_auto(GStrv) environment = environment_of(grade, one->lab, json);
    g_autofree char *trouble = NULL, *said = NULL;
    struct outcome outcome;
    bool taken;
    int err;

    forget_checks(grade, one->lab);
    (void)unlink(json);
    err = command_run(
        &(struct command){
            .argv = (const char *const[]){runner, "--filter", filter, NULL},
            .environment = (const char *const *)environment,
            .seconds = patience_ms(JUDGE_S),
            .said_most = SAID_MOST},
        &outcome);
    trouble = stage_trouble(grade);
    taken = err == 0 && take_checks(grade, one->lab, json);
    said = clean_text((const char *)outcome.said->data, outcome.said->len,
                      SHOWN_MOST, 0);
    outcome_clear(&outcome);
    if (trouble != NULL)
        return grade_because(grade, KIT_TROUBLE, "%s: %s", one->lab, trouble);
    if (!taken)
        return grade_because(grade, KIT_TROUBLE,
                             "%s: the checks did not end as they should: %s",
                             one->lab, said);
    return GRADED;
}

/* All checks must pass; the first that does not gives the case its verdict. */
static const char *
verdict_of(const struct grade_case *one)
{
    static const char *const words[] = {"failed", "timed out", "crashed", NULL};
    size_t passed = 0, i;
    json_t *check;

    if (!one->handed_in)
        return "missing";
    if (!one->compiled)
        return "does not compile";
    json_array_foreach(one->checks, i, check)
    {
        const char *verdict = text_of(check, "verdict");

        passed += strcmp(verdict, "passed") == 0;
        for (int n = 0; words[n] != NULL; n++)
            if (strcmp(verdict, words[n]) == 0)
                return words[n];
    }
    return passed > 0 ? "passed" : "not judged";
}

/* Judges a lab of which there are programs. */
static enum grade_status
try_lab(struct grade *grade, const struct grade_case *one)
{
    g_autofree char *filter = filter_of(grade, one->lab);
    enum grade_status status = GRADED;

    for (int n = 0; filter != NULL && n < ATTEMPTS; n++)
        if ((status = judge_lab(grade, one, filter)) == GRADED)
            break;
    return status;
}

enum grade_status
judge_all(struct grade *grade)
{
    const char *last = "";

    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *one = grade->cases->pdata[i];
        enum grade_status status =
            strcmp(one->lab, last) != 0 ? try_lab(grade, one) : GRADED;

        if (status != GRADED)
            return status;
        last = one->lab;
        one->verdict = verdict_of(one);
    }
    return GRADED;
}
