/* case_verdict: the verdict of a case, out of those of its checks. */
#ifndef GRADE_CASE_VERDICT_H
#define GRADE_CASE_VERDICT_H

#include "grade.h"

/* The verdict (static). All checks must pass; the first that does not gives the
 * case its verdict, which says which limit it was if it was one. Checks that
 * could not judge, because the program does not listen, are changed to say so.
 */
const char *case_verdict(const struct grade_case *one);

/* The text of a key; "" when there is none. */
const char *text_of(const json_t *object, const char *key);

#endif
