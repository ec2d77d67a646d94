/* report_csv: a table of somebody else's, of which single cells are replaced
 * and every other byte stays as it is.
 */
#ifndef GRADE_REPORT_CSV_H
#define GRADE_REPORT_CSV_H

#include <glib.h>
#include <stdbool.h>

struct csv_cell {
    size_t from, to; /* where its bytes are, quotes included */
    bool quoted;
    char *text;        /* what it says, as UTF-8 */
    char *replacement; /* bytes for it; NULL: it stays */
};

struct csv {
    char *bytes;
    size_t length;
    bool is_utf8; /* else it is taken for Windows-1252 */
    char separator;
    GPtrArray *rows; /* of GArray of struct csv_cell */
};

/* Reads the file; NULL after saying why not. The caller calls csv_free(). */
struct csv *csv_read(const char *path);
void csv_free(struct csv *csv);

/* Takes it for a table with this separator. NULL, or what is wrong and in
 * which line: the caller frees that with g_free. */
char *csv_parse(struct csv *csv, char separator);

/* What a cell says, without blanks around it; "" where there is none. */
const char *csv_text(const struct csv *csv, guint row, guint column);

guint csv_columns(const struct csv *csv, guint row);

/* The first column whose title is this one, in any case; -1: none. */
int csv_find(const struct csv *csv, const char *title);

/* Replaces a cell, with quotes where it had some or needs some. What a
 * spreadsheet would compute is made text. */
void csv_replace(struct csv *csv, guint row, guint column, const char *text);

/* The whole file; the caller frees it with g_string_free. */
GString *csv_bytes(const struct csv *csv);

#endif
