/* coro_writing: the writing half of a stream, and how it closes. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"

enum {
    HIGH_BYTES = 65536, /* coro.h, stream_drain() */
    LOW_BYTES = 16384,
    LONG_BYTES = 1 << 20,
    LIMIT = 1000,
    SOON_MS = 5,
};

/* --- write ---------------------------------------------------------------- */

INSIDE(writing, what_is_written_goes_out_at_once_while_the_kernel_takes_it)
{
    struct ends e;

    ends_open(&e);
    IS(stream_write(e.s, "hello ", 6), 0);
    IS(stream_write(e.s, "world", 5), 0);
    IS(buffer_length(&e.s->out), 0);
    FAR_HEARS(&e, "hello world");
    ends_close(&e);
}

INSIDE(writing, a_write_of_no_bytes_is_nothing)
{
    struct ends e;

    ends_open(&e);
    IS(stream_write(e.s, "", 0), 0);
    IS(stream_drain(e.s, NOW), 0);
    ends_close(&e);
}

static int
takes_long(void *arg)
{
    static char bytes[LONG_BYTES];
    struct ends *e = arg;

    for (int i = 0; i < LONG_BYTES; i++)
        bytes[i] = (char)('a' + i % 23);
    far_hears(e, bytes, LONG_BYTES, INSIDE_HERE);
    return 0;
}

INSIDE(writing, a_megabyte_in_one_write_arrives_whole_and_in_order)
{
    struct ends e;
    char *bytes = malloc(LONG_BYTES);
    struct task *t;

    HOLDS(bytes != NULL);
    ends_open_small(&e);
    for (int i = 0; i < LONG_BYTES; i++)
        bytes[i] = (char)('a' + i % 23);
    IS(stream_write(e.s, bytes, LONG_BYTES), 0);
    HOLDS(buffer_length(&e.s->out) > 0);
    memset(bytes, '#', LONG_BYTES); /* it was copied */
    free(bytes);
    t = start(takes_long, &e);
    IS(stream_drain(e.s, FOREVER), 0);
    IS(result_of(t), 0);
    IS(buffer_length(&e.s->out), 0);
    ends_close(&e);
}

INSIDE(writing, what_is_written_behind_a_queue_does_not_overtake_it)
{
    struct ends e;
    size_t queued;

    ends_open_small(&e);
    fill_up(&e, 10000);
    IS(stream_write(e.s, "first", 5), 0);
    IS(stream_write(e.s, "second", 6), 0);
    IS(stream_write_eof(e.s), 0);
    queued = buffer_length(&e.s->out);
    HOLDS(queued > 0);
    /* All zeros first, then the words. */
    for (char byte = '\0'; byte == '\0';) {
        ssize_t n = recv(e.far, &byte, 1, MSG_PEEK);

        if (n == 1 && byte == '\0')
            far_takes(&e, 1);
        else if (n < 0)
            IS(task_sleep(in_ms(1)), 0);
    }
    FAR_HEARS(&e, "firstsecond");
    ends_close(&e);
}

INSIDE(writing, a_short_or_interrupted_send_is_gone_on_with)
{
    struct ends e;

    ends_open(&e);
    forced_next(FORCED_SEND, EINTR);
    IS(stream_write(e.s, "abc", 3), 0);
    HOLDS(forced_happened(FORCED_SEND));
    FAR_HEARS(&e, "abc");
    ends_close(&e);
}

INSIDE(writing, a_write_that_would_block_is_queued_and_goes_out_later)
{
    struct ends e;

    ends_open_small(&e);
    fill_up(&e, 20000);
    IS(stream_write(e.s, "end", 3), 0);
    IS(buffer_length(&e.s->out), 20003);
    IS(stream_write_eof(e.s), 0);
    {
        bool reset;

        HOLDS(far_takes_all(&e, &reset) >= 20003);
        HOLDS(!reset);
    }
    ends_close(&e);
}

/* --- drain ---------------------------------------------------------------- */

INSIDE(writing, drain_with_nothing_queued_does_not_wait)
{
    struct ends e;

    ends_open(&e);
    IS(stream_drain(e.s, NOW), 0);
    IS(stream_write(e.s, "x", 1), 0);
    IS(stream_drain(e.s, NOW), 0);
    ends_close(&e);
}

