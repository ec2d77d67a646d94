/* box_bwrap: what is in a box, told to bwrap. */
#ifndef GRADE_BOX_BWRAP_H
#define GRADE_BOX_BWRAP_H

#include <stdbool.h>

enum { BOX_ARGUMENTS_FD = 5 }; /* where bwrap reads its options */

struct box {
    const char *folder; /* the stage: stage.h */
    const char *limits; /* for box_init */
    const char *source; /* to be compiled; NULL: a program runs */
    bool light;         /* without bwrap */
    long memory_mib;    /* for all in it together; 0: as much as there is */
    bool offline;       /* without the network that we are in */
    char *const *argv;  /* the program and its arguments, NULL-ended */
};

/* Writes bwrap's options to a file in memory, so that its command line, which
 * can be read inside the box, does not tell where things lie outside. Returns
 * the descriptor, or -1 with errno set. */
int box_arguments(const struct box *box);

/* Becomes bwrap, or in a light box box_init at once; returns only when that
 * has failed. */
void box_execute(const struct box *box);

#endif
