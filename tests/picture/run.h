/* run: what convert knows of a recorded run while it makes a trace of it: the
 * connections, the processes, which descriptor is which connection.
 */
#ifndef PICTURE_RUN_H
#define PICTURE_RUN_H

#include "event.h"
#include "packets.h"
#include "strace.h"

enum { CALLER, CALLED, ENDS }; /* of a connection: who sent the SYN */

struct connection {
    int number; /* from 1 */
    char ends[ENDS][END_SIZE];
    int program_end; /* which of them is the program's; -1: nobody knows yet */
    bool on_wire;    /* there are packets of it */
    bool claimed;    /* an accept or a connect was found that made it */
    int64_t began_ns, last_ns;
    /* Of each end: the next byte's number, if one is known; SYN, FIN, RST. */
    uint32_t next[ENDS];
    bool knows_next[ENDS];
    unsigned flags[ENDS];
};

/* A thread of the program. */
struct thread {
    int os_pid;
    int pid, tid; /* in the trace */
    bool forked;  /* by another process of the program */
};

/* A descriptor of a process that is a connection. */
struct holding {
    int pid, fd; /* pid in the trace */
    int conn;
};

struct run {
    struct trace trace;
    struct connection *connections; /* owned */
    int connection_count;
    struct thread *threads; /* owned */
    int thread_count, process_count;
    struct holding *holdings; /* owned */
    int holding_count;
    bool is_client; /* the program calls others */
    int64_t end_ns; /* of the recording; 0: nobody knows */
    const char *name;
};

/* The connection with these two ends that had begun at that time, whichever of
 * them called; NULL if there is none. */
struct connection *run_find(struct run *run, const char *one, const char *other,
                            int64_t ts_ns);

/* A new one, from `caller` to `called`. Valid until the next one is added. */
struct connection *run_connect(struct run *run, const char *caller,
                               const char *called, int64_t ts_ns);

/* The connection number `conn`. */
struct connection *run_connection(struct run *run, int conn);

/* Which thread that is; one that was never heard of is a new process. */
struct thread *run_thread(struct run *run, int os_pid);

/* A new one: a thread of `parent` when `shares`, else a process that has the
 * same descriptors. */
struct thread *run_clone(struct run *run, int os_pid, int parent, bool shares);

/* Which connection a descriptor is: 0 for none. */
int run_holds(const struct run *run, int pid, int64_t fd);
void run_hold(struct run *run, int pid, int64_t fd, int conn);

/* Which connections there are; before anything else. Then, after the calls, the
 * packets become events; lost ones too. (wire.c) */
void run_find_connections(struct run *run, struct packets *packets);
/* Between the two: no packet's time contradicts a call. (clocks.c) */
void run_agree_on_time(struct run *run, struct packets *packets);
void run_add_packets(struct run *run, const struct packets *packets);
/* The ends of the connections, and what lies unread. After everything else. */
void run_add_ends(struct run *run);

/* The calls become events; runs of idle ones become one. (calls.c, fold.c) */
void run_add_calls(struct run *run, struct calls *calls,
                   const struct packets *packets);
void calls_fold(struct calls *calls, const struct packets *packets);

/* What a trace calls the system call that strace calls `name`. */
const char *call_event_name(const char *name);

/* A trace of the runtime, joined with what there is. With `calls`, what it says
 * of system calls is left out. (tasks.c) 0, or -1 after a message. */
int run_add_tasks(struct run *run, const char *path, bool calls);

/* `bytes` as in C, for a JSON text. */
void bytes_in_c(char *out, size_t size, const unsigned char *bytes, size_t n);

#endif
