/* judge: see judge.h. */
#include "judge.h"

#include <string.h>

#include "case_verdict.h"
#include "checks.h"
#include "clock.h"
#include "command.h"
#include "suite.h"

enum {
    LABS_MOST = 5, /* times the seconds of a lab: then the rest is not judged */
    ATTEMPTS = 3,
};

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

/* Gives each case of a lab its checks. */
static void
hand_out_checks(struct grade *grade, const char *lab, json_t *checks)
{
    json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        struct grade_case *one = case_of(grade, lab, text_of(check, "check"));

        if (one != NULL)
            (void)json_array_append(one->checks, check);
    }
}

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

/* The kit's own trouble is no verdict: it is tried again. */
static enum run
try_checks(struct grade *grade, const struct checks_wish *wish, json_t **checks)
{
    enum run run = RUN_IN_TROUBLE;

    for (int n = 0; n < ATTEMPTS && run == RUN_IN_TROUBLE; n++)
        if (!command_stopped())
            run = checks_run(grade, wish, checks);
    return run;
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

/* Has the checks judge. One that fails costs nobody a point before it has
 * failed twice: a machine may be too busy for a moment. */
static enum run
judge(struct grade *grade, const struct checks_wish *wish, json_t **checks)
{
    enum run run = try_checks(grade, wish, checks);
    g_autofree char *failed = NULL;
    struct checks_wish second = *wish;
    json_t *again = NULL;

    if (run != RUN_TO_THE_END)
        return run;
    failed = filter_of_failed(*checks);
    second.filter = failed;
    if (failed != NULL)
        run = try_checks(grade, &second, &again);
    if (again != NULL)
        take_second_chance(*checks, again);
    json_decref(again);
    return run == RUN_IN_TROUBLE ? run : RUN_TO_THE_END;
}

/* Some program of a lab has made its checks last too long: each case by itself
 * shows whose it was. */
static enum run
judge_cases(struct grade *grade, const struct checks_wish *all, json_t **checks)
{
    *checks = json_array();
    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];
        g_autofree char *filter = g_strdup_printf("repair_%s/*", one->name);
        const struct checks_wish wish = {all->runner, all->lab, filter,
                                         all->seconds / 2};
        json_t *own = NULL;
        enum run run;

        if (!one->compiled || strcmp(one->lab, all->lab) != 0)
            continue;
        run = judge(grade, &wish, &own);
        if (run == RUN_IN_TROUBLE)
            return run;
        if (run == RUN_TOO_LONG)
            own = json_pack("[{ss++ ss ss}]", "check", "repair_", one->name,
                            "/all_of_them", "verdict", "timed out", "what",
                            "its checks have taken too long");
        (void)json_array_extend(*checks, own);
        json_decref(own);
    }
    return RUN_TO_THE_END;
}

/* What has no place in a report for students. */
static void
mark_hidden(json_t *checks)
{
    json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        (void)json_object_set_new(check, "hidden", json_true());
    }
}

/* Has one runner judge the programs of a lab, and hands the checks out. */
static enum grade_status
judge_by(struct grade *grade, const char *runner, const char *lab)
{
    g_autofree char *filter = filter_of(grade, lab);
    const struct checks_wish wish = {runner, lab, filter, grade->seconds};
    json_t *checks = NULL;
    enum run run = judge(grade, &wish, &checks);

    if (run == RUN_TOO_LONG)
        run = judge_cases(grade, &wish, &checks);
    if (run == RUN_TO_THE_END && suite_is_hidden(grade, runner))
        mark_hidden(checks);
    if (run == RUN_TO_THE_END)
        hand_out_checks(grade, lab, checks);
    json_decref(checks);
    return run == RUN_TO_THE_END ? GRADED : KIT_TROUBLE;
}

/* Judges a lab, if there are programs of it. */
static enum grade_status
judge_lab(struct grade *grade, const struct grade_case *one)
{
    g_autofree char *filter = filter_of(grade, one->lab);
    g_autofree char *runner = suite_runner(grade, one->stem);
    g_autofree char *hidden = suite_hidden(grade, one->stem);
    enum grade_status status;

    if (filter == NULL)
        return GRADED;
    status = judge_by(grade, runner, one->lab);
    if (status == GRADED && hidden != NULL)
        status = judge_by(grade, hidden, one->lab);
    return status;
}

enum grade_status
judge_all(struct grade *grade)
{
    int64_t start_ns = now_ns();
    const char *last = "";

    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *one = grade->cases->pdata[i];
        bool is_due = strcmp(one->lab, last) != 0 &&
                      elapsed_ms(start_ns) <
                          1000.0 * patience_ms(LABS_MOST * grade->seconds);
        enum grade_status status = is_due ? judge_lab(grade, one) : GRADED;

        if (status != GRADED)
            return status;
        last = one->lab;
        one->verdict = case_verdict(one);
    }
    return GRADED;
}
