/* ladder: the picture of what happened: clients, the kernel's buffers and the
 * program, from top to bottom; one run, or several beside each other. */
#ifndef PICTURE_LADDER_H
#define PICTURE_LADDER_H

#include "view.h"

/* At most `most` rows of each; `name` makes the picture's ids unique. */
void ladder_draw(FILE *file, const struct view views[], int count, int most,
                 const char *name);

#endif
