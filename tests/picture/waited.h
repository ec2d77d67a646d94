/* waited: the picture of who waited, and what the program was in meanwhile; one
 * run, or several below each other on one axis of time. */
#ifndef PICTURE_WAITED_H
#define PICTURE_WAITED_H

#include "view.h"

void waited_draw(FILE *file, const struct view views[], int count);

/* The same in words, a line for each client and each thread. */
void waited_tell(FILE *file, const struct view views[], int count);

#endif
