/* result: what came out, as a file of JSON. */
#ifndef GRADE_RESULT_H
#define GRADE_RESULT_H

#include "grade.h"

/* Writes the result in one piece (a new file that takes the old one's place):
 * whoever reads it finds a whole one. `state` is "unfinished" before the work
 * and, for each status, result_state() after it. 0, or -1 with errno set. */
int result_write(const struct grade *grade, const char *state);

const char *result_state(enum grade_status status);

/* Points reached; what there is to reach goes to `*of`. */
int result_points(const struct grade *grade, int *of);

#endif
