/* coro_reading: the reading half of a stream. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"
#include "stacks.h"

enum {
    LIMIT = 1000,
    LONG_BYTES = 1 << 20,
    LINES = 2000,
    SOON_MS = 5,
    DEEP_BYTES = 32768,
};

/* --- what has arrived ----------------------------------------------------- */

INSIDE(reading, read_hands_over_what_has_arrived)
{
    struct ends e;
    char buf[64];

    ends_open(&e);
    FAR_SAYS(&e, "line1\nline2\n");
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "line1\nline2\n");
    ends_close(&e);
}

INSIDE(reading, read_takes_no_more_than_asked_and_leaves_the_rest)
{
    struct ends e;
    char buf[64];

    ends_open(&e);
    FAR_SAYS(&e, "line1line2");
    READS(stream_read(e.s, buf, 5, FOREVER), buf, "line1");
    READS(stream_read(e.s, buf, sizeof buf, NOW), buf, "line2");
    ends_close(&e);
}

INSIDE(reading, read_of_no_bytes_takes_none_and_does_not_wait)
{
    struct ends e;
    char buf[64];

    ends_open(&e);
    IS(stream_read(e.s, buf, 0, FOREVER), 0);
    FAR_SAYS(&e, "data");
    IS(stream_read(e.s, buf, 0, FOREVER), 0);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "data");
    ends_close(&e);
}

struct reader {
    struct stream *s;
    char buf[64];
    const char *line;
    ssize_t n;
};

static int
reads(void *arg)
{
    struct reader *r = arg;

    r->n = stream_read(r->s, r->buf, sizeof r->buf, FOREVER);
    return 0;
}

/* Opens both ends; a task is in the middle of reading from ours. */
static struct task *
waiting_reader(struct ends *e, struct reader *r, task_fn *fn)
{
    struct task *t;

    ends_open(e);
    r->s = e->s;
    t = start(fn, r);
    until_it_waits(t);
    return t;
}

INSIDE(reading, read_waits_for_bytes_that_come_later)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);

    FAR_SAYS(&e, "later");
    IS(result_of(t), 0);
    READS(r.n, r.buf, "later");
    ends_close(&e);
}

INSIDE(reading, read_says_0_at_the_end_again_and_again)
{
    struct ends e;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "ab");
    far_half_closes(&e);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "ab");
    for (int i = 0; i < 3; i++)
        IS(stream_read(e.s, buf, sizeof buf, FOREVER), 0);
    ends_close(&e);
}

INSIDE(reading, an_end_that_comes_while_a_task_reads_wakes_it)
{
    struct ends e;
    struct reader r = {.n = 7};
    struct task *t = waiting_reader(&e, &r, reads);

    far_half_closes(&e);
    IS(result_of(t), 0);
    IS(r.n, 0);
    ends_close(&e);
}

INSIDE(reading, bytes_and_the_end_behind_them_can_come_in_one_event)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);
    char buf[8];

    FAR_SAYS(&e, "bye");
    far_half_closes(&e); /* before the loop asks the kernel */
    IS(result_of(t), 0);
    READS(r.n, r.buf, "bye");
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), 0);
    ends_close(&e);
}

INSIDE(reading, all_that_was_sent_before_the_end_can_be_read_piece_by_piece)
{
    struct ends e;
    char buf[3], all[16] = "";
    ssize_t n;

    ends_open(&e);
    FAR_SAYS(&e, "chunk1\nchunk2");
    far_half_closes(&e);
    while ((n = stream_read(e.s, buf, sizeof buf, FOREVER)) > 0)
        (void)strncat(all, buf, (size_t)n);
    IS(n, 0);
    HOLDS(strcmp(all, "chunk1\nchunk2") == 0);
    ends_close(&e);
}

INSIDE(reading, read_does_not_fill_the_buffer_beyond_what_it_says)
{
    struct ends e;
    char buf[8];

    memset(buf, '#', sizeof buf);
    ends_open(&e);
    FAR_SAYS(&e, "ab");
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "ab");
    HOLDS(memcmp(buf + 2, "######", 6) == 0);
    ends_close(&e);
}