INSIDE(writing, drain_does_not_wait_up_to_64_KiB_and_waits_above)
{
    struct ends e;

    ends_open_small(&e);
    fill_up(&e, HIGH_BYTES);
    IS(stream_drain(e.s, NOW), 0);
    IS(stream_write(e.s, "x", 1), 0);
    IS(stream_drain(e.s, NOW), -ETIMEDOUT);
    IS(stream_drain(e.s, in_ms(1)), -ETIMEDOUT);
    IS(stream_wait_closed(e.s, NOW), -ETIMEDOUT);
    far_closes(&e);
}

struct drainer {
    struct stream *s;
    size_t queued; /* when drain returned */
};

static int
drains(void *arg)
{
    struct drainer *d = arg;
    int err = stream_drain(d->s, FOREVER);

    if (err == 0)
        d->queued = buffer_length(&d->s->out);
    return err;
}

INSIDE(writing, drain_goes_on_when_16_KiB_are_left_and_not_before)
{
    struct ends e;
    struct drainer d = {.queued = 0};
    struct task *t;

    ends_open_small(&e);
    fill_up(&e, 200000);
    d.s = e.s;
    t = start(drains, &d);
    until_it_waits(t);
    while (t->state == TASK_WAITING) {
        HOLDS(buffer_length(&e.s->out) > LOW_BYTES);
        far_takes(&e, 512);
        IS(task_sleep(in_ms(1)), 0);
    }
    IS(result_of(t), 0);
    HOLDS(d.queued <= LOW_BYTES);
    HOLDS(d.queued > 0);
    far_resets(&e);
    HOLDS(stream_wait_closed(e.s, FOREVER) < 0);
}

INSIDE(writing, many_tasks_may_drain_one_stream)
{
    struct ends e;
    struct drainer d[10];
    struct task *t[10];
    bool reset;

    ends_open_small(&e);
    fill_up(&e, 100000);
    for (int i = 0; i < 10; i++) {
        d[i].s = e.s;
        t[i] = start(drains, &d[i]);
        until_it_waits(t[i]);
    }
    IS(stream_write_eof(e.s), 0);
    HOLDS(far_takes_all(&e, &reset) >= 100000);
    IS(task_gather(t, 10, NULL, FOREVER), 0);
    ends_close(&e);
}

INSIDE(writing, a_stalled_reader_keeps_nobody_but_who_writes_to_it_waiting)
{
    struct ends stalled, other;
    struct drainer d;
    struct task *t;

    ends_open_small(&stalled);
    ends_open(&other);
    fill_up(&stalled, 100000);
    d.s = stalled.s;
    t = start(drains, &d);
    until_it_waits(t);
    for (int i = 0; i < 10; i++) {
        IS(stream_write(other.s, "on\n", 3), 0);
        IS(stream_drain(other.s, FOREVER), 0);
        FAR_HEARS(&other, "on\n");
    }
    IS(t->state, TASK_WAITING);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    ends_close(&other);
    IS(stream_wait_closed(stalled.s, NOW), -ETIMEDOUT);
    far_closes(&stalled);
}

INSIDE(writing, a_cancelled_drain_loses_no_byte)
{
    struct ends e;
    struct drainer d;
    struct task *t;
    bool reset;

    ends_open_small(&e);
    fill_up(&e, 100000);
    d.s = e.s;
    t = start(drains, &d);
    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    IS(buffer_length(&e.s->out), 100000);
    IS(stream_write_eof(e.s), 0);
    HOLDS(far_takes_all(&e, &reset) >= 100000);
    ends_close(&e);
}

INSIDE(writing,
       a_writer_that_drains_after_each_line_survives_and_notices_a_closed_peer)
{
    struct ends e;
    int err = 0;

    (void)signal(SIGPIPE, SIG_DFL); /* the harness ignores it */
    ends_open(&e);
    far_closes(&e);
    for (int i = 0; err == 0; i++) {
        HOLDS(i < 100000);
        err = stream_write(e.s, "foo\n", 4);
        if (err == 0)
            err = stream_drain(e.s, FOREVER);
    }
    HOLDS(err == -EPIPE || err == -ECONNRESET);
    HOLDS(stream_wait_closed(e.s, FOREVER) < 0);
}

/* --- what breaks ---------------------------------------------------------- */

