/* report_html: a class as one page that needs nothing else: no network, no
 * other file, no script but to sort. Each part is a file of its own.
 */
#ifndef GRADE_REPORT_HTML_H
#define GRADE_REPORT_HTML_H

#include "report.h"

/* Appends a text, so that it is nothing but text. */
void html_text(GString *out, const char *text);

/* Appends `format` (printf-like) with its texts, each a %s, made so. */
void html_format(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* How much of each check has passed, over the class. */
void html_checks(GString *out, const struct report *report);

/* Which submissions share what is rare: similar.h. */
void html_similar(GString *out, const struct report *report);

/* A submission: verdicts, and the difference to what was handed out. `number`
 * is its place in the class; no more than about `most` bytes. */
void html_student(GString *out, const struct student *student, guint number,
                  size_t most);

#endif