/* --- exactly so many ------------------------------------------------------ */

INSIDE(reading, read_exactly_waits_for_all_pieces_and_leaves_the_rest)
{
    struct ends e;
    struct task *t;
    struct reader r = {0};
    char buf[16];
    size_t got = 99;

    ends_open(&e);
    FAR_SAYS(&e, "abc");
    IS(stream_read_exactly(e.s, buf, 5, &got, in_ms(1)), -ETIMEDOUT);
    IS(got, 3); /* these are out of the stream, and in buf */
    FAR_SAYS(&e, "defgh");
    READS(stream_read_exactly(e.s, buf, 4, &got, FOREVER), buf, "defg");
    IS(got, 4);
    r.s = e.s;
    t = start(reads, &r);
    IS(result_of(t), 0);
    READS(r.n, r.buf, "h");
    ends_close(&e);
}

INSIDE(reading, read_exactly_of_no_bytes_is_done_at_once)
{
    struct ends e;
    char buf[1];
    size_t got = 99;

    ends_open(&e);
    IS(stream_read_exactly(e.s, buf, 0, &got, NOW), 0);
    IS(got, 0);
    far_half_closes(&e);
    IS(stream_read(e.s, buf, 1, FOREVER), 0);
    IS(stream_read_exactly(e.s, buf, 0, &got, NOW), 0);
    ends_close(&e);
}

INSIDE(reading, read_exactly_tells_how_many_came_before_the_end)
{
    struct ends e;
    char buf[16];
    size_t got = 99;

    ends_open(&e);
    FAR_SAYS(&e, "line1");
    far_half_closes(&e);
    IS(stream_read_exactly(e.s, buf, 10, &got, FOREVER), CORO_EOF);
    READS(got, buf, "line1");
    IS(stream_read_exactly(e.s, buf, 10, &got, FOREVER), CORO_EOF);
    IS(got, 0);
    IS(stream_read_exactly(e.s, buf, 10, NULL, FOREVER), CORO_EOF);
    ends_close(&e);
}

INSIDE(reading, read_exactly_also_takes_what_a_line_has_left)
{
    struct ends e;
    const char *line;
    char buf[16];

    ends_open(&e);
    FAR_SAYS(&e, "line\n0123456789");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "line\n");
    READS(stream_read_exactly(e.s, buf, 10, NULL, FOREVER), buf, "0123456789");
    ends_close(&e);
}

static int
far_sends_long(void *arg)
{
    static char bytes[LONG_BYTES];

    for (int i = 0; i < LONG_BYTES; i++)
        bytes[i] = (char)('a' + i % 23);
    far_sends(arg, bytes, sizeof bytes);
    return 0;
}

INSIDE(reading, read_exactly_can_ask_for_a_megabyte)
{
    struct ends e;
    struct task *t;
    char *buf = malloc(LONG_BYTES);

    HOLDS(buf != NULL);
    ends_open(&e);
    t = start(far_sends_long, &e);
    IS(stream_read_exactly(e.s, buf, LONG_BYTES, NULL, FOREVER), LONG_BYTES);
    for (int i = 0; i < LONG_BYTES; i++)
        HOLDS(buf[i] == 'a' + i % 23);
    IS(result_of(t), 0);
    ends_close(&e);
    free(buf);
}

/* --- lines ---------------------------------------------------------------- */

INSIDE(reading, a_line_comes_with_its_newline_and_a_NUL_behind_it)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "one\ntwo\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "one\n");
    IS(strlen(line), 4);
    READS(stream_read_line(e.s, &line, LIMIT, NOW), line, "two\n");
    IS(strlen(line), 4);
    ends_close(&e);
}

