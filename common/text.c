/* text: see text.h. */
#include "text.h"

void
text_print(FILE *out, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;

    (void)putc('"', out);
    for (size_t i = 0; i < n; i++) {
        switch (byte[i]) {
        case '\n':
            (void)fputs("\\n", out);
            break;
        case '\r':
            (void)fputs("\\r", out);
            break;
        case '\t':
            (void)fputs("\\t", out);
            break;
        case '"':
        case '\\':
            (void)fprintf(out, "\\%c", byte[i]);
            break;
        default:
            if (byte[i] >= ' ' && byte[i] <= '~')
                (void)putc(byte[i], out);
            else if (byte[i] == 0)
                (void)fputs("\\0", out);
            else
                (void)fprintf(out, "\\x%02x", (unsigned)byte[i]);
        }
    }
    (void)putc('"', out);
}
