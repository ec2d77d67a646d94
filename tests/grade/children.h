/* children: what a subreaper (prctl(2)) has to end. */
#ifndef GRADE_CHILDREN_H
#define GRADE_CHILDREN_H

/* Kills our children, and waits for them, until there is none; their children
 * are ours when they are gone. */
void children_end(void);

#endif
