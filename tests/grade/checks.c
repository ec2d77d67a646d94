/* checks: see checks.h. */
#include "checks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness/report.h"
#include "case_verdict.h"
#include "clean.h"
#include "clock.h"
#include "command.h"
#include "stage.h"
#include "suite.h"

enum {
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
read_checks(const char *path, bool may_be_none)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    json_t *checks = json_array();
    size_t planned = may_be_none ? 0 : SIZE_MAX;
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
    if (json_array_size(checks) == planned && !trouble)
        return checks;
    json_decref(checks);
    return NULL;
}

enum run
checks_run(struct grade *grade, const struct checks_wish *wish, json_t **checks)
{
    g_autofree char *json = stage_path(grade, "verdicts", NULL);
    g_auto(GStrv) environment = environment_of(grade, wish->lab, json);
    g_autofree char *trouble = NULL, *said = NULL;
    struct outcome outcome;
    int err;

    (void)unlink(json);
    err = command_run(
        &(struct command){.argv =
                              (const char *const[]){wish->runner, "--filter",
                                                    wish->filter, NULL},
                          .environment = (const char *const *)environment,
                          .seconds = patience_ms(wish->seconds),
                          .out_most = SAID_MOST,
                          .said_most = SAID_MOST},
        &outcome);
    trouble = stage_trouble(grade);
    *checks = err == 0 && trouble == NULL
                  ? read_checks(json, suite_is_hidden(grade, wish->runner))
                  : NULL;
    g_free(grade->shown);
    grade->shown = clean_text((const char *)outcome.out->data, outcome.out->len,
                              SAID_MOST, 1);
    said = clean_text((const char *)outcome.said->data, outcome.said->len,
                      SHOWN_MOST, 0);
    outcome_clear(&outcome);
    if (*checks != NULL)
        return RUN_TO_THE_END;
    if (err == 0 && trouble == NULL && outcome.timed_out)
        return RUN_TOO_LONG;
    (void)grade_because(
        grade, KIT_TROUBLE, "%s: %s%s", wish->lab,
        trouble != NULL ? trouble : "the checks did not end as they should: ",
        trouble != NULL ? "" : said);
    return RUN_IN_TROUBLE;
}
