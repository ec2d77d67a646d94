/* evidence: see evidence.h. The same rules as in `lab`: comments begin with #,
 * capitals, blanks round a line and empty lines do not count. */
#include "evidence.h"

#include <string.h>

#include "ini.h"

const char *
evidence_judge(const struct grade_case *one, const GByteArray *bytes)
{
    g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
    g_autofree char *ini = g_build_filename(one->folder, "case.ini", NULL);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(GStrv) lines = g_strsplit(lower, "\n", -1);
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autofree char *sum = NULL;
    char expected[128];

    for (char **line = lines; *line != NULL; line++) {
        if (**line == '#' || *g_strstrip(*line) == '\0')
            continue;
        g_string_append_printf(answer, "%s%s", answer->len > 0 ? "\n" : "",
                               *line);
    }
    if (answer->len == 0 ||
        ini_value(ini, "answer", expected, sizeof expected) < 0)
        return "none";
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, answer->str, -1);
    return strcmp(sum, expected) == 0 ? "right" : "wrong";
}
