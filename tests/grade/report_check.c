/* report_check: see report_check.h. Tables say what a result is made of. */
#include "report_check.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "clean.h"
#include "report_text.h"

enum {
    FORMAT = 1,
    TEXT_MOST = 4096,
    LINES_MOST = 64 << 10,
    NAME_MOST = 80,
    POINTS_MOST = 10000,
    LIST_MOST = 1000,
    CASES_MOST = 400,
};

enum kind {
    TEXT,    /* one line */
    LINES,   /* many */
    TEXTS,   /* a list of lines, or one */
    NAME,    /* of a lab or a case: it may become part of a path */
    POINTS,  /* 0 to POINTS_MOST */
    SECONDS, /* a number, not negative */
    FLAG,
    ENCODED, /* base64 */
    RECORD,  /* an object, its fields in `inner` */
    RECORDS, /* a list of them */
};

struct field {
    const char *key;
    enum kind kind;
    bool needed;
    const struct field *inner;
};

static const struct field check_fields[] = {
    {"check", TEXT, true, NULL},     {"verdict", TEXT, true, NULL},
    {"what", TEXT, false, NULL},     {"step", TEXTS, false, NULL},
    {"expected", TEXT, false, NULL}, {"received", TEXT, false, NULL},
    {"kernel", TEXT, false, NULL},   {"said", TEXTS, false, NULL},
    {"output", TEXT, false, NULL},   {"listens", TEXT, false, NULL},
    {"took", TEXT, false, NULL},     {"seconds", SECONDS, false, NULL},
    {"ladder", TEXTS, false, NULL},  {"printed", TEXTS, false, NULL},
    {"hidden", FLAG, false, NULL},   {NULL, TEXT, false, NULL},
};

static const struct field case_fields[] = {
    {"lab", NAME, true, NULL},
    {"case", NAME, true, NULL},
    {"verdict", TEXT, true, NULL},
    {"points", POINTS, true, NULL},
    {"of", POINTS, true, NULL},
    {"evidence", TEXT, false, NULL},
    {"compiler_said", LINES, false, NULL},
    {"source", ENCODED, false, NULL},
    {"hidden", FLAG, false, NULL},
    {"checks", RECORDS, true, check_fields},
    {NULL, TEXT, false, NULL},
};

static const struct field isolation_fields[] = {
    {"level", TEXT, true, NULL},
    {"meaning", TEXT, false, NULL},
    {NULL, TEXT, false, NULL},
};

static const struct field result_fields[] = {
    {"state", TEXT, true, NULL},
    {"submission", TEXT, true, NULL},
    {"reason", TEXT, false, NULL},
    {"seed", TEXT, false, NULL},
    {"kit", TEXT, false, NULL},
    {"suite", TEXT, false, NULL},
    {"taken", TEXT, false, NULL},
    {"compiler", TEXT, false, NULL},
    {"isolation", RECORD, false, isolation_fields},
    {"points", POINTS, false, NULL},
    {"of", POINTS, false, NULL},
    {"ignored", TEXTS, false, NULL},
    {"cases", RECORDS, false, case_fields},
    {NULL, TEXT, false, NULL},
};

struct checking {
    GString *where; /* as cases[3].points */
    char *problem;  /* the first one */
    int repaired;
};

static json_t *check_record(struct checking *checking, const json_t *value,
                            const struct field *fields);

/* NULL, for callers to return. */
static json_t *
wrong(struct checking *checking, const char *what)
{
    if (checking->problem == NULL)
        checking->problem =
            g_strdup_printf("%s %s", checking->where->str, what);
    return NULL;
}

static json_t *
check_text(struct checking *checking, const json_t *value, bool lines)
{
    const char *text = json_string_value(value);
    g_autofree char *clean = NULL;

    if (text == NULL)
        return wrong(checking, "is not a text");
    clean = clean_text(text, json_string_length(value),
                       lines ? LINES_MOST : TEXT_MOST, lines);
    if (strcmp(clean, text) != 0)
        checking->repaired++;
    return json_string(clean);
}

static json_t *
check_name(struct checking *checking, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL || *text == '\0' || strlen(text) > NAME_MOST ||
        text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
        return wrong(checking, "is not a name");
    return json_string(text);
}

static json_t *
check_encoded(struct checking *checking, const json_t *value)
{
    const char *text = json_string_value(value);
    g_autofree guchar *bytes = NULL;
    g_autofree char *again = NULL;
    gsize n;

    if (text == NULL)
        return wrong(checking, "is not a text");
    bytes = g_base64_decode(text, &n);
    again = g_base64_encode(bytes, n);
    if (strcmp(again, text) != 0)
        return wrong(checking, "is not base64");
    return json_string(text);
}

static json_t *
check_number(struct checking *checking, const json_t *value, enum kind kind)
{
    json_int_t points = json_integer_value(value);

    if (kind == SECONDS)
        return json_number_value(value) >= 0 && json_is_number(value)
                   ? json_real(json_number_value(value))
                   : wrong(checking, "is not a time");
    if (!json_is_integer(value) || points < 0 || points > POINTS_MOST)
        return wrong(checking, "is not a number from 0 to 10000");
    return json_integer(points);
}

