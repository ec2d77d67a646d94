/* suite: which cases there are, what they are worth, and who judges them. */
#ifndef GRADE_SUITE_H
#define GRADE_SUITE_H

#include "grade.h"

/* Fills in the cases from labs/points.ini, and the version. Every case of the
 * kit must have its points there and none else, and their sum must be what the
 * file says; else the kit has trouble. With grade->hidden, what hidden.sh has
 * built there comes to it: cases that the kit does not have, with their own
 * points, and checks. */
enum grade_status suite_load(struct grade *grade);

/* The case of this name, or NULL. */
struct grade_case *suite_find(const struct grade *grade, const char *lab,
                              const char *name);

/* True when the kit has this lab ("lab03"). */
bool suite_has_lab(const struct grade *grade, const char *lab);

/* The path of the test program of a lab, of the kit or the hidden one; to be
 * freed. NULL when there is no hidden one. */
char *suite_runner(const struct grade *grade, const char *stem);
char *suite_hidden(const struct grade *grade, const char *stem);
bool suite_is_hidden(const struct grade *grade, const char *runner);

#endif
