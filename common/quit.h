/* quit: how the servers of the first labs end. */
#ifndef COMMON_QUIT_H
#define COMMON_QUIT_H

/* From now on SIGINT (Ctrl-C) and SIGTERM end the program at once, status 0.
 * Nothing is cleaned up: the kernel closes every descriptor of a process that
 * ends. (A server that says goodbye to its clients first: lab 09.) */
void quit_on_signals(void);

#endif