INSIDE(reading, a_line_that_comes_in_pieces_is_put_together)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "chunk1 ");
    IS(stream_read_line(e.s, &line, LIMIT, in_ms(1)), -ETIMEDOUT);
    FAR_SAYS(&e, "chunk2 ");
    IS(stream_read_line(e.s, &line, LIMIT, in_ms(1)), -ETIMEDOUT);
    FAR_SAYS(&e, "chunk3 \n chunk4");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line,
          "chunk1 chunk2 chunk3 \n");
    IS(stream_read_line(e.s, &line, LIMIT, NOW), -ETIMEDOUT);
    far_half_closes(&e);
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, " chunk4");
    ends_close(&e);
}

INSIDE(reading, a_last_line_without_newline_is_a_line_and_then_comes_the_end)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "some data");
    far_half_closes(&e);
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "some data");
    IS(strlen(line), 9);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), 0);
    IS(strlen(line), 0);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), 0);
    ends_close(&e);
}

INSIDE(reading, an_end_without_a_byte_is_0_for_a_line_and_too_early_for_until)
{
    struct ends e;
    const char *line = NULL;

    ends_open(&e);
    far_half_closes(&e);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), 0);
    IS(stream_read_until(e.s, '\n', &line, LIMIT, FOREVER), CORO_EOF);
    ends_close(&e);
}

INSIDE(reading, until_takes_any_byte_as_its_end_also_a_zero)
{
    struct ends e;
    const char *data;

    ends_open(&e);
    FAR_SAYS(&e, "a;b;c\0d\0rest\xff");
    READS(stream_read_until(e.s, ';', &data, LIMIT, FOREVER), data, "a;");
    READS(stream_read_until(e.s, ';', &data, LIMIT, FOREVER), data, "b;");
    READS(stream_read_until(e.s, '\0', &data, LIMIT, FOREVER), data, "c\0");
    READS(stream_read_until(e.s, '\0', &data, LIMIT, FOREVER), data, "d\0");
    READS(stream_read_until(e.s, '\xff', &data, LIMIT, FOREVER), data,
          "rest\xff");
    ends_close(&e);
}

INSIDE(reading, zero_bytes_are_data_like_any_other)
{
    struct ends e;
    const char *line;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "\0a\0\n\0\0\0");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "\0a\0\n");
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "\0\0\0");
    ends_close(&e);
}

INSIDE(reading, until_at_an_early_end_takes_nothing_and_read_has_the_rest)
{
    struct ends e;
    const char *data;
    char buf[32];

    ends_open(&e);
    FAR_SAYS(&e, "some dataAA");
    far_half_closes(&e);
    IS(stream_read_until(e.s, ';', &data, LIMIT, FOREVER), CORO_EOF);
    IS(stream_read_until(e.s, ';', &data, LIMIT, FOREVER), CORO_EOF);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "some dataAA");
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), 0);
    ends_close(&e);
}

INSIDE(reading, until_too_late_takes_nothing_and_can_be_asked_again)
{
    struct ends e;
    const char *data;

    ends_open(&e);
    FAR_SAYS(&e, "half");
    IS(stream_read_until(e.s, ';', &data, LIMIT, in_ms(1)), -ETIMEDOUT);
    IS(stream_read_until(e.s, ';', &data, LIMIT, NOW), -ETIMEDOUT);
    FAR_SAYS(&e, " whole;");
    READS(stream_read_until(e.s, ';', &data, LIMIT, FOREVER), data,
          "half whole;");
    ends_close(&e);
}

static int
reads_line(void *arg)
{
    struct reader *r = arg;

    r->n = stream_read_line(r->s, &r->line, LIMIT, FOREVER);
    return (int)r->n;
}

