/* result: see result.h. */
#include "result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case_verdict.h"
#include "clean.h"
#include "isolation.h"

enum { FORMAT = 1, NAME_MOST = 400 };

const char *
result_state(enum grade_status status)
{
    switch (status) {
    case GRADED:
        return "graded";
    case CANNOT_BE_GRADED:
        return "cannot be graded";
    default:
        return "kit trouble";
    }
}

int
result_points(const struct grade *grade, int *of)
{
    int got = 0;

    *of = 0;
    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        *of += one->points;
        if (one->verdict != NULL && strcmp(one->verdict, "passed") == 0)
            got += one->points;
    }
    return got;
}

static json_t *
pack_case(const struct grade_case *one)
{
    bool passed = strcmp(one->verdict, "passed") == 0;
    json_t *packed = json_pack(
        "{ss ss ss si si ss ss* ss* sO}", "lab", one->lab, "case", one->name,
        "verdict", one->verdict, "points", passed ? one->points : 0, "of",
        one->points, "evidence", one->evidence, "compiler_said",
        one->compiler_said, "source", one->source, "checks", one->checks);

    if (one->hidden)
        (void)json_object_set_new(packed, "hidden", json_true());
    return packed;
}

static json_t *
pack_cases(const struct grade *grade)
{
    json_t *cases = json_array();

    for (guint i = 0; i < grade->cases->len; i++)
        (void)json_array_append_new(cases, pack_case(grade->cases->pdata[i]));
    return cases;
}

static json_t *
pack_ignored(const struct grade *grade)
{
    json_t *ignored = json_array();

    for (guint i = 0; i < grade->ignored->len; i++)
        (void)json_array_append_new(ignored,
                                    json_string(grade->ignored->pdata[i]));
    if (grade->ignored_more > 0)
        (void)json_array_append_new(
            ignored, json_sprintf("and %d more", grade->ignored_more));
    return ignored;
}

/* What is known of a run that came to no result: nothing is worth a point. */
static json_t *
pack(const struct grade *grade, const char *state)
{
    g_autofree char *name =
        clean_text(grade->name, strlen(grade->name), NAME_MOST, 0);
    json_t *result =
        json_pack("{si ss ss ss* ss* ss* ss* ss*}", "format", FORMAT, "state",
                  state, "submission", name, "reason", grade->reason, "taken",
                  grade->taken, "seed", grade->seed, "kit", grade->version,
                  "compiler", grade->compiler);
    int got, of;

    if (strcmp(state, "graded") != 0)
        return result;
    got = result_points(grade, &of);
    (void)json_object_set_new(result, "points", json_integer(got));
    (void)json_object_set_new(result, "of", json_integer(of));
    (void)json_object_set_new(result, "isolation",
                              json_pack("{ss ss}", "level",
                                        isolation_name(grade), "meaning",
                                        isolation_meaning(grade)));
    (void)json_object_set_new(result, "cases", pack_cases(grade));
    (void)json_object_set_new(result, "ignored", pack_ignored(grade));
    return result;
}

int
result_write(const struct grade *grade, const char *state)
{
    g_autofree char *path = g_strdup_printf("%s.XXXXXX", grade->result);
    json_t *result = pack(grade, state);
    int fd = g_mkstemp(path);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool written;

    written = out != NULL && fchmod(fd, 0644) == 0 && result != NULL &&
              json_dumpf(result, out, JSON_INDENT(1) | JSON_SORT_KEYS) == 0 &&
              putc('\n', out) != EOF && fflush(out) == 0 && fsync(fd) == 0;
    if (out != NULL && fclose(out) != 0)
        written = false;
    json_decref(result);
    if (written && rename(path, grade->result) == 0)
        return 0;
    if (fd >= 0)
        (void)unlink(path);
    return -1;
}

/* --- reading -------------------------------------------------------------- */

json_t *
result_read(const char *path, char **why)
{
    json_error_t error;
    json_t *result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (result == NULL) {
        *why = g_strdup_printf("%s:%d: %s", path, error.line, error.text);
        return NULL;
    }
    if (json_integer_value(json_object_get(result, "format")) == FORMAT &&
        json_is_string(json_object_get(result, "state")))
        return result;
    *why = g_strdup_printf("%s: not a result of this grader", path);
    json_decref(result);
    return NULL;
}

static bool
has_text(const json_t *object, const char *key, const char *text)
{
    return strcmp(text_of(object, key), text) == 0;
}

bool
result_is_valid(const struct grade *grade)
{
    g_autofree char *why = NULL;
    json_t *result = result_read(grade->result, &why);
    bool valid =
        result != NULL && has_text(result, "state", "graded") &&
        has_text(result, "taken", grade->taken) &&
        has_text(result, "kit", grade->version) &&
        has_text(result, "seed", grade->seed) &&
        has_text(result, "compiler", grade->compiler) &&
        has_text(json_object_get(result, "isolation"), "level",
                 isolation_name(grade)) &&
        json_array_size(json_object_get(result, "cases")) == grade->cases->len;

    json_decref(result);
    return valid;
}
