/* similar_things: what is in a program that somebody wrote, in a form that
 * survives other names, another layout and other comments.
 */
#ifndef GRADE_SIMILAR_THINGS_H
#define GRADE_SIMILAR_THINGS_H

#include <glib.h>

/* Told of each thing: `key` is the same for what counts as the same, and begins
 * with a letter for its kind and a colon; `shown` is how it is written here.
 * Both are borrowed. */
typedef void thing_found(const char *key, const char *shown, void *data);

/* Finds in a C source, of whatever bytes:
 *   s:  statements, conditions and directives; own names are numbers in the
 *       order in which they come, texts are all the same
 *   p:  two of these that follow each other
 *   c:  comments, as words
 *   n:  words; t: texts
 */
void find_things(const char *source, gsize n, thing_found *found, void *data);

#endif
