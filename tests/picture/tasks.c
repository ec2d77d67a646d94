/* tasks: joins what the coroutine runtime wrote down with the rest; see run.h.
 *
 * Its times are those of another clock; its header has both. Its connections
 * are counted in the order of accept; here they are those of the packets, found
 * by the other end's address.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "run.h"

enum { NS_PER_US = 1000 };

struct join {
    struct run *run;
    const struct trace *tasks;
    int64_t later_ns; /* add this: the time of day */
    bool calls;       /* strace saw the system calls, and better */
    int *conns;       /* number there -> number here */
    int conn_count;
};

static void
learn_connections(struct join *j)
{
    for (size_t i = 0; i < j->tasks->count; i++) {
        const struct event *e = &j->tasks->events[i];
        const char *peer = event_text(e, "peer");
        int64_t conn = event_number(e, "conn", 0);

        if (peer[0] == '\0' || conn <= 0 || conn > j->conn_count)
            continue;
        for (int k = 0; k < j->run->connection_count; k++)
            if (strcmp(j->run->connections[k].ends[CALLER], peer) == 0)
                j->conns[conn] = j->run->connections[k].number;
    }
}

/* Is it a call of which strace knows more? */
static bool
is_known(const struct join *j, const struct event *e)
{
    return j->calls &&
           (e->phase == 'X' ||
            (e->phase == 'B' && strcmp(e->name, "epoll_wait") == 0));
}

/* The E of the B at `i`; the count of events where there is none. */
static size_t
end_of(const struct trace *tasks, size_t i)
{
    size_t k = i + 1;

    while (k < tasks->count && (tasks->events[k].phase != 'E' ||
                                tasks->events[k].tid != tasks->events[i].tid))
        k++;
    return k;
}

static void
copy_event(struct join *j, const struct event *from, char phase, int64_t dur_ns,
           const struct event *result)
{
    struct event *e =
        trace_add(&j->run->trace, phase, from->ts_ns + j->later_ns, from->pid,
                  from->tid, from->name);
    int64_t conn = event_number(from, "conn", 0);

    e->dur_ns = dur_ns;
    (void)json_object_update(e->args, from->args);
    if (result != NULL)
        (void)json_object_update(e->args, result->args);
    (void)json_object_del(e->args, "wall_us");
    (void)json_object_del(e->args, "schema");
    (void)json_object_del(e->args, "clock");
    if (conn > 0 && conn <= j->conn_count && j->conns[conn] > 0)
        event_set_number(e, "conn", j->conns[conn]);
    else if (conn > 0)
        (void)json_object_del(e->args, "conn");
}

static void
add_queue(struct join *j, const struct event *from, int64_t queue)
{
    struct event *e = trace_add(&j->run->trace, 'C', from->ts_ns + j->later_ns,
                                1, 1, "ready");

    event_set_number(e, "tasks", queue);
}

static void
join_events(struct join *j)
{
    int64_t last_ns = j->tasks->events[j->tasks->count - 1].ts_ns, queue = 0;
    bool *skip = calloc(j->tasks->count + 1, sizeof *skip);

    if (skip == NULL)
        abort();
    for (size_t i = 0; i < j->tasks->count; i++) {
        const struct event *e = &j->tasks->events[i];
        bool waits = e->phase == 'B' && strcmp(e->name, "epoll_wait") == 0;
        size_t end = waits ? end_of(j->tasks, i) : 0;

        if (waits)
            skip[end] = true;
        if (skip[i] || is_known(j, e) || (i == 0 && j->run->name != NULL))
            continue;
        if (waits)
            copy_event(j, e, 'X',
                       (end < j->tasks->count ? j->tasks->events[end].ts_ns
                                              : last_ns) -
                           e->ts_ns,
                       end < j->tasks->count ? &j->tasks->events[end] : NULL);
        else
            copy_event(j, e, e->phase, e->dur_ns, NULL);
        if (e->phase == 'i' && strcmp(e->name, "ready") == 0)
            add_queue(j, e, queue = event_number(e, "queue", 0));
        else if (e->phase == 'B' && !waits && queue > 0)
            add_queue(j, e, --queue);
    }
    free(skip);
}

/* What still ran when the file was cut off stops with it. */
static void
end_open(struct join *j)
{
    const struct event *last = &j->tasks->events[j->tasks->count - 1];

    for (size_t i = 0; i < j->tasks->count; i++) {
        const struct event *e = &j->tasks->events[i];

        if (e->phase == 'B' && strcmp(e->name, "epoll_wait") != 0 &&
            end_of(j->tasks, i) == j->tasks->count)
            event_set_number(trace_add(&j->run->trace, 'E',
                                       last->ts_ns + j->later_ns, e->pid,
                                       e->tid, ""),
                             "cut", 1);
    }
}

/* A call of the first thread belongs to the task that ran then; the loop's own
 * track has it when none did. */
static void
place_calls(struct run *run)
{
    int running = 1;

    trace_sort(&run->trace);
    for (size_t i = 0; i < run->trace.count; i++) {
        struct event *e = &run->trace.events[i];

        if (e->pid != 1)
            continue;
        if (e->phase == 'B')
            running = e->tid;
        else if (e->phase == 'E' && e->tid == running)
            running = 1;
        else if (e->phase == 'X' && e->tid == 1 &&
                 strcmp(e->name, "epoll_wait") != 0)
            e->tid = running;
    }
}

/* What was cut off: a task that still runs is not told of as if it stopped. */
int
run_add_tasks(struct run *run, const char *path, bool calls)
{
    struct trace tasks;
    struct join j = {.run = run, .tasks = &tasks, .calls = calls};
    const json_t *wall;

    if (trace_read(&tasks, path) < 0 || rules_check(&tasks, path, stderr) > 0) {
        trace_free(&tasks);
        return -1;
    }
    wall = json_object_get(tasks.events[0].args, "wall_us");
    j.later_ns = (int64_t)llround(json_number_value(wall)) * NS_PER_US -
                 tasks.events[0].ts_ns;
    j.conn_count = (int)tasks.count;
    j.conns = calloc(tasks.count + 1, sizeof *j.conns);
    if (j.conns == NULL)
        abort();
    for (int i = 0; !calls && run->connection_count == 0 && i < j.conn_count;
         i++)
        j.conns[i + 1] = i + 1; /* nobody knows better */
    learn_connections(&j);
    join_events(&j);
    end_open(&j);
    place_calls(run);
    free(j.conns);
    trace_free(&tasks);
    return 0;
}
