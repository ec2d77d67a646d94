/* ladder: what crossed the wire in a check, for the end of a failed verdict:
 * the last packets in words, and what the program is in now. Facts, no causes.
 *
 * For the files that check.h is made of. Without a private network nothing
 * crosses our wire, and only the last line is told.
 */
#ifndef HARNESS_LADDER_H
#define HARNESS_LADDER_H

#include <stddef.h>

enum {
    LADDER_LINES = 6, /* at most */
    LADDER_WIDTH = 69,
};

/* From now on the packets are seen. */
void ladder_begin(void);

/* Takes those that have passed: often enough that none is lost. */
void ladder_look(void);

/* Calls `line` for each line, from top to bottom. */
void ladder_tell(void (*line)(const char *text, void *context), void *context);

#endif
