/* coro_calls: every call that can suspend, at its deadline, with NOW, cancelled
 * while it waits, and cancelled before it began.
 *
 * A row of the table says how to bring about that the call has to wait, and
 * what it says then. Each row makes four tests.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ends.h"
#include "forced.h"

enum {
    CALLS_MOST = 3, /* of one row in one test */
    LIMIT = 100,
};

/* All that a call may need. */
struct stage {
    struct ends e[CALLS_MOST];
    int used; /* of those */
    struct task *t[2];
    struct event event;
    struct permits permits;
    void *slot[1];
    struct queue queue;
    struct gen gen;
    struct server *server;
    int listener, filler;
    char port[8];
    sem_t gate; /* jobs in pool threads wait for it */
    int calls;
};

struct row {
    void (*prepare)(struct stage *st);
    int64_t (*call)(struct stage *st, int64_t by);
    void (*clean)(struct stage *st);
    int64_t late;      /* what it says at its deadline */
    int64_t cancelled; /* and when cancelled */
    bool once;         /* it can be called only once */
};

static void
nothing(struct stage *st)
{
    (void)st;
}

/* --- the rows: tasks ------------------------------------------------------ */

static int64_t
call_task_sleep(struct stage *st, int64_t by)
{
    (void)st;
    return task_sleep(by);
}

static void
two_tasks(struct stage *st)
{
    st->t[0] = start(waits_for_ever, NULL);
    st->t[1] = start(waits_for_ever, NULL);
}

static void
end_tasks(struct stage *st)
{
    for (int i = 0; i < 2; i++) {
        task_cancel(st->t[i]);
        IS(result_of(st->t[i]), -ECANCELED);
    }
}

static int64_t
call_task_join(struct stage *st, int64_t by)
{
    return task_join(st->t[0], NULL, by);
}

static int64_t
call_task_wait_for(struct stage *st, int64_t by)
{
    int result = 0;
    int err = task_wait_for(start(waits_for_ever, NULL), &result, by);

    (void)st;
    IS(result, -ECANCELED);
    return err;
}

static int64_t
call_task_gather(struct stage *st, int64_t by)
{
    return task_gather(st->t, 2, NULL, by);
}

/* --- the rows: streams ---------------------------------------------------- */

static void
silent_peer(struct stage *st)
{
    ends_open(&st->e[0]);
}

static void
close_peer(struct stage *st)
{
    ends_close(&st->e[0]);
}

static int64_t
call_stream_read(struct stage *st, int64_t by)
{
    char byte;

    return stream_read(st->e[0].s, &byte, 1, by);
}

static int64_t
call_stream_read_exactly(struct stage *st, int64_t by)
{
    char bytes[2];
    size_t got = 99;
    ssize_t n = stream_read_exactly(st->e[0].s, bytes, 2, &got, by);

    IS(got, 0);
    return n;
}

static int64_t
call_stream_read_until(struct stage *st, int64_t by)
{
    const char *data;

    return stream_read_until(st->e[0].s, ';', &data, LIMIT, by);
}

static int64_t
call_stream_read_line(struct stage *st, int64_t by)
{
    const char *line;

    return stream_read_line(st->e[0].s, &line, LIMIT, by);
}

static void
stalled_peers(struct stage *st)
{
    for (int i = 0; i < CALLS_MOST; i++) {
        ends_open_small(&st->e[i]);
        fill_up(&st->e[i], 100000);
    }
}

static void
drop_stalled_peers(struct stage *st)
{
    for (int i = st->used; i < CALLS_MOST; i++)
        IS(stream_wait_closed(st->e[i].s, NOW), -ETIMEDOUT);
    for (int i = 0; i < CALLS_MOST; i++)
        far_closes(&st->e[i]);
}

static int64_t
call_stream_drain(struct stage *st, int64_t by)
{
    return stream_drain(st->e[0].s, by);
}

static int64_t
call_stream_wait_closed(struct stage *st, int64_t by)
{
    return stream_wait_closed(st->e[st->used++].s, by);
}

static void
slow_lookups(struct stage *st)
{
    (void)st;
    forced_lookups_wait(true);
}

static void
end_lookups(struct stage *st)
{
    (void)st;
    forced_lookups_wait(false);
}

static int64_t
call_stream_open_of_a_name(struct stage *st, int64_t by)
{
    struct stream *s;

    (void)st;
    return stream_open(&s, "none.test", "80", by);
}

/* A listener whose queue is full: the kernel does not answer the next caller.
 */
static void
deaf_listener(struct stage *st)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    st->listener = listen_on_any(st->port, 0);
    address.sin_port = htons((uint16_t)atoi(st->port));
    st->filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    IS(connect(st->filler, (struct sockaddr *)&address, sizeof address), 0);
}

static void
close_deaf_listener(struct stage *st)
{
    (void)close(st->filler);
    (void)close(st->listener);
}

