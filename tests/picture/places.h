/* places: the lines of the source that a program's calls were made in. */
#ifndef PICTURE_PLACES_H
#define PICTURE_PLACES_H

#include "event.h"

/* For each event with an `address` in the file `program`: `file`, `line` and
 * `function` instead, as far as addr2line knows them. */
void places_look_up(struct trace *trace, const char *program);

#endif
