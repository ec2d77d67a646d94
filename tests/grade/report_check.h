/* report_check: is what a file says a result? */
#ifndef GRADE_REPORT_CHECK_H
#define GRADE_REPORT_CHECK_H

#include <jansson.h>

/* A copy of the result in which all that report_read.h promises is true (a new
 * reference), or NULL and the place and the reason in `*problem` (owned by the
 * caller). `*repaired` counts the texts that had to be cleaned. */
json_t *report_check(const json_t *result, char **problem, int *repaired);

#endif
