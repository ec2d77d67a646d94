/* report_html_checks: how much of each check has passed, over the class. What
 * few have passed is a hard case, or a check that is wrong. */
#include "report_html.h"

#include <string.h>

#include "report_text.h"

struct rate {
    const char *lab, *case_name;
    const json_t *check; /* one of them, for its name */
    int place;           /* in the order of the first result */
    const int *all;      /* graded submissions, whatever became of the case */
    int passed, failed;
};

/* Counted together. */
struct counting {
    GHashTable *rates; /* "lab/case/check" -> struct rate */
    GHashTable *cases; /* "lab/case" -> int */
};

static int *
find_case(struct counting *counting, const json_t *one)
{
    char *key =
        g_strdup_printf("%s/%s", text_of(one, "lab"), text_of(one, "case"));
    int *count = g_hash_table_lookup(counting->cases, key);

    if (count != NULL) {
        g_free(key);
        return count;
    }
    count = g_new0(int, 1);
    g_hash_table_insert(counting->cases, key, count);
    return count;
}

static struct rate *
find_rate(struct counting *counting, const json_t *one, const json_t *check)
{
    char *key = g_strdup_printf("%s/%s/%s", text_of(one, "lab"),
                                text_of(one, "case"), text_of(check, "check"));
    struct rate *rate = g_hash_table_lookup(counting->rates, key);

    if (rate != NULL) {
        g_free(key);
        return rate;
    }
    rate = g_new0(struct rate, 1);
    rate->lab = text_of(one, "lab");
    rate->case_name = text_of(one, "case");
    rate->check = check;
    rate->place = (int)g_hash_table_size(counting->rates);
    rate->all = find_case(counting, one);
    g_hash_table_insert(counting->rates, key, rate);
    return rate;
}

static void
count_case(struct counting *counting, const json_t *one)
{
    const json_t *checks = json_object_get(one, "checks");

    ++*find_case(counting, one);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        struct rate *rate = find_rate(counting, one, check);

        if (has_passed(check))
            rate->passed++;
        else if (strcmp(text_of(check, "verdict"), "not judged") != 0)
            rate->failed++;
    }
}

static int
by_place(gconstpointer left, gconstpointer right)
{
    const struct rate *a = left, *b = right;
    int order = strcmp(a->lab, b->lab);

    return order != 0 ? order : a->place - b->place;
}

static void
add_rate(GString *out, const struct rate *rate)
{
    g_autofree char *title = check_title(rate->check);
    int all = *rate->all, percent = 100 * rate->passed / all;

    html_format(out,
                "\n<tr><td>%s</td><td>%s</td><td>%s%s</td>"
                "<td class=\"number\">%d %%</td>"
                "<td><meter max=\"100\" value=\"%d\" aria-label=\"passed\">"
                "</meter></td><td class=\"number\">%d of %d</td>"
                "<td class=\"number\">%d</td></tr>",
                rate->lab, rate->case_name, title,
                is_hidden(rate->check) ? " (hidden)" : "", percent, percent,
                rate->passed, all, all - rate->passed - rate->failed);
}

void
html_checks(GString *out, const struct report *report)
{
    struct counting counting = {
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    GList *sorted;

    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];
        const json_t *cases = json_object_get(student->result, "cases");

        for (size_t n = 0; n < json_array_size(cases); n++)
            count_case(&counting, json_array_get(cases, n));
    }
    g_string_append(
        out,
        "<section>\n<h2 id=\"checks\">Checks</h2>\n"
        "<p>How many of the graded submissions pass each check. A program that "
        "is missing, untouched or does not compile is not judged.</p>\n"
        "<div class=\"region\" role=\"region\" aria-labelledby=\"checks\" "
        "tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Lab</th>"
        "<th scope=\"col\">Case</th><th scope=\"col\">Check</th>"
        "<th scope=\"col\" class=\"number\">Passed</th>"
        "<th scope=\"col\">As a bar</th>"
        "<th scope=\"col\" class=\"number\">Counted</th>"
        "<th scope=\"col\" class=\"number\">Not judged</th></tr></thead>\n"
        "<tbody>");
    sorted = g_list_sort(g_hash_table_get_values(counting.rates), by_place);
    for (const GList *rate = sorted; rate != NULL; rate = rate->next)
        add_rate(out, rate->data);
    g_list_free(sorted);
    g_hash_table_unref(counting.rates);
    g_hash_table_unref(counting.cases);
    g_string_append(out, "\n</tbody></table></div></section>\n");
}
