/* box_group: the control groups of a box (cgroups(7)): what bounds the memory
 * of all its processes together, and ends them in one stroke.
 *
 * A machine may have both versions, with memory in the first and the killing in
 * the second: so there may be two groups, in folders that the grader has made.
 */
#ifndef GRADE_BOX_GROUP_H
#define GRADE_BOX_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes a group of ours in this folder, for at most `mib` MiB of memory if the
 * folder is one where memory is bounded. At most two. False with errno set. */
bool box_group_make(const char *folder, long mib);

/* Moves the calling process into them, before it has any right to give up. */
bool box_group_join(void);

/* True when memory is bounded by them. */
bool box_group_bounds_memory(void);

/* True when something in them was killed because there was no more memory. */
bool box_group_was_full(void);

/* Kills whatever is in them, waits until that is gone, and removes them. */
void box_group_end(void);

#endif
