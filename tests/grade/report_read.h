/* report_read: results, of which nothing is believed that is not looked at.
 *
 * A result file may be damaged, or changed by hand. What comes out has the keys
 * of result.h, each of its type and no others; texts are clean (clean.h) and of
 * bounded length; names of labs and cases are letters, digits, - and _; no case
 * is there twice; points are between 0 and what there is to reach, and those of
 * the result are the sum of its cases'. A file of which that cannot be said is
 * damaged, whole, and named in one line.
 */
#ifndef GRADE_REPORT_READ_H
#define GRADE_REPORT_READ_H

#include "report.h"

/* Reads all results into report->students; false, after saying why, when what
 * is named is not there. Names (argv's rest) end in NULL. */
bool report_read(struct report *report, char **names);

#endif
