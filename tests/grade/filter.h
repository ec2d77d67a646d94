/* filter: which system calls a submission's program may not make. */
#ifndef GRADE_FILTER_H
#define GRADE_FILTER_H

/* Writes the filter as the kernel takes it (seccomp(2)) to `fd`. 0, or a
 * negative errno. */
int filter_write(int fd);

#endif
