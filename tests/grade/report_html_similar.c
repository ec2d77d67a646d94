/* report_html_similar: pairs of submissions that share what is rare. */
#include "report_html.h"

#include "similar.h"

static void
add_name(GString *out, const struct report *report, guint number)
{
    const struct student *student = report->students->pdata[number];

    html_format(out, "<a href=\"#s%u\">%s</a>", number, student->name);
}

static void
add_pair(GString *out, const struct report *report,
         const struct similar_pair *pair)
{
    html_format(out, "<li><p><b>%.1f</b> ", pair->weight);
    add_name(out, report, pair->one);
    g_string_append(out, " and ");
    add_name(out, report, pair->other);
    html_format(out,
                " <span class=\"quiet\">%.0f bits, %.0f %% of what they share "
                "with anybody; %d things</span></p>\n<ul>",
                pair->bits, 100 * pair->part, pair->shared);
    for (guint i = 0; i < pair->things->len; i++) {
        const struct similar_thing *thing = pair->things->pdata[i];

        html_format(out,
                    "<li><span class=\"quiet\">%d of %d have, in %s %s:</span> "
                    "<code>%s</code></li>\n",
                    thing->holders, thing->all, thing->lab, thing->case_name,
                    thing->shown);
    }
    g_string_append(out, "</ul></li>\n");
}

void
html_similar(GString *out, const struct report *report)
{
    const struct similar *similar = similar_find(report, SIMILAR_MOST);

    html_format(
        out,
        "<section aria-labelledby=\"alike\">\n"
        "<h2 id=\"alike\">Alike</h2>\n<p>Pairs of submissions that "
        "share what few others have, beyond what was handed out and how "
        "the kit mends it. The number is how surprising that is: of %u "
        "pairs half have less than %.1f, 99 of 100 less than %.1f. It "
        "is no verdict: who works together, asks the same person or "
        "reads the same page has reasons of their own. Look at both, "
        "and talk with them.</p>\n",
        similar->count, similar->half, similar->hundred);
    if (similar->pairs->len > 0)
        g_string_append(out, "<details><summary>Show the pairs</summary>"
                             "<ol class=\"pairs\">\n");
    for (guint i = 0; i < similar->pairs->len; i++)
        add_pair(out, report, similar->pairs->pdata[i]);
    if (similar->pairs->len > 0)
        g_string_append(out, "</ol></details>\n");
    g_string_append(out, "</section>\n");
}