INSIDE(reading, a_cancelled_reader_of_a_line_takes_nothing)
{
    struct ends e;
    struct reader r = {0};
    struct task *t;
    const char *line;

    ends_open(&e);
    r.s = e.s;
    FAR_SAYS(&e, "half");
    t = start(reads_line, &r);
    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    FAR_SAYS(&e, " a line\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "half a line\n");
    ends_close(&e);
}

/* --- limits --------------------------------------------------------------- */

INSIDE(reading, a_line_may_be_as_long_as_the_limit_and_no_longer)
{
    struct ends e;
    const char *line;
    char buf[32];

    ends_open(&e);
    FAR_SAYS(&e, "123456\n1234567\n");
    READS(stream_read_line(e.s, &line, 7, FOREVER), line, "123456\n");
    IS(stream_read_line(e.s, &line, 7, FOREVER), CORO_LIMIT);
    IS(stream_read_line(e.s, &line, 7, FOREVER), CORO_LIMIT);
    READS(stream_read_line(e.s, &line, 8, FOREVER), line, "1234567\n");
    FAR_SAYS(&e, "12345678");
    IS(stream_read_line(e.s, &line, 8, FOREVER), CORO_LIMIT);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "12345678");
    ends_close(&e);
}

INSIDE(reading, too_long_a_line_is_all_there_for_read)
{
    struct ends e;
    const char *line;
    char buf[32];

    ends_open(&e);
    FAR_SAYS(&e, "too long\nnext\n");
    IS(stream_read_line(e.s, &line, 3, FOREVER), CORO_LIMIT);
    READS(stream_read_exactly(e.s, buf, 9, NULL, FOREVER), buf, "too long\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "next\n");
    ends_close(&e);
}

INSIDE(reading, the_limit_does_not_count_for_read_and_read_exactly)
{
    struct ends e;
    const char *line;
    char buf[32];

    ends_open(&e);
    FAR_SAYS(&e, "chunkchunk");
    IS(stream_read_line(e.s, &line, 3, FOREVER), CORO_LIMIT);
    READS(stream_read(e.s, buf, 5, FOREVER), buf, "chunk");
    READS(stream_read_exactly(e.s, buf, 5, NULL, FOREVER), buf, "chunk");
    ends_close(&e);
}

INSIDE(reading, a_last_line_at_the_limit_is_too_long_until_its_end_is_known)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "1234567");
    far_half_closes(&e);
    IS(stream_read_line(e.s, &line, 7, FOREVER), CORO_LIMIT);
    READS(stream_read_line(e.s, &line, 8, FOREVER), line, "1234567");
    ends_close(&e);
}

INSIDE(reading, a_line_can_be_a_megabyte_long)
{
    struct ends e;
    struct task *t;
    const char *line;

    ends_open(&e);
    t = start(far_sends_long, &e);
    IS(stream_read_line(e.s, &line, LONG_BYTES, FOREVER), CORO_LIMIT);
    IS(result_of(t), 0);
    FAR_SAYS(&e, "\n");
    IS(stream_read_line(e.s, &line, LONG_BYTES + 1, FOREVER), LONG_BYTES + 1);
    IS(strlen(line), LONG_BYTES + 1);
    for (int i = 0; i < LONG_BYTES; i++)
        HOLDS(line[i] == 'a' + i % 23);
    ends_close(&e);
}

INSIDE(reading, thousands_of_lines_in_one_piece_come_one_by_one)
{
    struct ends e;
    static char all[LINES * 8 + 1];
    const char *line;

    for (size_t i = 0; i < LINES; i++)
        (void)snprintf(all + i * 8, 9, "line%03zu\n", i % 1000);
    ends_open(&e);
    far_sends(&e, all, sizeof all - 1);
    for (size_t i = 0; i < LINES; i++) {
        IS(stream_read_line(e.s, &line, 8, FOREVER), 8);
        HOLDS(memcmp(line, all + i * 8, 8) == 0);
    }
    IS(stream_read_line(e.s, &line, 8, NOW), -ETIMEDOUT);
    ends_close(&e);
}

INSIDE(reading, all_ways_to_read_can_follow_each_other)
{
    struct ends e;
    const char *line;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "ab\ncd;efghij\nkl");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "ab\n");
    READS(stream_read_until(e.s, ';', &line, LIMIT, FOREVER), line, "cd;");
    READS(stream_read_exactly(e.s, buf, 2, NULL, FOREVER), buf, "ef");
    READS(stream_read(e.s, buf, 2, FOREVER), buf, "gh");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "ij\n");
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "kl");
    ends_close(&e);
}