static int64_t
call_stream_open_of_an_address(struct stage *st, int64_t by)
{
    struct stream *s;

    return stream_open(&s, "127.0.0.1", st->port, by);
}

/* --- the rows: servers, signals, jobs ------------------------------------- */

static int
serves_for_ever(struct stream *peer, void *arg)
{
    (void)peer;
    (void)arg;
    return task_sleep(FOREVER);
}

static void
busy_server(struct stage *st)
{
    struct address at;

    IS(address_parse(&at, "127.0.0.1", 0), 0);
    IS(server_start(&st->server, &at, serves_for_ever, NULL), 0);
    IS(stream_open(&st->e[0].s, "127.0.0.1",
                   strchr(server_address(st->server), ':') + 1, FOREVER),
       0);
    IS(task_sleep(in_ms(1)), 0); /* it has accepted */
}

static int64_t
call_server_close(struct stage *st, int64_t by)
{
    return server_close(st->server, by);
}

static void
leave_server(struct stage *st)
{
    IS(stream_wait_closed(st->e[0].s, FOREVER), 0);
}

static int64_t
call_signal_wait(struct stage *st, int64_t by)
{
    sigset_t set;

    (void)st;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    return signal_wait(&set, by);
}

static void
closed_gate(struct stage *st)
{
    IS(sem_init(&st->gate, 0, 0), 0);
}

static int
waits_at_gate(void *gate)
{
    while (sem_wait(gate) < 0)
        continue;
    return 0;
}

static int disposed;

static void
dispose(void *gate)
{
    (void)gate;
    disposed++;
}

static int64_t
call_offload(struct stage *st, int64_t by)
{
    st->calls++;
    return offload(waits_at_gate, &st->gate, dispose, NULL, by);
}

static void
open_gate(struct stage *st)
{
    for (int i = 0; i < st->calls; i++)
        (void)sem_post(&st->gate);
    while (disposed < st->calls)
        IS(task_sleep(in_ms(1)), 0);
    IS(disposed, st->calls);
    IS(sem_destroy(&st->gate), 0);
}

/* --- the rows: meeting points --------------------------------------------- */

static int64_t
call_event_wait(struct stage *st, int64_t by)
{
    return event_wait(&st->event, by);
}

static int64_t
call_permit_take(struct stage *st, int64_t by)
{
    return permit_take(&st->permits, by);
}

static void
queue_of_one(struct stage *st)
{
    st->queue = (struct queue){.slots = st->slot, .capacity = 1};
}

static int64_t
call_queue_get(struct stage *st, int64_t by)
{
    void *item;

    return queue_get(&st->queue, &item, by);
}

static void
full_queue(struct stage *st)
{
    queue_of_one(st);
    IS(queue_put(&st->queue, "first", FOREVER), 0);
}

static int64_t
call_queue_put(struct stage *st, int64_t by)
{
    return queue_put(&st->queue, "second", by);
}

static void
only_the_first(struct stage *st)
{
    void *item;

    IS(queue_get(&st->queue, &item, NOW), 0);
    HOLDS(strcmp(item, "first") == 0);
    IS(queue_get(&st->queue, &item, NOW), -ETIMEDOUT);
}

static int
never_yields(struct gen *g, void *arg)
{
    (void)g;
    (void)arg;
    return task_sleep(FOREVER);
}

static void
slow_generator(struct stage *st)
{
    st->gen = (struct gen){.fn = never_yields};
}

static int64_t
call_gen_next(struct stage *st, int64_t by)
{
    const void *item;

    return gen_next(&st->gen, &item, by);
}

static void
close_generator(struct stage *st)
{
    gen_close(&st->gen);
}

static int64_t
call_gen_yield(struct stage *st, int64_t by)
{
    return gen_yield(&st->gen, "item", by);
}

/* --- the four tests of a row ---------------------------------------------- */

struct caller {
    struct stage *st;
    const struct row *row;
    int64_t by;
};

static int
calls(void *arg)
{
    struct caller *c = arg;

    IS(c->row->call(c->st, c->by), c->row->late);
    return 0;
}

/* It says at `by` that it is too late, or what else it says then. */
static void
is_late(const struct row *row, int64_t by)
{
    struct stage st = {.used = 0};
    struct caller c = {&st, row, by};

    row->prepare(&st);
    IS(result_of(start(calls, &c)), 0);
    row->clean(&st);
}

/* The same call twice: a cancellation stays. */
static int
calls_cancelled(void *arg)
{
    struct caller *c = arg;

    IS(c->row->call(c->st, FOREVER), c->row->cancelled);
    note('c');
    if (!c->row->once)
        IS(c->row->call(c->st, FOREVER), c->row->cancelled);
    IS(task_yield(), -ECANCELED);
    return 0;
}

