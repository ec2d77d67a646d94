/* view: what a picture shows of a trace: who was connected, who waited for whom
 * and how long, and what the program was in meanwhile.
 *
 * Only facts: a client has *asked* from its last send until the next byte that
 * comes back. Whether it should have got one, nobody here knows.
 */
#ifndef PICTURE_VIEW_H
#define PICTURE_VIEW_H

#include "event.h"

enum { NAME_SIZE = 48, LABEL_SIZE = 96 };

/* From asking to the answer. */
struct wait {
    int64_t from_ns, to_ns; /* to_ns of one that was never answered: the end */
    bool answered;
};

/* The life of one connection. */
struct life {
    int conn;
    int64_t began_ns, ended_ns;
    int64_t accepted_ns; /* by the program; -1: never */
    const char *end;     /* as in trace.md; borrowed */
};

/* Whoever is at the other end: a client (all its connections), or, where the
 * program is a client, one connection. */
struct lane {
    char name[NAME_SIZE];
    struct life *lives;
    struct wait *waits;
    int64_t *sends; /* whoever asks here: when it sent bytes */
    int life_count, wait_count, send_count;
};

/* What a thread was in for a while. */
enum stay {
    STAY_RUNS,   /* in no call that takes long */
    STAY_SLEEPS, /* in one that waits */
    STAY_ASKS,   /* the same few calls, again and again, in vain */
};

struct period {
    enum stay stay;
    int64_t from_ns, to_ns;
    const struct event *call; /* NULL while it runs */
};

/* A thread of the program. */
struct thread_lane {
    int pid, tid;
    char name[NAME_SIZE];
    int64_t began_ns, ended_ns;
    struct period *periods;
    int period_count;
};

struct view {
    const struct trace *trace;
    const char *program, *lab, *title; /* borrowed; "" if unknown */
    bool is_client;                    /* the program calls others */
    bool has_packets;
    int64_t from_ns, to_ns; /* the first and the last event worth showing */
    int64_t enough_ns;      /* all answers there were had come by then */
    struct lane *lanes;
    struct thread_lane *threads;
    const char **tasks; /* their names, by track; borrowed */
    int lane_count, thread_count;
};

/* Looks at the trace, which stays the caller's and must live as long. */
struct view view_of(const struct trace *trace);
void view_free(struct view *view);

/* Parts of that: view_threads.c. */
void view_add_threads(struct view *view);
void view_name_tasks(struct view *view);

/* When the last client had left; or the end. */
int64_t last_seen(const struct view *view);

/* The lane of a connection; -1 for none. */
int view_lane(const struct view *view, int conn);

/* The thread of an event; -1 when it is not one of the program's. */
int view_thread(const struct view *view, const struct event *e);

/* The name of a task, by its track. */
const char *view_task(const struct view *view, int tid);

/* True for a call in which the program was so long that it must have waited. */
bool call_sleeps(const struct event *e);

/* "0.12 ms", "219 ms", "1,062 ms"; valid until the eighth call after this. */
const char *ms_text(int64_t ns);

#endif
