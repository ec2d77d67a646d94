/* report_diff: what a student has changed in the files that were handed out. */
#ifndef GRADE_REPORT_DIFF_H
#define GRADE_REPORT_DIFF_H

#include <glib.h>
#include <jansson.h>

/* Looks for hidden cases in this folder too (borrowed); NULL: there are none.
 */
void diff_look_in(const char *hidden);

/* The bytes that were handed out for a case (borrowed, with their length), or
 * NULL: it is none of this kit's. */
const char *diff_original(const json_t *one, gsize *length);

/* The same of the kit's own solution. */
const char *diff_solution(const json_t *one, gsize *length);

/* The bytes that were handed in; NULL: none were. The caller frees them. */
char *diff_submitted(const json_t *one, gsize *length);

/* For each case, as "lab01/no_entry", what diff(1) says of it: unified, without
 * the names of files; nothing where nothing differs. NULL when there is no
 * diff. The caller frees the table with g_hash_table_unref(). */
GHashTable *diff_cases(const json_t *cases);

/* The key of a case there; the caller frees it with g_free. */
char *diff_key(const json_t *one);

#endif
