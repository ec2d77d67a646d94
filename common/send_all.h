/* send_all: the loop round send, first seen raw in lab01. */
#ifndef COMMON_SEND_ALL_H
#define COMMON_SEND_ALL_H

#include <stddef.h>

/* Sends all `n` bytes on the blocking socket `fd`, however many calls it
 * takes. 0, or -1 with errno set; a peer that is gone is an error like any
 * other (EPIPE, ECONNRESET), never the signal SIGPIPE. */
int send_all(int fd, const void *bytes, size_t n);

#endif
