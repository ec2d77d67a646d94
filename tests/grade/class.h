/* class: grades all submissions in a folder, several at a time. */
#ifndef GRADE_CLASS_H
#define GRADE_CLASS_H

#include "grade.h"

enum { JOBS_MOST = 64 };

/* Each in grade->submission (folders, archives) is graded by a process of its
 * own, into grade->result/NAME.json. One that has been graded, and has not
 * changed since, keeps its result; so the same call goes on after an
 * interruption. Says one line for each, and a sum. `jobs`: so many at once; 0:
 * three times the processors. KIT_TROUBLE when not all could be judged. */
enum grade_status class_grade(const struct grade *grade, int jobs);

#endif
