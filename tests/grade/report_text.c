/* report_text: see report_text.h. */
#include "report_text.h"

#include <string.h>

const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

int
number_of(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

bool
is_hidden(const json_t *case_or_check)
{
    return json_is_true(json_object_get(case_or_check, "hidden"));
}

bool
has_passed(const json_t *case_or_check)
{
    return strcmp(text_of(case_or_check, "verdict"), "passed") == 0;
}

char *
check_title(const json_t *check)
{
    const char *name = text_of(check, "check");
    const char *slash = strrchr(name, '/');

    return g_strdelimit(g_strdup(slash != NULL ? slash + 1 : name), "_", ' ');
}

/* A line for one text, or for each of a list. */
static void
explain_key(GString *out, const json_t *check, const char *key,
            const char *indent, const char *label)
{
    const json_t *value = json_object_get(check, key);

    if (json_is_string(value))
        g_string_append_printf(out, "%s%s%s\n", indent, label,
                               text_of(check, key));
    for (size_t i = 0; i < json_array_size(value); i++)
        g_string_append_printf(out, "%s%s%s\n", indent, label,
                               json_string_value(json_array_get(value, i)));
}

void
explain_check(GString *out, const json_t *check, const char *indent)
{
    explain_key(out, check, "what", indent, "");
    explain_key(out, check, "step", indent, "before that: ");
    explain_key(out, check, "expected", indent, "expected: ");
    explain_key(out, check, "received", indent, "received: ");
    explain_key(out, check, "kernel", indent, "in the kernel: ");
    if (json_object_get(check, "ladder") != NULL)
        g_string_append_printf(out, "%son the wire:\n", indent);
    explain_key(out, check, "ladder", indent, "");
    explain_key(out, check, "listens", indent, "it listens ");
    explain_key(out, check, "output", indent, "its output: ");
    explain_key(out, check, "printed", indent, "the program printed: ");
    explain_key(out, check, "said", indent, "the program said: ");
    explain_key(out, check, "took", indent, "it took ");
}

void
explain_case(GString *out, const json_t *one, const char *indent, bool hidden)
{
    const json_t *checks = json_object_get(one, "checks");
    g_autofree char *inner = g_strdup_printf("%s    ", indent);

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        g_autofree char *title = check_title(check);

        if (is_hidden(check) != hidden)
            continue;
        g_string_append_printf(out, "%s%s: %s\n", indent,
                               text_of(check, "verdict"), title);
        if (!has_passed(check))
            explain_check(out, check, inner);
    }
    if (!hidden && *text_of(one, "compiler_said") != '\0') {
        g_auto(GStrv) lines =
            g_strsplit(text_of(one, "compiler_said"), "\n", 0);

        g_string_append_printf(out, "%sThe compiler said:\n", indent);
        for (char **line = lines; *line != NULL; line++)
            if (**line != '\0' || line[1] != NULL)
                g_string_append_printf(out, "%s    %s\n", indent, *line);
    }
}

int
order_texts(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void
cut_text(GString *text, size_t most)
{
    const char *end;

    if (text->len <= most)
        return;
    end = g_utf8_find_prev_char(text->str, text->str + most + 1);
    most = text->len - (size_t)(end - text->str);
    g_string_truncate(text, (size_t)(end - text->str));
    g_string_append_printf(text, "\n[%zu bytes more]\n", most);
}
