/* listener: socket, bind and listen in one call, first seen raw in lab01. */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include "address.h"

/* Opens a TCP socket that listens on `address`, with SO_REUSEADDR and
 * close-on-exec, and prints the listening line. Ends the program with a
 * message when that fails. The caller owns the descriptor. */
int listener_open(const struct address *address);

#endif