INSIDE(writing, a_reset_wakes_who_drains)
{
    struct ends e;
    struct drainer d;
    struct task *t;
    int err;

    ends_open_small(&e);
    fill_up(&e, 100000);
    d.s = e.s;
    t = start(drains, &d);
    until_it_waits(t);
    far_resets(&e);
    err = result_of(t);
    HOLDS(err == -ECONNRESET || err == -EPIPE);
    IS(stream_write(e.s, "x", 1), err);
    IS(stream_drain(e.s, FOREVER), err);
    IS(stream_write_eof(e.s), err);
    IS(stream_wait_closed(e.s, FOREVER), err);
}

INSIDE(writing, a_write_after_a_reset_fails)
{
    struct ends e;
    int err;

    ends_open(&e);
    far_resets(&e);
    err = stream_write(e.s, "x", 1);
    HOLDS(err == -ECONNRESET || err == -EPIPE);
    IS(stream_write(e.s, "x", 1), err);
    IS(stream_wait_closed(e.s, FOREVER), err);
}

INSIDE(writing, a_failed_write_leaves_what_has_come_to_be_read)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "line\nmore\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "line\n");
    forced_next(FORCED_SEND, ECONNRESET);
    IS(stream_write(e.s, "x", 1), -ECONNRESET);
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "more\n");
    IS(stream_wait_closed(e.s, FOREVER), -ECONNRESET);
    far_closes(&e);
}

INSIDE(writing, a_reset_while_bytes_are_queued_is_told_when_it_closes)
{
    struct ends e;
    int err;

    ends_open_small(&e);
    fill_up(&e, 5000);
    far_resets(&e);
    err = stream_wait_closed(e.s, FOREVER);
    HOLDS(err == -ECONNRESET || err == -EPIPE);
}

static int
waits_closed(void *s)
{
    return stream_wait_closed(s, FOREVER);
}

INSIDE(writing, a_reset_while_it_closes_is_its_result)
{
    struct ends e;
    struct task *t;
    int err;

    ends_open_small(&e);
    fill_up(&e, 5000);
    t = start(waits_closed, e.s);
    until_it_waits(t);
    far_resets(&e);
    err = result_of(t);
    HOLDS(err == -ECONNRESET || err == -EPIPE);
}

/* --- half-close ----------------------------------------------------------- */

INSIDE(writing, write_eof_lets_the_peer_see_the_end_and_reading_goes_on)
{
    struct ends e;
    const char *line;
    bool reset;

    ends_open(&e);
    IS(stream_write(e.s, "question", 8), 0);
    IS(stream_write_eof(e.s), 0);
    IS(far_takes_all(&e, &reset), 8);
    HOLDS(!reset);
    FAR_SAYS(&e, "answer\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "answer\n");
    ends_close(&e);
}

INSIDE(writing, write_eof_comes_behind_what_is_queued)
{
    struct ends e;
    bool reset;

    ends_open_small(&e);
    fill_up(&e, 50000);
    IS(stream_write_eof(e.s), 0);
    HOLDS(far_takes_all(&e, &reset) >= 50000);
    HOLDS(!reset);
    ends_close(&e);
}

INSIDE(writing, nothing_can_be_written_behind_write_eof)
{
    struct ends e;

    ends_open(&e);
    IS(stream_write_eof(e.s), 0);
    IS(stream_write(e.s, "x", 1), -EPIPE);
    IS(stream_write_eof(e.s), 0);
    IS(stream_drain(e.s, NOW), 0);
    ends_close(&e);
}

INSIDE(writing, write_eof_of_an_ended_connection_is_no_failure)
{
    struct ends e;
    char byte;

    ends_open(&e);
    far_half_closes(&e);
    IS(stream_read(e.s, &byte, 1, FOREVER), 0);
    IS(stream_write(e.s, "bye", 3), 0);
    IS(stream_write_eof(e.s), 0);
    FAR_HEARS(&e, "bye");
    ends_close(&e);
}

/* --- to close ------------------------------------------------------------- */

INSIDE(writing, a_closed_stream_has_sent_what_was_queued)
{
    struct ends e;
    struct task *t;
    bool reset;

    ends_open_small(&e);
    fill_up(&e, 50000);
    stream_close(e.s);
    t = start(waits_closed, e.s);
    until_it_waits(t);
    HOLDS(far_takes_all(&e, &reset) >= 50000);
    HOLDS(!reset);
    IS(result_of(t), 0);
    far_closes(&e);
}

INSIDE(writing, to_close_twice_is_to_close_once)
{
    struct ends e;

    ends_open(&e);
    stream_close(e.s);
    stream_close(e.s);
    ends_close(&e);
}

INSIDE(writing, nothing_can_be_written_once_it_closes)
{
    struct ends e;

    ends_open_small(&e);
    fill_up(&e, 5000);
    stream_close(e.s);
    IS(stream_write(e.s, "x", 1), -EPIPE);
    IS(stream_wait_closed(e.s, NOW), -ETIMEDOUT);
    far_closes(&e);
}

INSIDE(writing, wait_closed_that_is_too_late_says_so_and_frees_all_the_same)
{
    struct ends e;

    ends_open_small(&e);
    fill_up(&e, 50000);
    IS(stream_wait_closed(e.s, in_ms(1)), -ETIMEDOUT);
    far_closes(&e);
}

INSIDE(writing, a_cancelled_wait_closed_says_so_and_frees_all_the_same)
{
    struct ends e;
    struct task *t;

    ends_open_small(&e);
    fill_up(&e, 50000);
    t = start(waits_closed, e.s);
    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    far_closes(&e);
}

INSIDE(writing, a_cancelled_task_can_close_a_stream_that_has_sent_all)
{
    struct ends e;

    ends_open(&e);
    IS(stream_write(e.s, "x", 1), 0);
    task_cancel(task_self());
    IS(stream_wait_closed(e.s, FOREVER), 0);
    task_uncancel();
    FAR_HEARS(&e, "x");
    far_closes(&e);
}

INSIDE(writing, a_stream_closed_with_unread_data_is_closed)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "one\ntwo\nthree\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "one\n");
    IS(stream_wait_closed(e.s, FOREVER), 0);
    far_closes(&e);
}

