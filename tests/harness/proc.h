/* proc: what the kernel tells about other processes, read from /proc.
 *
 * Everything here looks and changes nothing. A process that is gone has no
 * children, no descriptors and no sockets; numbers about it are 0.
 */
#ifndef HARNESS_PROC_H
#define HARNESS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "address.h"

enum { PROC_TREE_MOST = 256 }; /* processes that proc_tree lists at most */

/* Lists the descendants of `root`, nearest first, without `root` itself.
 * Returns how many there are in `pids`. */
int proc_tree(pid_t root, pid_t pids[PROC_TREE_MOST]);

/* The same for its own children only. */
int proc_children(pid_t pid, pid_t pids[PROC_TREE_MOST]);

/* The state letter of proc(5): R running, S sleeping, D waiting for a disk,
 * T stopped, Z zombie; 0 when there is no such process. */
char proc_state(pid_t pid);

/* True for a process that has begun to end, or has ended and not been waited
 * for. */
bool proc_is_dying(pid_t pid);

/* What a process and all its threads have done so far. */
struct activity {
    bool alive;        /* one of the threads has not ended */
    bool runnable;     /* one of the threads is running or could run */
    uint64_t switches; /* context switches, voluntary and not */
    uint64_t yields;   /* the voluntary ones: it had to wait for something */
    uint64_t cpu_ns;   /* time on a CPU */
    uint64_t resident_kib; /* memory that it has now */
};

/* Adds the activity of `pid` to `sum`. */
void proc_add_activity(pid_t pid, struct activity *sum);

/* The name of the system call in which the main thread of `pid` is blocked
 * ("accept", "recv", "send", "select", "poll", "epoll_wait", "futex", "wait",
 * "nanosleep"), "other" for any other call, "running" when it is in none. */
const char *proc_blocked_call(pid_t pid);

/* Open descriptors of `pid`, and its memory in KiB: resident, and its own
 * share of what it has in common with others (PSS, 0 where unknown). */
int proc_descriptors(pid_t pid);
long proc_resident_kib(pid_t pid);
long proc_share_kib(pid_t pid);

/* CPU time in clock ticks of `pid` and of its children that were waited for. */
struct cpu_ticks {
    long user, system;
};
struct cpu_ticks proc_cpu_ticks(pid_t pid);

enum tcp_state { /* the numbers of /proc/net/tcp; include/net/tcp_states.h */
                 TCP_STATE_ESTABLISHED = 1,
                 TCP_STATE_SYN_SENT = 2,
                 TCP_STATE_SYN_RECV = 3,
                 TCP_STATE_FIN_WAIT1 = 4,
                 TCP_STATE_FIN_WAIT2 = 5,
                 TCP_STATE_TIME_WAIT = 6,
                 TCP_STATE_CLOSED = 7,
                 TCP_STATE_CLOSE_WAIT = 8,
                 TCP_STATE_LAST_ACK = 9,
                 TCP_STATE_LISTEN = 10,
                 TCP_STATE_CLOSING = 11,
};

/* A row of the kernel's table of TCP sockets. */
struct tcp_row {
    struct address local, remote;
    enum tcp_state state;
    unsigned long unsent; /* bytes sent and not yet acknowledged */
    unsigned long unread; /* bytes not yet read; LISTEN: clients not accepted */
    unsigned long inode;  /* 0: no process holds the socket any more */
};

/* The name of a state as ss and lsof print it: "ESTABLISHED". */
const char *tcp_state_name(enum tcp_state state);

/* Calls `visit` with each TCP socket of the network that `pid` is in (0: our
 * own), IPv4 and IPv6, until it returns true. In a network that is shared there
 * may be any number of them. Returns whether it did. */
bool proc_each_tcp_row(pid_t pid,
                       bool (*visit)(const struct tcp_row *row, void *context),
                       void *context);

/* Appends the inodes of the sockets that `pid` has descriptors for to `inodes`,
 * which holds `count` of at most `most`. Returns how many it holds then. */
int proc_add_sockets(pid_t pid, unsigned long inodes[], int count, int most);

/* The port of an address, host byte order. */
int address_port(const struct address *address);

#endif
