/* waited: the picture of who waited, and what the program was in meanwhile; one
 * run, or several below each other on one axis of time. */
#ifndef PICTURE_WAITED_H
#define PICTURE_WAITED_H

#include "view.h"

void waited_draw(FILE *file, const struct view views[], int count,
                 const char *name);

/* The same in words, a line for each client and each thread. */
void waited_tell(FILE *file, const struct view views[], int count);

/* Into `out`: how long each answer took, in ms: "219, 0.02, never"; where that
 * is more than `most` characters, it ends in how many there are. */
void waits_list(const struct lane *lane, char *out, size_t size, size_t most);

/* The part of that time in which a thread was in no call that waits. */
double share_awake(const struct thread_lane *thread, int64_t from_ns,
                   int64_t to_ns);

#endif