INSIDE(reading, the_NUL_behind_a_lent_line_hides_no_byte)
{
    struct ends e;
    const char *line;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "ab\ncd");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "ab\n");
    HOLDS(line[3] == '\0');
    IS(stream_read_line(e.s, &line, LIMIT, NOW), -ETIMEDOUT);
    READS(stream_read(e.s, buf, sizeof buf, NOW), buf, "cd");
    ends_close(&e);
}

INSIDE(reading, a_lent_line_stays_while_others_run_and_the_stream_writes)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "first\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "first\n");
    FAR_SAYS(&e, "second\n");
    IS(stream_write(e.s, "x", 1), 0);
    IS(task_sleep(in_ms(SOON_MS)), 0);
    HOLDS(strcmp(line, "first\n") == 0);
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "second\n");
    ends_close(&e);
}

/* --- two who read --------------------------------------------------------- */

INSIDE(reading, a_second_reader_is_busy_and_the_first_one_is_served)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);
    const char *line;
    char buf[8];
    size_t got = 99;

    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -EBUSY);
    IS(stream_read_exactly(e.s, buf, 1, &got, FOREVER), -EBUSY);
    IS(got, 0);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), -EBUSY);
    IS(stream_read_until(e.s, ';', &line, LIMIT, FOREVER), -EBUSY);
    FAR_SAYS(&e, "for it");
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -EBUSY);
    IS(result_of(t), 0);
    READS(r.n, r.buf, "for it");
    ends_close(&e);
}

struct line_reader {
    struct stream *s;
    int bytes; /* to be read one by one, before the line */
    bool inside;
};

static int
reads_bytes_and_a_line(void *arg)
{
    struct line_reader *r = arg;
    const char *line;
    char byte;

    for (int i = 0; i < r->bytes; i++)
        IS(stream_read(r->s, &byte, 1, FOREVER), 1);
    r->inside = true;
    READS(stream_read_line(r->s, &line, LIMIT, FOREVER), line, "last line");
    r->inside = false;
    return 0;
}

/* A call that need not wait lets others run now and then, in the middle. */
INSIDE(reading, a_second_reader_is_busy_also_while_the_first_lets_others_run)
{
    char buf[8];
    int met = 0;

    for (int bytes = 0; bytes < 32; bytes++) {
        struct line_reader r = {.bytes = bytes};
        struct task *t;
        struct ends e;

        ends_open(&e);
        r.s = e.s;
        far_sends(&e, "01234567890123456789012345678901", (size_t)bytes);
        FAR_SAYS(&e, "last line");
        far_half_closes(&e);
        IS(task_sleep(in_ms(1)), 0); /* the loop has heard of the end */
        t = start(reads_bytes_and_a_line, &r);
        for (IS(task_yield(), 0); t->state != TASK_ENDED; IS(task_yield(), 0))
            if (r.inside) {
                IS(stream_read(e.s, buf, sizeof buf, NOW), -EBUSY);
                met++;
            }
        IS(result_of(t), 0);
        ends_close(&e);
    }
    HOLDS(met > 0);
}

INSIDE(reading, one_task_reads_while_another_writes)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);

    IS(stream_write(e.s, "to you", 6), 0);
    IS(stream_drain(e.s, FOREVER), 0);
    FAR_HEARS(&e, "to you");
    FAR_SAYS(&e, "to me");
    IS(result_of(t), 0);
    READS(r.n, r.buf, "to me");
    ends_close(&e);
}

/* --- what breaks ---------------------------------------------------------- */

INSIDE(reading, a_reset_while_a_task_reads_is_its_result)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);

    far_resets(&e);
    IS(result_of(t), 0);
    IS(r.n, -ECONNRESET);
    IS(stream_wait_closed(e.s, FOREVER), 0);
}

