/* offload: private: the end of the pool of threads. */
#ifndef CORO_OFFLOAD_H
#define CORO_OFFLOAD_H

/* Waits for the jobs that still run, disposes of what nobody waits for, ends
 * the threads. */
void offload_end(void);

#endif
