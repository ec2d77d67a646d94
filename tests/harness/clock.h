/* clock: time as the harness measures it, and how patient it is. */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <stdint.h>

/* Monotonic time in nanoseconds. */
int64_t now_ns(void);

/* Milliseconds from `since_ns` until now. */
double elapsed_ms(int64_t since_ns);

/* Lets `ms` milliseconds pass. For the moment between two looks at a state
 * that has a deadline, never in the hope that something has happened. */
void pause_ms(int ms);

/* `ms` times the factor in the environment variable LAB_PATIENCE (1 without
 * it, at most 100): the one knob for slow machines. It stretches the time that
 * something good may take to come. */
int patience_ms(int ms);

#endif