/* A list of texts, where `fields` is NULL, or of records. */
static json_t *
check_list(struct checking *checking, const json_t *list,
           const struct field *fields)
{
    size_t most = fields == case_fields ? CASES_MOST : LIST_MOST;
    size_t before = checking->where->len;
    json_t *out = json_array();

    if (json_array_size(list) > most) {
        json_decref(out);
        return wrong(checking, "has too many items");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        json_t *checked;

        g_string_append_printf(checking->where, "[%zu]", i);
        checked = fields != NULL ? check_record(checking, item, fields)
                                 : check_text(checking, item, false);
        g_string_truncate(checking->where, before);
        if (checked == NULL) {
            json_decref(out);
            return NULL;
        }
        (void)json_array_append_new(out, checked);
    }
    return out;
}

static json_t *
check_texts(struct checking *checking, const json_t *value)
{
    json_t *list;

    if (json_is_array(value))
        return check_list(checking, value, NULL);
    list = json_pack("[o*]", check_text(checking, value, false));
    if (checking->problem != NULL)
        json_decref(list);
    return checking->problem != NULL ? NULL : list;
}

static json_t *
check_value(struct checking *checking, const json_t *value,
            const struct field *field)
{
    switch (field->kind) {
    case TEXT:
    case LINES:
        return check_text(checking, value, field->kind == LINES);
    case TEXTS:
        return check_texts(checking, value);
    case NAME:
        return check_name(checking, value);
    case POINTS:
    case SECONDS:
        return check_number(checking, value, field->kind);
    case FLAG:
        return json_is_boolean(value) ? json_boolean(json_is_true(value))
                                      : wrong(checking, "is not true or false");
    case ENCODED:
        return check_encoded(checking, value);
    case RECORD:
        return check_record(checking, value, field->inner);
    default:
        return json_is_array(value) ? check_list(checking, value, field->inner)
                                    : wrong(checking, "is not a list");
    }
}

static json_t *
check_record(struct checking *checking, const json_t *value,
             const struct field *fields)
{
    size_t before = checking->where->len;
    json_t *out;

    if (!json_is_object(value))
        return wrong(checking, "is not an object");
    out = json_object();
    for (const struct field *field = fields; field->key != NULL; field++) {
        const json_t *inner = json_object_get(value, field->key);
        json_t *checked = NULL;

        g_string_append_printf(checking->where, "%s%s", before > 0 ? "." : "",
                               field->key);
        if (inner != NULL)
            checked = check_value(checking, inner, field);
        else if (field->needed)
            (void)wrong(checking, "is missing");
        g_string_truncate(checking->where, before);
        if (checking->problem != NULL) {
            json_decref(checked);
            json_decref(out);
            return NULL;
        }
        if (checked != NULL)
            (void)json_object_set_new(out, field->key, checked);
    }
    return out;
}

/* What no table says: sums, and each case once. NULL, or a complaint. */
static char *
find_contradiction(const json_t *result)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int says = number_of(result, "points"), says_of = number_of(result, "of");
    const json_t *cases = json_object_get(result, "cases");
    int points = 0, of = 0;

    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        char *name =
            g_strdup_printf("%s/%s", text_of(one, "lab"), text_of(one, "case"));

        points += number_of(one, "points");
        of += number_of(one, "of");
        if (!g_hash_table_add(seen, name))
            return g_strdup_printf("%s is there twice", name);
        if (number_of(one, "points") > number_of(one, "of"))
            return g_strdup_printf("%s has more points than there are", name);
    }
    if (says != points || says_of != of)
        return g_strdup_printf("it says %d of %d points, its cases have %d of "
                               "%d",
                               says, says_of, points, of);
    return NULL;
}

/* Only what is graded has points; elsewhere they mean nothing. */
static char *
settle_state(json_t *result)
{
    static const char *const others[] = {"unfinished", "cannot be graded",
                                         "kit trouble"};
    const char *state = json_string_value(json_object_get(result, "state"));

    if (strcmp(state, "graded") == 0)
        return json_object_get(result, "cases") == NULL
                   ? g_strdup("it is graded, and yet has no cases")
                   : find_contradiction(result);
    (void)json_object_del(result, "points");
    (void)json_object_del(result, "of");
    (void)json_object_del(result, "cases");
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (strcmp(state, others[i]) == 0)
            return NULL;
    return g_strdup("its state is none that there is");
}

json_t *
report_check(const json_t *result, char **problem, int *repaired)
{
    struct checking checking = {.where = g_string_new(NULL)};
    json_t *out = NULL;

    *problem = NULL;
    if (json_integer_value(json_object_get(result, "format")) != FORMAT)
        *problem = g_strdup("it is not a result of format 1");
    else
        out = check_record(&checking, result, result_fields);
    if (out != NULL) {
        *problem = settle_state(out);
        if (*problem != NULL)
            json_decref(out);
    } else if (*problem == NULL) {
        *problem = checking.problem;
    }
    *repaired = checking.repaired;
    (void)g_string_free(checking.where, TRUE);
    return *problem == NULL ? out : NULL;
}
