/* network: a private network for this process, without root.
 *
 * A network namespace of its own: an empty list of ports, so that 12345 is
 * always free, and a loopback device on which nobody else's packets pass.
 * Making one needs a right that an ordinary user gets inside a user namespace
 * of his own (user_namespaces(7)).
 */
#ifndef HARNESS_NETWORK_H
#define HARNESS_NETWORK_H

#include <stdbool.h>
#include <sys/types.h>

/* Finds out whether private networks are to be had here, and if so gives this
 * process (and what it executes) the right to make them, and takes it out of
 * the machine's own network. Call it while the process has one thread. 0, or -1
 * with errno set, and then nothing has changed. */
int network_allow(void);

/* Moves this process into a new private network with loopback up.
 * 0, or -1 with errno set. Needs network_allow. */
int network_enter(void);

/* Moves this process into the network of the process `pid`, with the same
 * rights as there. 0, or -1 with errno set. One thread only. */
int network_join(pid_t pid);

/* Gives up every right that network_allow gave, for what is executed next. */
void network_drop_rights(void);

/* Why private networks are not to be had, and the remedy, in one line, for
 * the errno that network_allow left. */
const char *network_remedy(int err);

/* Where there is no private network, the checks of one machine take turns on
 * the real port 12345: this waits up to `ms` for the turn and keeps it until
 * the process ends. 0, or -1 with errno EADDRINUSE when the turn does not
 * come or a process outside the kit listens on `port`. */
int network_take_turn(int port, int ms);

/* The descriptor that keeps the turn, in every process that has a copy of it;
 * -1 without a turn. */
int network_turn(void);

#endif