INSIDE(reading, a_reset_is_told_again_and_again_in_every_way_to_read)
{
    struct ends e;
    char buf[8];
    const char *line;
    size_t got = 99;

    ends_open(&e);
    far_resets(&e);
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -ECONNRESET);
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -ECONNRESET);
    IS(stream_read_exactly(e.s, buf, 2, &got, FOREVER), -ECONNRESET);
    IS(got, 0);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), -ECONNRESET);
    IS(stream_read_until(e.s, ';', &line, LIMIT, FOREVER), -ECONNRESET);
    IS(stream_wait_closed(e.s, FOREVER), 0);
}

INSIDE(reading, a_reset_in_the_middle_of_a_line_leaves_the_half_to_read)
{
    struct ends e;
    const char *line;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "half");
    IS(stream_read_line(e.s, &line, LIMIT, in_ms(1)), -ETIMEDOUT);
    far_resets(&e);
    IS(stream_read_line(e.s, &line, LIMIT, FOREVER), -ECONNRESET);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "half");
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -ECONNRESET);
    IS(stream_wait_closed(e.s, FOREVER), 0);
}

INSIDE(reading, a_reset_in_the_middle_of_an_exact_count_tells_how_many_came)
{
    struct ends e;
    char buf[16];
    size_t got = 99;

    ends_open(&e);
    FAR_SAYS(&e, "abc");
    READS(stream_read_exactly(e.s, buf, 2, &got, FOREVER), buf, "ab");
    IS(stream_read_exactly(e.s, buf, 5, &got, in_ms(1)), -ETIMEDOUT);
    IS(got, 1);
    far_resets(&e);
    IS(stream_read_exactly(e.s, buf, 5, &got, FOREVER), -ECONNRESET);
    IS(got, 0);
    IS(stream_wait_closed(e.s, FOREVER), 0);
}

INSIDE(reading, an_interrupted_call_is_made_again)
{
    struct ends e;
    char buf[8];
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "a\nb");
    forced_next(FORCED_RECV, EINTR);
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "a\n");
    HOLDS(forced_happened(FORCED_RECV));
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "b");
    forced_next(FORCED_EPOLL_WAIT, EINTR);
    IS(stream_read(e.s, buf, sizeof buf, in_ms(1)), -ETIMEDOUT);
    HOLDS(forced_happened(FORCED_EPOLL_WAIT));
    FAR_SAYS(&e, "c");
    forced_next(FORCED_RECV, EINTR);
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "c");
    ends_close(&e);
}

INSIDE(reading, a_rare_failure_of_the_kernel_is_the_result_and_stays)
{
    struct ends e;
    char buf[8];

    ends_open(&e);
    FAR_SAYS(&e, "a");
    forced_next(FORCED_RECV, ENOBUFS);
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -ENOBUFS);
    IS(stream_read(e.s, buf, sizeof buf, FOREVER), -ENOBUFS);
    ends_close(&e);
}

/* --- urgent data ---------------------------------------------------------- */

INSIDE(reading, an_urgent_byte_is_no_data_and_stops_none)
{
    struct ends e;
    char buf[16], all[16] = "";

    ends_open(&e);
    FAR_SAYS(&e, "ab");
    far_sends_urgent(&e, '!');
    FAR_SAYS(&e, "cd");
    far_half_closes(&e);
    for (;;) { /* a read stops at the mark: tcp(7) */
        ssize_t n = stream_read(e.s, buf, sizeof buf, FOREVER);

        HOLDS(n >= 0);
        if (n == 0)
            break;
        (void)strncat(all, buf, (size_t)n);
    }
    HOLDS(strcmp(all, "abcd") == 0);
    ends_close(&e);
}

INSIDE(reading, a_reader_that_waits_is_not_woken_for_ever_by_an_urgent_byte)
{
    struct ends e;
    struct reader r = {0};
    struct task *t = waiting_reader(&e, &r, reads);
    long calls;

    far_sends_urgent(&e, '!');
    IS(task_sleep(in_ms(SOON_MS)), 0);
    calls = forced_count(FORCED_RECV);
    IS(task_sleep(in_ms(20)), 0);
    HOLDS(forced_count(FORCED_RECV) - calls <= 1);
    FAR_SAYS(&e, "data");
    IS(result_of(t), 0);
    READS(r.n, r.buf, "data");
    ends_close(&e);
}

