/* groups: control groups (cgroups(7)) for the boxes, where the machine has them
 * and lets us make some. They bound the memory of a box as a whole, and end all
 * that is in it in one stroke. */
#ifndef GRADE_GROUPS_H
#define GRADE_GROUPS_H

#include "grade.h"

/* Looks for a place, makes a folder of ours there, named after the process
 * `owner`, and tries it. Version 2 first; where that does not bound memory,
 * version 1 beside it. What was found is in the grade. */
void groups_make(struct grade *grade, pid_t owner);

/* Ends and removes what is in the folders of `owner`, and them. */
void groups_remove(pid_t owner);

#endif
