/* judge: has the checks of the labs judge what was built. */
#ifndef GRADE_JUDGE_H
#define GRADE_JUDGE_H

#include "grade.h"

/* Gives every case its verdict and the list of its checks. Trouble of the kit
 * is tried again, and never becomes a verdict. */
enum grade_status judge_all(struct grade *grade);

#endif
