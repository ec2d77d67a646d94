/* coro: one loop, one thread, many small stacks: asyncio's shape in C.
 *
 * Six rules cover every function below.
 *
 * SUSPEND  A call can suspend the running task if, and only if, its last
 *          parameter is `by`. Read `by` as the `await` that C lacks.
 *          (task_yield is the one exception.)
 * BY       A point in time, not a length: milliseconds of CLOCK_MONOTONIC,
 *          made with in_ms(). NOW never waits, FOREVER never expires, too
 *          late is -ETIMEDOUT. The same `by` may bound several calls.
 * ERROR    >= 0 is success. < 0 is -errno or a CORO_ code; errno itself is
 *          not part of any contract. err_text() puts a code into words.
 * CANCEL   A cancelled task gets -ECANCELED from every suspending call,
 *          again and again, until it returns or calls task_uncancel().
 * OWNER    What you spawn, open or start is yours until the one call whose
 *          comment says "frees". Buffers are borrowed for the call only.
 *          Running out of memory is -ENOMEM (task_spawn: NULL).
 * THREAD   Call from the loop's thread only, and in a task (loop_*, in_ms and
 *          err_text: anywhere). offload() jobs run elsewhere and may call
 *          nothing in this file but err_text().
 *
 * Registers that every call preserves survive a suspension; the rounding mode
 * and the exception flags of floating point belong to the thread, not the task.
 *
 * From the environment: CORO_DEBUG=1 is loop_debug(2, 100), CORO_DEBUG=250
 * sets the slow limit in milliseconds; CORO_TRACE=FILE writes what the loop
 * did, as Chrome trace events, one a line; CORO_SPIN_US=50 is loop_spin(50).
 */
#ifndef CORO_H
#define CORO_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"

#define NOW INT64_C(0)
#define FOREVER INT64_MAX

/* Below every -errno of Linux, which end at -4095. */
enum {
    CORO_EOF = -5001,   /* the peer ended before the request was met */
    CORO_LIMIT = -5002, /* no delimiter within the caller's limit */
};

struct task;   /* a running function with a stack of its own */
struct stream; /* a connected byte stream with two buffers */
struct server; /* a listening socket and the tasks of its clients */

typedef int task_fn(void *arg);                        /* < 0 is failure */
typedef int client_fn(struct stream *peer, void *arg); /* one per client */

/* Who ignores the result of one of these has a bug. */
#define CORO_CHECKED __attribute__((warn_unused_result))

/* --- time and errors ----------------------------------------------------- */

/* The moment `ms` milliseconds from now, to be passed as `by`; never early. */
int64_t in_ms(int64_t ms);

/* Name and meaning of a negative code: "ECONNRESET (Connection reset by
 * peer)". Lent; the next but three calls of the same thread overwrite it. */
const char *err_text(int err);

/* --- loop ---------------------------------------------------------------- */

/* Runs main(arg) as the first task, then cancels and joins what is left, and
 * waits for offload jobs. What main returned; < 0 too if the loop could not be
 * made (-errno), or -EDEADLK if every task waited for another one. */
int loop_run(task_fn *main, void *arg);

/* Cancels all other tasks and waits for them: 0, or how many outlived `by`. */
CORO_CHECKED int loop_shutdown(int64_t by);

/* From now on reports, one line each on `fd`: tasks that held the loop longer
 * than slow_ms, failures that nobody joined, streams never closed. SIGQUIT
 * (Ctrl-\) lists all tasks and what they wait for. fd < 0: no reports. */
void loop_debug(int fd, int slow_ms);

/* Bytes of each stack of tasks made from now on, its guard included: a multiple
 * of 4,096, at least 16,384 (default 65,536); on aarch64, whose guards are
 * larger, a multiple of 65,536, at least 131,072 (the default). A sanitizer's
 * default is 262,144. 0, -EINVAL, or -EBUSY while a loop runs. */
int loop_stack(size_t bytes);

/* Before sleeping, ask the kernel again and again for `us` microseconds: the
 * answer to a single client comes sooner, for CPU time. Default 0. */
void loop_spin(int us);

/* Waits for one of the signals in `set` (SIGINT, SIGTERM, ...): its number.
 * They stay blocked afterwards, so that none is lost between two calls. */
CORO_CHECKED int signal_wait(const sigset_t *set, int64_t by);

/* --- tasks --------------------------------------------------------------- */

/* Makes fn(arg) ready to run; it starts when the caller suspends, after the
 * tasks that are ready already. `name` (cut at 63 bytes) stands in every
 * report. NULL when out of memory. The task is yours until it is joined. */
#define task_spawn(name, fn, arg) task_spawn_at(name, fn, arg, CORO_HERE)
CORO_CHECKED struct task *task_spawn_at(const char *name, task_fn *fn,
                                        void *arg, const char *where);
#define CORO_TEXT2(x) #x
#define CORO_TEXT(x) CORO_TEXT2(x)
#define CORO_HERE __FILE__ ":" CORO_TEXT(__LINE__)

/* Waits for the end of t. 0: *result (may be NULL) is what it returned, frees
 * t. < 0: t goes on and is still yours; -EBUSY: another task joins it,
 * -EDEADLK: t is the caller. */
CORO_CHECKED int task_join(struct task *t, int *result, int64_t by);

