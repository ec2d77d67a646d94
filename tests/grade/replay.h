/* replay: one check of a result once more, so that it can be talked about. */
#ifndef GRADE_REPLAY_H
#define GRADE_REPLAY_H

#include "grade.h"

/* Builds what the result grade->submission holds of the check's case, runs the
 * check with the same random numbers, and shows all that there is to see.
 * GRADED when the verdict is the one in the result, CANNOT_BE_GRADED when it is
 * another, USAGE when the result holds no such check. */
enum grade_status replay_check(struct grade *grade, const char *check);

#endif
