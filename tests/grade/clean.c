/* clean: see clean.h. */
#include "clean.h"

#include <glib.h>
#include <stdbool.h>

/* Characters that are not seen and change how others are: C1 controls, and
 * those that mark or turn the direction of text, join or hide. */
static bool
is_deceptive(gunichar c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f) ||
           (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

static void
append_clean(GString *out, gunichar c, bool lines)
{
    if ((c < ' ' && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
        g_string_append_printf(out, "\\x%02x", c);
    else if (is_deceptive(c))
        g_string_append_printf(out, "\\u%04x", c);
    else
        g_string_append_unichar(out, c);
}

char *
clean_text(const char *bytes, size_t n, size_t most, int lines)
{
    GString *out = g_string_new(NULL);
    size_t shown = n < most ? n : most;

    for (const char *at = bytes, *end = bytes + shown; at < end;) {
        gunichar c = *at == '\0' ? 0 : g_utf8_get_char_validated(at, end - at);

        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append(out, "\357\277\275"); /* U+FFFD */
            at++;
            continue;
        }
        append_clean(out, c, lines != 0);
        at += *at == '\0' ? 1 : g_utf8_next_char(at) - at;
    }
    if (shown < n)
        g_string_append_printf(out, "%s[%zu bytes more]", lines ? "\n" : " ",
                               n - shown);
    return g_string_free(out, FALSE);
}
