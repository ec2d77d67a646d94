/* convert: makes a trace (trace.md) of a recorded run of any program.
 *
 *     convert [-s STRACE]... [-p CAPTURE] [-t RUNTIME_TRACE] [-c]
 *             [-e SECONDS] [-n NAME] [-l LAB] [-T TITLE] [-x PROGRAM]
 *             [-o TRACE]
 *
 * -s: what `strace -f -ttt -T -yy -o FILE` wrote; -p: what `tcpdump -w FILE`
 * wrote meanwhile; -t: what the program's runtime wrote (CORO_TRACE). At least
 * one. -e: the time of day when the recording ended. -c: the program is a
 * client. -x: its file, whose lines are looked up where strace -k noted places.
 * Without -o the trace goes to stdout.
 *
 * Status: 0; 1 a file is not what it should be, FILE:LINE: REASON says why; 2
 * wrong usage.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "places.h"
#include "run.h"

static const int64_t DAY_NS = 86400LL * 1000000000;

enum {
    FILES_MOST = 16,
    USAGE_STATUS = 2,
    NS_PER_US = 1000,
    NS_PER_S = 1000000000
};

struct options {
    const char *straces[FILES_MOST];
    int strace_count;
    const char *capture, *tasks, *name, *lab, *title, *program, *out;
    bool is_client;
    int64_t end_ns; /* 0: nobody knows */
};

_Noreturn static void
usage(void)
{
    (void)fprintf(stderr,
                  "usage: convert [-s STRACE]... [-p CAPTURE] [-t TRACE] [-c]\n"
                  "               [-e SECONDS] [-n NAME] [-l LAB] [-T TITLE] "
                  "[-x PROGRAM]\n               [-o TRACE]\n");
    exit(USAGE_STATUS);
}

static struct options
read_options(int argc, char *argv[])
{
    struct options o = {0};
    int option;

    while ((option = getopt(argc, argv, "s:p:t:ce:n:l:T:x:o:")) != -1) {
        const char **text = option == 'p'   ? &o.capture
                            : option == 't' ? &o.tasks
                            : option == 'n' ? &o.name
                            : option == 'l' ? &o.lab
                            : option == 'T' ? &o.title
                            : option == 'x' ? &o.program
                            : option == 'o' ? &o.out
                                            : NULL;

        if (text != NULL)
            *text = optarg;
        else if (option == 's' && o.strace_count < FILES_MOST)
            o.straces[o.strace_count++] = optarg;
        else if (option == 'c')
            o.is_client = true;
        else if (option == 'e')
            o.end_ns = (int64_t)llround(strtod(optarg, NULL) * NS_PER_S);
        else
            usage();
    }
    if (optind != argc ||
        (o.strace_count == 0 && o.capture == NULL && o.tasks == NULL))
        usage();
    return o;
}

/* The header, and the names of the processes and threads. Their time is that of
 * the first event of all. */
static void
add_names(struct run *run, const struct options *o, int64_t begin_ns)
{
    struct event *e =
        trace_add(&run->trace, 'M', begin_ns, 1, 1, "process_name");

    event_set_text(e, "name", o->name != NULL ? o->name : "program");
    event_set_number(e, "schema", 1);
    event_set_text(e, "clock", "CLOCK_REALTIME");
    event_set_number(e, "wall_us", begin_ns / NS_PER_US);
    event_set_text(e, "role", run->is_client ? "client" : "server");
    if (o->lab != NULL)
        event_set_text(e, "lab", o->lab);
    if (o->title != NULL)
        event_set_text(e, "title", o->title);
    e = trace_add(&run->trace, 'M', begin_ns, WIRE, 1, "process_name");
    event_set_text(e, "name", "the wire");
    for (int i = 0; i < run->thread_count; i++) {
        const struct thread *t = &run->threads[i];
        char name[32];

        if (t->pid == 1 && t->tid == 1)
            continue;
        if (t->tid >= FIRST_THREAD)
            (void)snprintf(name, sizeof name, "thread %d",
                           t->tid - FIRST_THREAD + 1);
        else
            (void)snprintf(name, sizeof name, "%s %d",
                           t->forked ? "child" : "process",
                           t->forked ? t->pid - 1 : t->pid);
        e = trace_add(&run->trace, 'M', begin_ns, t->pid, t->tid,
                      t->tid >= FIRST_THREAD ? "thread_name" : "process_name");
        event_set_text(e, "name", name);
    }
}

