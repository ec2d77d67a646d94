/* report_json: a run as JSON lines, for programs; see report_forms.h. */
#include "report_forms.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "results.h"

static FILE *json; /* LT_JSON, or NULL */

int
open_json(void)
{
    const char *path = getenv("LT_JSON");

    if (path == NULL)
        return 0;
    json = fopen(path, "we");
    return json != NULL ? 0 : -1;
}

static void
print_json_text(FILE *out, const char *text)
{
    (void)putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            (void)fprintf(out, "\\%c", c);
        else if (c < ' ' || c >= 127)
            (void)fprintf(out, "\\u%04x", (unsigned)c);
        else
            (void)putc(c, out);
    }
    (void)putc('"', out);
}

static void
print_json_result(FILE *out, const struct result *result)
{
    static const struct {
        const char *name;
        bool is_list;
    } keys[] = {
        {"verdict", false},  {"what", false},     {"step", true},
        {"expected", false}, {"received", false}, {"took", false},
        {"kernel", false},   {"ladder", true},    {"output", false},
        {"listens", false},  {"printed", true},   {"said", true},
    };
    const char *value;

    (void)fprintf(out, "{\"check\":");
    print_json_text(out, result->check);
    (void)fprintf(out, ",\"seconds\":%.3f", (double)result->seconds);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *name = keys[i].name;

        if (value_of(result, name, 0) == NULL)
            continue;
        (void)fprintf(out, ",\"%s\":%s", name, keys[i].is_list ? "[" : "");
        for (int n = 0; (value = value_of(result, name, n)) != NULL; n++) {
            if (n > 0)
                (void)putc(',', out);
            print_json_text(out, value);
        }
        if (keys[i].is_list)
            (void)putc(']', out);
    }
    (void)fprintf(out, "}\n");
}

void
print_json_plan(void)
{
    if (json == NULL)
        return;
    (void)fprintf(json, "{\"plan\":[");
    for (int i = 0; i < result_count; i++) {
        if (i > 0)
            (void)putc(',', json);
        print_json_text(json, results[i].check);
    }
    (void)fprintf(json, "]}\n");
    (void)fflush(json);
}

void
print_json_results(void)
{
    if (json == NULL)
        return;
    for (int i = 0; i < result_count; i++)
        print_json_result(json, &results[i]);
    (void)fprintf(json, "{\"passed\":%d,\"total\":%d}\n",
                  count_verdicts("passed"), result_count);
    (void)fclose(json);
}
