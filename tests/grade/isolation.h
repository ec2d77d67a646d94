/* isolation: finds out how far programs can be kept apart on this machine. */
#ifndef GRADE_ISOLATION_H
#define GRADE_ISOLATION_H

#include "grade.h"

/* Tries it, with boxes of the stage. Kit trouble when not even the weakest box
 * works. */
enum grade_status isolation_probe(struct grade *grade);

/* "full", "reduced", and in one line what that means. */
const char *isolation_name(const struct grade *grade);
const char *isolation_meaning(const struct grade *grade);

#endif