/* Files of different runs make no run. */
static int
are_together(const struct trace *trace)
{
    int64_t first = INT64_MAX, last = INT64_MIN;

    for (size_t i = 0; i < trace->count; i++) {
        first = trace->events[i].ts_ns < first ? trace->events[i].ts_ns : first;
        last = trace->events[i].ts_ns > last ? trace->events[i].ts_ns : last;
    }
    if (last - first <= DAY_NS)
        return 0;
    (void)fprintf(stderr,
                  "convert: these recordings are of different times: %lld days "
                  "apart\n",
                  (long long)((last - first) / DAY_NS));
    return -1;
}

/* Where the events begin; and they count from there. */
static int64_t
first_time(const struct trace *trace)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < trace->count; i++)
        if (trace->events[i].ts_ns < first)
            first = trace->events[i].ts_ns;
    return first;
}

/* What was told to be lost, and then turned out to be told of already. */
static void
drop_empty(struct trace *trace)
{
    size_t kept = 0;

    for (size_t i = 0; i < trace->count; i++) {
        struct event *e = &trace->events[i];

        if (strcmp(e->name, "lost") == 0 && event_number(e, "bytes", 0) == 0) {
            free(e->name);
            json_decref(e->args);
        } else {
            trace->events[kept++] = *e;
        }
    }
    trace->count = kept;
}

/* Puts it all in order, the header first, and lets the time begin at 0. */
static void
finish(struct run *run, const struct options *o)
{
    int64_t begin_ns = first_time(&run->trace) / NS_PER_US * NS_PER_US;
    size_t before, added;
    struct event *all;

    drop_empty(&run->trace);
    before = run->trace.count;
    add_names(run, o, begin_ns);
    all = run->trace.events;
    added = run->trace.count - before;
    for (size_t i = 0; i < run->trace.count; i++) {
        all[i].ts_ns -= begin_ns;
        /* the names come first in their moment */
        all[i].seq = i >= before ? (long)(i - before) : (long)(i + added);
        if (i >= before)
            all[i].ts_ns = 0;
    }
    trace_sort(&run->trace);
}

static int
read_all(struct run *run, const struct options *o, struct calls *calls,
         struct packets *packets)
{
    const char *slash = o->program != NULL ? strrchr(o->program, '/') : NULL;

    if (o->capture != NULL && packets_read(packets, o->capture) < 0)
        return -1;
    for (int i = 0; i < o->strace_count; i++)
        if (strace_read(calls, o->straces[i],
                        slash != NULL ? slash : o->program) < 0)
            return -1;
    run_find_connections(run, packets);
    run_add_calls(run, calls, packets);
    run_agree_on_time(run, packets);
    run_add_packets(run, packets);
    if (o->tasks != NULL &&
        run_add_tasks(run, o->tasks, o->strace_count > 0) < 0)
        return -1;
    if (run->trace.count == 0) {
        (void)fprintf(stderr, "convert: nothing was recorded\n");
        return -1;
    }
    if (are_together(&run->trace) < 0)
        return -1;
    run_add_ends(run);
    if (o->program != NULL)
        places_look_up(&run->trace, o->program);
    return 0;
}

int
main(int argc, char *argv[])
{
    struct options o = read_options(argc, argv);
    struct run run = {
        .is_client = o.is_client, .name = o.name, .end_ns = o.end_ns};
    struct calls calls = {0};
    struct packets packets = {0};
    int result = read_all(&run, &o, &calls, &packets);
    FILE *file = stdout;

    if (result == 0) {
        finish(&run, &o);
        if (o.out != NULL)
            file = fopen(o.out, "we");
        if (file == NULL || trace_write(&run.trace, file) < 0) {
            (void)fprintf(stderr, "convert: %s: %s\n",
                          o.out != NULL ? o.out : "stdout", strerror(errno));
            result = -1;
        }
    }
    if (file != NULL && file != stdout)
        (void)fclose(file);
    calls_free(&calls);
    packets_free(&packets);
    trace_free(&run.trace);
    free(run.connections);
    free(run.threads);
    free(run.holdings);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
