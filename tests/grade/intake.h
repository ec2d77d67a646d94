/* intake: takes from a submission what the kit knows, and nothing else.
 *
 * A submission is hostile until proven otherwise: no link is followed, nothing
 * but a regular file is opened, sizes and counts have caps, and names are
 * shown only after they were made harmless.
 */
#ifndef GRADE_INTAKE_H
#define GRADE_INTAKE_H

#include "grade.h"

/* From a folder, a tar or a zip: copies labNN/CASE.c to the stage, judges the
 * answers in labNN/CASE.txt, lists everything else as ignored. The folders
 * labNN may lie in the submission, in `work` in it, or one folder deeper. */
enum grade_status intake(struct grade *grade);

/* Puts a source file of a case where it is compiled. */
void intake_source(struct grade *grade, struct grade_case *one,
                   const guint8 *bytes, size_t n);

#endif