static void
is_cancelled_while_it_waits(const struct row *row)
{
    struct stage st = {.used = 0};
    struct caller c = {&st, row, FOREVER};
    struct task *t;

    row->prepare(&st);
    t = start(calls_cancelled, &c);
    until_it_waits(t);
    NOTED("");
    task_cancel(t);
    until_it_has_ended(t);
    IS(result_of(t), 0);
    NOTED("c");
    row->clean(&st);
}

static void
is_cancelled_before(const struct row *row)
{
    struct stage st = {.used = 0};
    struct caller c = {&st, row, FOREVER};
    struct task *t;

    row->prepare(&st);
    t = start(calls_cancelled, &c);
    task_cancel(t);
    until_it_has_ended(t);
    IS(result_of(t), 0);
    row->clean(&st);
}

#define ROW(name, ...)                                                         \
    static const struct row name##_row = {__VA_ARGS__};                        \
    INSIDE(calls, name##_ends_at_its_deadline)                                 \
    {                                                                          \
        is_late(&name##_row, in_ms(2));                                        \
    }                                                                          \
    INSIDE(calls, name##_with_NOW_does_not_wait)                               \
    {                                                                          \
        is_late(&name##_row, NOW);                                             \
    }                                                                          \
    INSIDE(calls, name##_ends_when_its_task_is_cancelled)                      \
    {                                                                          \
        is_cancelled_while_it_waits(&name##_row);                              \
    }                                                                          \
    INSIDE(calls, name##_does_not_wait_in_a_cancelled_task)                    \
    {                                                                          \
        is_cancelled_before(&name##_row);                                      \
    }

/* A call that says -ETIMEDOUT and -ECANCELED, as nearly all do. */
#define PLAIN(name, prepare, clean)                                            \
    ROW(name, prepare, call_##name, clean, -ETIMEDOUT, -ECANCELED, false)

ROW(task_sleep, nothing, call_task_sleep, nothing, 0, -ECANCELED, false)
PLAIN(task_join, two_tasks, end_tasks)
PLAIN(task_wait_for, nothing, nothing)
PLAIN(task_gather, two_tasks, end_tasks)
PLAIN(stream_read, silent_peer, close_peer)
PLAIN(stream_read_exactly, silent_peer, close_peer)
PLAIN(stream_read_until, silent_peer, close_peer)
PLAIN(stream_read_line, silent_peer, close_peer)
PLAIN(stream_drain, stalled_peers, drop_stalled_peers)
PLAIN(stream_wait_closed, stalled_peers, drop_stalled_peers)
PLAIN(stream_open_of_a_name, slow_lookups, end_lookups)
PLAIN(stream_open_of_an_address, deaf_listener, close_deaf_listener)
PLAIN(signal_wait, nothing, nothing)
PLAIN(offload, closed_gate, open_gate)
PLAIN(event_wait, nothing, nothing)
PLAIN(permit_take, nothing, nothing)
PLAIN(queue_get, queue_of_one, nothing)
PLAIN(queue_put, full_queue, only_the_first)
PLAIN(gen_next, slow_generator, close_generator)
PLAIN(gen_yield, nothing, nothing)
ROW(server_close, busy_server, call_server_close, leave_server, 1, 1, true)

/* loop_shutdown() says how many others are left, and its caller is alone with
 * them: it does not fit the table. */

static struct event may_end;

static int
ends_when_it_may(void *arg)
{
    (void)arg;
    do
        task_uncancel();
    while (event_wait(&may_end, FOREVER) == -ECANCELED);
    return 0;
}

INSIDE(calls, loop_shutdown_ends_at_its_deadline)
{
    struct task *t = start(ends_when_it_may, NULL);

    until_it_waits(t);
    IS(loop_shutdown(in_ms(2)), 1);
    event_set(&may_end);
    IS(result_of(t), 0);
}

INSIDE(calls, loop_shutdown_with_NOW_does_not_wait)
{
    struct task *t = start(ends_when_it_may, NULL);

    until_it_waits(t);
    IS(loop_shutdown(NOW), 1);
    event_set(&may_end);
    IS(result_of(t), 0);
}

static int
cancels_main(void *main)
{
    IS(task_sleep(FOREVER), -ECANCELED);
    task_cancel(main);
    return 0;
}

INSIDE(calls, loop_shutdown_ends_when_its_task_is_cancelled)
{
    struct task *t = start(ends_when_it_may, NULL);
    struct task *u = start(cancels_main, task_self());

    until_it_waits(u);
    HOLDS(loop_shutdown(FOREVER) >= 1);
    task_uncancel();
    event_set(&may_end);
    IS(result_of(t), 0);
    IS(result_of(u), 0);
}

INSIDE(calls, loop_shutdown_does_not_wait_in_a_cancelled_task)
{
    struct task *t = start(ends_when_it_may, NULL);

    until_it_waits(t);
    task_cancel(task_self());
    IS(loop_shutdown(FOREVER), 1);
    task_uncancel();
    event_set(&may_end);
    IS(result_of(t), 0);
}
