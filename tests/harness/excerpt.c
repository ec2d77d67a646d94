/* excerpt: see excerpt.h. */
#include "excerpt.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum {
    LINE_COLUMNS = 68,  /* what `around` returns, at most */
    SHOWN_COLUMNS = 30, /* for the bytes alone in what `shown` returns */
};

/* How many of the `n` bytes text_print shows in so many columns. */
static size_t
fitting(const void *bytes, size_t n, size_t columns)
{
    char text[SHOWN_BYTES * 4 + 3];

    if (n > SHOWN_BYTES)
        n = SHOWN_BYTES;
    for (; n > 0; n--) {
        FILE *out = fmemopen(text, sizeof text, "w");

        if (out == NULL)
            return 0;
        text_print(out, bytes, n);
        (void)fclose(out); /* puts a zero behind the text */
        if (strlen(text) <= columns)
            break;
    }
    return n;
}

const char *
shown(const void *bytes, size_t n)
{
    static char texts[4][SHOWN_COLUMNS + 32];
    static int next;
    char *text = texts[next++ % 4];
    FILE *out = fmemopen(text, sizeof texts[0], "w");
    size_t few = fitting(bytes, n, SHOWN_COLUMNS);

    if (out == NULL)
        return "?";
    text_print(out, bytes, few);
    (void)fprintf(out, "%s (%zu byte%s)", n > few ? "..." : "", n,
                  n == 1 ? "" : "s");
    (void)fclose(out);
    return text;
}

size_t
first_difference(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    while (i < n && a[i] == b[i])
        i++;
    return i;
}

size_t
view_of(const char *bytes, size_t n, size_t offset)
{
    size_t start = offset > SHOWN_BYTES ? offset - SHOWN_BYTES : 0, few;

    for (;; start++) {
        few = fitting(bytes + start, n - start, VIEW_COLUMNS);
        if (few == n - start || few >= 2 * (offset - start))
            return start;
    }
}

const char *
difference_note(size_t difference, size_t n)
{
    static char note[64];

    if (difference < n)
        (void)snprintf(note, sizeof note, ", differs at offset %zu",
                       difference);
    else
        (void)snprintf(note, sizeof note, ", missing from offset %zu", n);
    return n > 0 ? note : "";
}

const char *
around(const char *bytes, size_t n, size_t start, const char *note)
{
    static char texts[2][LINE_COLUMNS + 1];
    static int next;
    char *text = texts[next++ % 2], tail[LINE_COLUMNS];
    size_t few;
    FILE *out;

    if (n == 0)
        return "nothing";
    (void)snprintf(tail, sizeof tail, " (%zu byte%s)%s", n, n == 1 ? "" : "s",
                   note);
    few = fitting(bytes, n, LINE_COLUMNS - strlen(tail));
    if (start > 0 || few < n)
        few = fitting(bytes + start, n - start, VIEW_COLUMNS);
    out = fmemopen(text, sizeof texts[0], "w");
    if (out == NULL)
        return "?";
    (void)fprintf(out, "%s", start > 0 ? "..." : "");
    text_print(out, bytes + start, few);
    (void)fprintf(out, "%s%s", start + few < n ? "..." : "", tail);
    (void)fclose(out);
    return text;
}
