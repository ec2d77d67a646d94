/* evidence: whether a student's answer to a case's question is right. */
#ifndef GRADE_EVIDENCE_H
#define GRADE_EVIDENCE_H

#include "grade.h"

/* `bytes` is the file CASE.txt. "right", "wrong", or "none" without an answer
 * (static). It is shown and worth no points. */
const char *evidence_judge(const struct grade_case *one,
                           const GByteArray *bytes);

#endif
