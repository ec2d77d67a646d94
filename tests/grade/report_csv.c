/* report_csv: see report_csv.h. The rules are those of RFC 4180, but a row may
 * end in any of the three ways that rows do. */
#include "report_csv.h"

#include <string.h>

#include "report.h"

enum { BOM_LENGTH = 3 };

static void
clear_cell(void *data)
{
    struct csv_cell *cell = data;

    g_free(cell->text);
    g_free(cell->replacement);
}

static void
free_row(void *row)
{
    g_array_unref(row);
}

struct csv *
csv_read(const char *path)
{
    g_autoptr(GError) error = NULL;
    struct csv *csv = g_new0(struct csv, 1);

    if (!g_file_get_contents(path, &csv->bytes, &csv->length, &error))
        report_say("%s", error->message);
    else if (csv->length >= 2 && (memcmp(csv->bytes, "\xff\xfe", 2) == 0 ||
                                  memcmp(csv->bytes, "\xfe\xff", 2) == 0))
        report_say("%s: it is UTF-16: save it as CSV in UTF-8", path);
    else if (memchr(csv->bytes, '\0', csv->length) != NULL)
        report_say("%s: it is not a text", path);
    else {
        csv->is_utf8 = g_utf8_validate(csv->bytes, (gssize)csv->length, NULL);
        return csv;
    }
    csv_free(csv);
    return NULL;
}

void
csv_free(struct csv *csv)
{
    if (csv->rows != NULL)
        g_ptr_array_unref(csv->rows);
    g_free(csv->bytes);
    g_free(csv);
}

/* What the bytes of a cell say. */
static char *
decode(const struct csv *csv, const struct csv_cell *cell)
{
    size_t inset = cell->quoted ? 1 : 0;
    g_autoptr(GString) bytes =
        g_string_new_len(csv->bytes + cell->from + inset,
                         (gssize)(cell->to - cell->from - 2 * inset));
    char *text;

    if (cell->quoted)
        (void)g_string_replace(bytes, "\"\"", "\"", 0);
    if (csv->is_utf8)
        return g_strstrip(g_strdup(bytes->str));
    text = g_convert_with_fallback(bytes->str, (gssize)bytes->len, "UTF-8",
                                   "WINDOWS-1252", "?", NULL, NULL, NULL);
    return text != NULL ? g_strstrip(text) : g_strdup("");
}

/* The end of the cell that begins at `from`; NULL, or what is wrong with it. */
static const char *
find_end(const struct csv *csv, struct csv_cell *cell)
{
    const char *bytes = csv->bytes;
    const char ends[] = {csv->separator, '\r', '\n', '"', '\0'};
    size_t at = cell->from;

    cell->quoted = at < csv->length && bytes[at] == '"';
    if (!cell->quoted) {
        cell->to = at + strcspn(bytes + at, ends);
        return bytes[cell->to] == '"' ? "a quote inside a cell" : NULL;
    }
    for (at++; at < csv->length; at++) {
        if (bytes[at] != '"')
            continue;
        if (bytes[at + 1] != '"') {
            cell->to = at + 1;
            return bytes[at + 1] != '\0' && bytes[at + 1] != csv->separator &&
                           bytes[at + 1] != '\r' && bytes[at + 1] != '\n'
                       ? "more behind a closing quote"
                       : NULL;
        }
        at++;
    }
    return "a quote that is not closed";
}

static size_t
skip_line_end(const struct csv *csv, size_t at)
{
    if (csv->bytes[at] == '\r' && csv->bytes[at + 1] == '\n')
        return at + 2;
    return at + 1;
}

char *
csv_parse(struct csv *csv, char separator)
{
    bool bom = g_str_has_prefix(csv->bytes, "\357\273\277");
    struct csv_cell cell = {.from = bom ? BOM_LENGTH : 0};
    GArray *row = NULL;

    csv->separator = separator;
    if (csv->rows != NULL)
        g_ptr_array_unref(csv->rows);
    csv->rows = g_ptr_array_new_with_free_func(free_row);
    while (cell.from < csv->length || row != NULL) {
        const char *problem = find_end(csv, &cell);

        if (problem != NULL)
            return g_strdup_printf(
                "row %u: %s", csv->rows->len + (row == NULL ? 1 : 0), problem);
        if (row == NULL) {
            row = g_array_new(FALSE, TRUE, sizeof cell);
            g_array_set_clear_func(row, clear_cell);
            g_ptr_array_add(csv->rows, row);
        }
        cell.text = decode(csv, &cell);
        g_array_append_val(row, cell);
        if (csv->bytes[cell.to] == separator) {
            cell.from = cell.to + 1;
        } else {
            row = NULL;
            cell.from = skip_line_end(csv, cell.to);
        }
    }
    return NULL;
}

guint
csv_columns(const struct csv *csv, guint row)
{
    const GArray *cells = row < csv->rows->len ? csv->rows->pdata[row] : NULL;

    return cells != NULL ? cells->len : 0;
}

static struct csv_cell *
find_cell(const struct csv *csv, guint row, guint column)
{
    return column < csv_columns(csv, row)
               ? &g_array_index((GArray *)csv->rows->pdata[row],
                                struct csv_cell, column)
               : NULL;
}

const char *
csv_text(const struct csv *csv, guint row, guint column)
{
    const struct csv_cell *cell = find_cell(csv, row, column);

    return cell != NULL ? cell->text : "";
}

int
csv_find(const struct csv *csv, const char *title)
{
    g_autofree char *wanted = g_utf8_casefold(title, -1);

    for (guint i = 0; i < csv_columns(csv, 0); i++) {
        g_autofree char *other = g_utf8_casefold(csv_text(csv, 0, i), -1);

        if (strcmp(wanted, other) == 0)
            return (int)i;
    }
    return -1;
}

void
csv_replace(struct csv *csv, guint row, guint column, const char *text)
{
    struct csv_cell *cell = find_cell(csv, row, column);
    const char special[] = {csv->separator, '"', '\r', '\n', '\0'};
    g_autoptr(GString) bytes = g_string_new(text);

    if (*text != '\0' && strchr("=+-@\t\r", *text) != NULL)
        g_string_prepend_c(bytes, '\'');
    if (cell->quoted || bytes->str[strcspn(bytes->str, special)] != '\0') {
        (void)g_string_replace(bytes, "\"", "\"\"", 0);
        g_string_prepend_c(bytes, '"');
        g_string_append_c(bytes, '"');
    }
    g_free(cell->replacement);
    cell->replacement = g_strdup(bytes->str);
}

GString *
csv_bytes(const struct csv *csv)
{
    GString *out = g_string_new(NULL);
    size_t done = 0;

    for (guint row = 0; row < csv->rows->len; row++)
        for (guint i = 0; i < csv_columns(csv, row); i++) {
            const struct csv_cell *cell = find_cell(csv, row, i);

            if (cell->replacement == NULL)
                continue;
            g_string_append_len(out, csv->bytes + done,
                                (gssize)(cell->from - done));
            g_string_append(out, cell->replacement);
            done = cell->to;
        }
    g_string_append_len(out, csv->bytes + done, (gssize)(csv->length - done));
    return out;
}
