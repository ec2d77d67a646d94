/* nonblocking: the two fcntl calls, first seen raw in lab03. */
#ifndef COMMON_NONBLOCKING_H
#define COMMON_NONBLOCKING_H

/* From now on a call on `fd` that would have to wait fails with EAGAIN.
 * 0, or -1 with errno set. */
int make_nonblocking(int fd);

#endif