struct reader {
    struct stream *s;
    char buf[64];
};

static int
reads(void *arg)
{
    struct reader *r = arg;

    return (int)stream_read(r->s, r->buf, sizeof r->buf, FOREVER);
}

INSIDE(writing, who_reads_while_a_stream_is_closed_is_told)
{
    struct ends e;
    struct reader r;
    struct task *t;

    ends_open(&e);
    r.s = e.s;
    t = start(reads, &r);
    until_it_waits(t);
    stream_close(e.s);
    IS(result_of(t), -ECONNABORTED);
    ends_close(&e);
}

INSIDE(writing, who_reads_while_a_stream_is_freed_is_told_before)
{
    struct ends e;
    struct reader r;
    struct task *t;

    ends_open(&e);
    r.s = e.s;
    t = start(reads, &r);
    until_it_waits(t);
    IS(stream_wait_closed(e.s, FOREVER), 0);
    IS(t->state, TASK_ENDED);
    IS(result_of(t), -ECONNABORTED);
    far_closes(&e);
}

INSIDE(writing, who_drains_while_a_stream_is_freed_is_told_before)
{
    struct ends e;
    struct drainer d;
    struct task *t;

    ends_open_small(&e);
    fill_up(&e, 100000);
    d.s = e.s;
    t = start(drains, &d);
    until_it_waits(t);
    IS(stream_wait_closed(e.s, NOW), -ETIMEDOUT);
    IS(t->state, TASK_ENDED);
    IS(result_of(t), -ECONNABORTED);
    far_closes(&e);
}

INSIDE(writing, who_drains_while_a_stream_sends_its_last_bytes_has_drained_it)
{
    struct ends e;
    struct drainer d;
    struct task *t, *closer;
    bool reset;

    ends_open_small(&e);
    fill_up(&e, 100000);
    d.s = e.s;
    t = start(drains, &d);
    until_it_waits(t);
    closer = start(waits_closed, e.s);
    until_it_waits(closer);
    HOLDS(far_takes_all(&e, &reset) >= 100000);
    IS(result_of(closer), 0);
    IS(result_of(t), 0);
    far_closes(&e);
}

INSIDE(writing, the_far_end_of_a_closed_stream_sees_the_end)
{
    struct ends e;
    bool reset;

    ends_open(&e);
    IS(stream_write(e.s, "bye", 3), 0);
    IS(stream_wait_closed(e.s, FOREVER), 0);
    IS(far_takes_all(&e, &reset), 3);
    HOLDS(!reset);
    far_closes(&e);
}

INSIDE(writing, a_stream_that_nobody_closes_is_closed_with_the_loop)
{
    struct ends e;

    ends_open_small(&e);
    fill_up(&e, 5000);
    far_closes(&e);
}
