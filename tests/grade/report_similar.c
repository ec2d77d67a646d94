/* report_similar: the pairs of submissions that share what is rare, as text. */
#include <math.h>

#include "similar.h"

static void
add_pair(GString *out, const struct report *report,
         const struct similar_pair *pair)
{
    const struct student *one = report->students->pdata[pair->one];
    const struct student *other = report->students->pdata[pair->other];
    guint more = (guint)pair->shared - pair->things->len;

    g_string_append_printf(out, "\n%6.1f  %s and %s (%.0f bits, %.0f %%)\n",
                           pair->weight, one->name, other->name, pair->bits,
                           100 * pair->part);
    for (guint i = 0; i < pair->things->len; i++) {
        const struct similar_thing *thing = pair->things->pdata[i];

        g_string_append_printf(out, "        %d of %d  %s/%s  %s\n",
                               thing->holders, thing->all, thing->lab,
                               thing->case_name, thing->shown);
    }
    if (more > 0)
        g_string_append_printf(out, "        and %u things more\n", more);
}

enum report_status
report_similar(struct report *report)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const struct similar *similar = similar_find(
        report, report->most > 0 ? (guint)report->most : SIMILAR_MOST);

    g_string_append_printf(
        out,
        "Submissions that share what few others have\n\n"
        "Before a pair stands how surprising that is: bits, times their part "
        "of all\nthat the two share with anybody. Below it, what is shared, "
        "and "
        "how many have\nit. It is no verdict: who works together, asks the "
        "same "
        "person or reads the\nsame page has reasons of their own. Look at "
        "both, "
        "and talk with them.\n\n"
        "%u pairs; half of them have less than %.1f, 99 of 100 less than "
        "%.1f.\n",
        similar->count, similar->half, similar->hundred);
    for (guint i = 0; i < similar->pairs->len; i++)
        add_pair(out, report, similar->pairs->pdata[i]);
    if (!report_write(report->output, out))
        return REPORT_TROUBLE;
    return report->refused == 0 ? REPORT_WHOLE : REPORT_PARTLY;
}
