/* watchdog: a run comes to its end, whatever stands still.
 *
 * Each check has a limit of its own (verdict.h), but that is a signal, which
 * does not reach a process that is stopped; and Criterion 2.4.1 can wait for
 * ever for a test that it has lost.
 */
#ifndef HARNESS_WATCHDOG_H
#define HARNESS_WATCHDOG_H

/* Watches from now on, in a thread of the process that runs Criterion. When
 * nobody has called watchdog_feed for so many seconds, it kills the processes
 * of the checks that run, so that Criterion goes on with the next ones; and if
 * that does not help, calls `give_up`, which must end the process. Without a
 * thread nothing is watched. */
void watchdog_start(int seconds, void (*give_up)(void));

/* A check has ended. */
void watchdog_feed(void);

#endif