INSIDE(reading, urgent_bytes_between_lines_leave_the_lines_whole)
{
    struct ends e;
    const char *line;

    ends_open(&e);
    for (int i = 0; i < 20; i++) {
        FAR_SAYS(&e, "li");
        far_sends_urgent(&e, '!');
        FAR_SAYS(&e, "ne\n");
        READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "line\n");
    }
    ends_close(&e);
}

/* --- memory --------------------------------------------------------------- */

INSIDE(reading, an_idle_connection_holds_no_read_buffer)
{
    struct ends e;
    struct reader r = {0};
    struct task *t;
    const char *line;

    ends_open(&e);
    FAR_SAYS(&e, "line\n");
    READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "line\n");
    r.s = e.s;
    t = start(reads_line, &r);
    until_it_waits(t);
    HOLDS(e.s->in.memory == NULL);
    FAR_SAYS(&e, "more\n");
    IS(result_of(t), 5);
    ends_close(&e);
}

/* The pages of a task's stack that take memory. */
static size_t
pages_of(const struct task *t)
{
    unsigned char resident[1024];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 0;

    HOLDS(stack_bytes() / page <= sizeof resident);
    HOLDS(mincore(t->stack, stack_bytes(), resident) == 0);
    for (size_t i = 0; i < stack_bytes() / page; i++)
        pages += resident[i] & 1;
    return pages;
}

static __attribute__((noinline)) void
go_deep(void)
{
    volatile char place[DEEP_BYTES];

    for (size_t i = 0; i < sizeof place; i++)
        place[i] = 'x';
}

static int
goes_deep_and_reads_line(void *arg)
{
    go_deep();
    IS(task_yield(), 0);
    return reads_line(arg);
}

INSIDE(reading, an_idle_connection_gives_back_the_stack_that_it_has_used)
{
    struct ends e;
    struct reader r = {0};
    struct task *t;
    size_t pages;

    ends_open(&e);
    r.s = e.s;
    t = start(goes_deep_and_reads_line, &r);
    IS(task_yield(), 0);
    pages = pages_of(t);
    until_it_waits(t);
    HOLDS(pages_of(t) <= pages - DEEP_BYTES / (size_t)sysconf(_SC_PAGESIZE));
    FAR_SAYS(&e, "line\n");
    IS(result_of(t), 5);
    ends_close(&e);
}

INSIDE(reading, lines_come_without_a_new_piece_of_memory_each)
{
    struct ends e;
    const char *line;
    long before = 0;

    ends_open(&e);
    for (int i = 0; i < 100; i++) {
        FAR_SAYS(&e, "line\n");
        READS(stream_read_line(e.s, &line, LIMIT, FOREVER), line, "line\n");
        IS(stream_read_line(e.s, &line, LIMIT, in_ms(1)), -ETIMEDOUT);
        if (i == 1)
            before = forced_memory();
    }
    IS(forced_memory() - before, 0);
    ends_close(&e);
}

INSIDE(reading, a_task_that_always_has_bytes_lets_others_run)
{
    struct ends e;
    struct task *sender;
    int runs = 0;

    ends_open(&e);
    sender = start(far_sends_long, &e);
    for (int i = 0; i < 1000; i++) {
        char byte;
        long before = forced_count(FORCED_EPOLL_WAIT);

        IS(stream_read(e.s, &byte, 1, FOREVER), 1);
        runs += forced_count(FORCED_EPOLL_WAIT) != before;
    }
    HOLDS(runs > 0); /* the loop has asked the kernel meanwhile */
    task_cancel(sender);
    (void)!task_join(sender, NULL, FOREVER);
    far_closes(&e);
    (void)!stream_wait_closed(e.s, FOREVER);
}
