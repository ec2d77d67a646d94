/* build: compiles what was handed in, each file in a box of its own. */
#ifndef GRADE_BUILD_H
#define GRADE_BUILD_H

#include "grade.h"

/* Finds the compiler that students have, and what it calls itself. */
enum grade_status build_find_compiler(struct grade *grade);

/* Compiles every case that was handed in. A file that does not compile is a
 * verdict; kit trouble is a box that does not work. */
enum grade_status build_all(struct grade *grade);

#endif
