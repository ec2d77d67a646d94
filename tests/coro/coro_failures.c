/* coro_failures: whatever a session takes -- memory, descriptors, places in
 * epoll, threads -- is refused once, each in a run of its own. Nothing leaks,
 * nobody hangs, and the next session is served.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"

enum {
    LIMIT = 1 << 20,
    LONG_BYTES = 300000, /* more than a buffer, and than a queue is high */
    RUNS_MOST = 1000,
    TASKS_MOST = 64, /* stacks are made so many at a time: stacks.c */
};

/* One session of a client: 0; < 0 when something was refused. */
typedef int session_fn(const char *port);

static int
echoes(struct stream *peer, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(peer, &line, LIMIT, FOREVER)) > 0) {
        int err = stream_write(peer, line, (size_t)n);

        if (err == 0)
            err = stream_drain(peer, FOREVER);
        if (err < 0)
            return err;
    }
    return (int)n;
}

/* Sends the line, wants it back; closes s. */
static int
has_echo(struct stream *s, const char *text, size_t n)
{
    const char *line;
    int err = stream_write(s, text, n), closed;
    ssize_t came;

    if (err == 0)
        err = stream_drain(s, FOREVER);
    if (err == 0) {
        came = stream_read_line(s, &line, LIMIT, FOREVER);
        if (came == (ssize_t)n)
            IS(memcmp(line, text, n), 0); /* late, but never wrong */
        else
            err = came < 0 ? (int)came : CORO_EOF;
    }
    closed = stream_wait_closed(s, FOREVER);
    return err < 0 ? err : closed;
}

static int
short_line(const char *port)
{
    struct stream *s;
    int err = stream_open(&s, "127.0.0.1", port, FOREVER);

    return err < 0 ? err : has_echo(s, "line\n", 5);
}

static int
by_name(const char *port)
{
    struct stream *s;
    int err = stream_open(&s, "two.test", port, FOREVER);

    return err < 0 ? err : has_echo(s, "line\n", 5);
}

static int
long_line(const char *port)
{
    static char text[LONG_BYTES];
    struct stream *s;
    int err = stream_open(&s, "127.0.0.1", port, FOREVER), bytes = SMALL_BYTES;

    if (err < 0)
        return err;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\n';
    IS(setsockopt(s->watch.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
    return has_echo(s, text, sizeof text);
}

static int
fibonacci(struct gen *g, void *arg)
{
    int a = 0, err = 0;

    (void)arg;
    while (err == 0) {
        err = gen_yield(g, &a, FOREVER);
        a++;
    }
    return err;
}

static int
returns_5(void *nothing)
{
    (void)nothing;
    return 5;
}

static int disposed;

static void
dispose(void *nothing)
{
    (void)nothing;
    disposed++;
}

/* Everything else that takes something. */
static int
tasks_jobs_signals(const char *port)
{
    struct gen g = {.fn = fibonacci};
    struct task *t[100];
    const void *item;
    sigset_t set;
    int err, result = 0, before = disposed;

    (void)port;
    for (int i = 0; i < 100; i++)
        t[i] = task_spawn("one of many", returns_5, NULL);
    for (int i = 0; i < 100; i++)
        result += t[i] != NULL ? result_of(t[i]) : 5;
    IS(result, 500);
    err = gen_next(&g, &item, FOREVER);
    HOLDS(err == 1 || err == -ENOMEM);
    gen_close(&g);
    err = offload(returns_5, NULL, dispose, &result, FOREVER);
    IS(disposed - before, err < 0); /* the caller's or the runtime's */
    if (err == 0)
        IS(result, 5);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    err = signal_wait(&set, NOW);
    HOLDS(err == -ETIMEDOUT || forced_failed() != NULL);
    return 0;
}

static int crowd; /* tasks that are there already */

/* With so many of them, the next task needs memory of its own: here, or in the
 * server that accepts. */
static int
in_a_crowd(const char *port)
{
    struct task *t[TASKS_MOST] = {NULL};
    int err;

    for (int i = 0; i < crowd; i++)
        t[i] = task_spawn("one of the crowd", waits_for_ever, NULL);
    err = short_line(port);
    for (int i = 0; i < crowd; i++)
        if (t[i] != NULL) {
            task_cancel(t[i]);
            IS(result_of(t[i]), -ECANCELED);
        }
    return err;
}

/* --- a run ---------------------------------------------------------------- */

struct run {
    session_fn *session;
    bool listened; /* the server could be started */
    bool served;   /* and after the failure it served the next clients */
};

static int
runs_sessions(void *arg)
{
    struct run *r = arg;
    struct server *server;
    struct address at;
    const char *port;

    IS(address_parse(&at, "127.0.0.1", 0), 0);
    if (server_start(&server, &at, echoes, NULL) < 0)
        return 0;
    r->listened = true;
    port = strchr(server_address(server), ':') + 1;
    (void)r->session(port); /* may fail, and must clean up */
    forced_stop();
    IS(short_line(port), 0);
    IS(r->session(port), 0);
    r->served = true;
    IS(server_close(server, FOREVER), 0);
    IS(loop.outside, 0); /* nobody is thought to wait for the kernel */
    return 0;
}

/* Makes the n-th call that takes something fail, for n = 1, 2, ... until none
 * is left that has not failed. */
static void
refuse_one_by_one(session_fn *session, long least)
{
    struct holdings before = holdings_now();
    long n = 0;

    do {
        struct run r = {.session = session};
        int result;

        HOLDS(++n < RUNS_MOST);
        forced_fail(n);
        result = loop_run(runs_sessions, &r);
        forced_stop();
        if (forced_failed() != NULL)
            tell("run %ld: %s was refused", n, forced_failed());
        HOLDS(result == 0 || forced_failed() != NULL);
        HOLDS(result == 0 || !r.listened);
        IS(r.served, r.listened);
        expect_given_back(&before);
    } while (forced_failed() != NULL);
    HOLDS(n > least);
}

OUTSIDE(failures, every_call_of_a_short_session_may_be_refused)
{
    refuse_one_by_one(short_line, 15);
}

OUTSIDE(failures, every_call_of_a_session_by_name_may_be_refused)
{
    refuse_one_by_one(by_name, 20);
}

OUTSIDE(failures, every_call_of_a_session_of_long_lines_may_be_refused)
{
    refuse_one_by_one(long_line, 20);
}

OUTSIDE(failures, every_call_of_many_tasks_a_job_and_a_signal_may_be_refused)
{
    refuse_one_by_one(tasks_jobs_signals, 20);
}

OUTSIDE(failures, every_call_of_a_session_that_needs_a_new_stack_may_be_refused)
{
    for (crowd = TASKS_MOST - 6; crowd <= TASKS_MOST; crowd++)
        refuse_one_by_one(in_a_crowd, 15);
}
