/* report_text: a case and its checks in words, for forms that show text. */
#ifndef GRADE_REPORT_TEXT_H
#define GRADE_REPORT_TEXT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* The text of a key; "" without one. Borrowed. */
const char *text_of(const json_t *object, const char *key);

/* The number of a key; 0 without one. */
int number_of(const json_t *object, const char *key);

bool is_hidden(const json_t *case_or_check);
bool has_passed(const json_t *case_or_check);

/* The sentence that a check's name is. The caller frees with g_free. */
char *check_title(const json_t *check);

/* What there is to say of a check that has not passed, each line behind an
 * indent: where output of programs is read for results, none may begin one. */
void explain_check(GString *out, const json_t *check, const char *indent);

/* The checks of a case, those that are hidden or those that are not, one after
 * the other, and what the compiler said, each line behind an indent. */
void explain_case(GString *out, const json_t *one, const char *indent,
                  bool hidden);

/* For g_ptr_array_sort() of texts. */
int order_texts(gconstpointer left, gconstpointer right);

/* Cuts a text to at most so many bytes, at the end of a character, and says how
 * much is missing. */
void cut_text(GString *text, size_t most);

#endif
