/* guard: nothing that grading has started outlives it, however it ends. */
#ifndef GRADE_GUARD_H
#define GRADE_GUARD_H

/* Goes on in a child of a child. The process that called waits for it, passes
 * SIGHUP, SIGINT and SIGTERM on, and ends with its status; the one between
 * ends whatever is left once the child has ended, calls `clean`, and has the
 * child end when the caller was killed. Returns in the child only. */
void guard_begin(void (*clean)(void *), void *arg);

#endif
