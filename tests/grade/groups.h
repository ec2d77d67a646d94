/* groups: control groups (cgroups(7)) for the boxes, where the machine has them
 * and lets us make some. They bound the memory of a box as a whole, and end all
 * that is in it in one stroke. */
#ifndef GRADE_GROUPS_H
#define GRADE_GROUPS_H

#include "grade.h"

/* Looks for a place, makes a folder of ours there, named like the stage (which
 * is chosen), and tries it. Version 2 first; where that does not bound memory,
 * version 1 beside it. What was found is in the grade. What graders have left
 * there that were killed is ended and removed. */
void groups_make(struct grade *grade);

/* Ends and removes what is in the folders of this grade, and them. */
void groups_remove(struct grade *grade);

#endif
