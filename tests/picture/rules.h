/* rules: does a trace keep the rules of trace.md? */
#ifndef PICTURE_RULES_H
#define PICTURE_RULES_H

#include "event.h"

/* Prints a line "PATH:LINE: REASON" for each broken rule, at most MOST of them.
 * Returns how many there were. */
enum { COMPLAINTS_MOST = 20 };
int rules_check(const struct trace *trace, const char *path, FILE *out);

#endif