/* Like task_join, but at `by`, or when the caller is cancelled, cancels t and
 * sees it end; frees t in every case. 0 also if t had ended in time. */
CORO_CHECKED int task_wait_for(struct task *t, int *result, int64_t by);

/* Waits for all n: 0, or the first failure in order; result (may be NULL) has
 * what each returned. A task that failed does not cancel the others. Frees
 * those that ended and sets them to NULL in t[]; what is left there after
 * -ETIMEDOUT or -ECANCELED is still yours. NULLs in t[] are passed over. */
CORO_CHECKED int task_gather(struct task *t[], size_t n, int result[],
                             int64_t by);

/* Asks t to stop; returns at once; a task that has ended ignores it. A task
 * that was woken already keeps what it was woken with. */
void task_cancel(struct task *t);

/* Lets the running, cancelled task suspend again, to say goodbye. */
void task_uncancel(void);

/* Waits until `by`: 0 when it has come. */
CORO_CHECKED int task_sleep(int64_t by);

/* Lets every other ready task run once. 0, or -ECANCELED. */
int task_yield(void);

/* The running task, and what a task is called. Lent. */
struct task *task_self(void);
const char *task_name(const struct task *t);

/* --- streams: reading ---------------------------------------------------- *
 * One task may read while another writes; a second reader gets -EBUSY. */

/* Connects to a host (name or address) and a port (number or service). A name
 * is looked up in a pool thread; its addresses are tried in turn. */
CORO_CHECKED int stream_open(struct stream **out, const char *host,
                             const char *port, int64_t by);

/* What has arrived: 1..cap bytes; 0 at the end. */
CORO_CHECKED ssize_t stream_read(struct stream *s, void *buf, size_t cap,
                                 int64_t by);

/* Exactly n bytes: n. On failure the first *got (may be NULL) of them stand in
 * buf; CORO_EOF when the peer ended too early. */
CORO_CHECKED ssize_t stream_read_exactly(struct stream *s, void *buf, size_t n,
                                         size_t *got, int64_t by);

/* Up to and with `delim`: how many bytes, at most limit. *data is lent until
 * the next call that reads or closes s, and a NUL follows it. On failure
 * nothing is consumed: CORO_LIMIT (limit bytes without delim), CORO_EOF (the
 * rest can be had with stream_read), -ETIMEDOUT, -ECANCELED, ... */
CORO_CHECKED ssize_t stream_read_until(struct stream *s, char delim,
                                       const char **data, size_t limit,
                                       int64_t by);

/* The same for '\n', but the last line may lack it; 0 at the end. */
CORO_CHECKED ssize_t stream_read_line(struct stream *s, const char **line,
                                      size_t limit, int64_t by);

/* --- streams: writing and closing ---------------------------------------- */

/* Sends n bytes, or queues those that the kernel does not take now: all or
 * none; never suspends. 0; < 0: the connection is of no use any more. */
CORO_CHECKED int stream_write(struct stream *s, const void *buf, size_t n);

/* Backpressure: more than 64 KiB queued, it waits until 16 KiB are left. */
CORO_CHECKED int stream_drain(struct stream *s, int64_t by);

/* Half-close once the queue is sent; reading goes on. 0, or < 0. */
int stream_write_eof(struct stream *s);

/* Sends what is queued, then closes; only stream_wait_closed() may follow. A
 * task that still reads gets -ECONNABORTED (so does one that still drains, when
 * bytes are lost). */
void stream_close(struct stream *s);

/* 0: the kernel has taken all. < 0: bytes were lost, also at `by` and when
 * cancelled. Frees s in every case, and closes it if it is still open. */
CORO_CHECKED int stream_wait_closed(struct stream *s, int64_t by);

/* The far end as "192.0.2.7:4711" or "[2001:db8::7]:4711". Lent, lives as
 * long as s. */
const char *stream_peername(const struct stream *s);

/* --- servers ------------------------------------------------------------- */

/* Listens on an address (port 0: a free one). For each client, runs fn(peer,
 * arg) in a task of its own, reports its failure on stderr, then closes and
 * frees peer. Out of descriptors or memory, it says so once, lets callers wait
 * in the kernel's queue, and goes on when there are some. */
CORO_CHECKED int server_start(struct server **out,
                              const struct address *address, client_fn *fn,
                              void *arg);

/* The address in use, "127.0.0.1:12345", which matters after asking for "0".
 * Lent, lives as long as sv. */
const char *server_address(const struct server *sv);

/* Accepts no more, lets clients end until `by`, cancels the rest and waits for
 * their ends; frees sv. How many were cancelled; or -EDEADLK, and nothing has
 * happened, when one of its own clients asks. */
CORO_CHECKED int server_close(struct server *sv, int64_t by);

/* --- blocking work ------------------------------------------------------- */

/* Runs job(arg) in one of at most 16 pool threads: 0, and *result (may be NULL)
 * is what it returned. < 0: arg is no longer the caller's; dispose(arg), unless
 * NULL, runs in the loop's thread as soon as no thread uses arg any more: now,
 * or when the job, which nothing can stop, has ended. */
CORO_CHECKED int offload(task_fn *job, void *arg, void (*dispose)(void *),
                         int *result, int64_t by);

#endif
