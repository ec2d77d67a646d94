/* stream_reader: a fuzzer of the reading half of a stream: arbitrary bytes, cut
 * into arbitrary pieces, read by an arbitrary script, against a simple model:
 * all bytes in one array, and a cursor.
 *
 * libFuzzer hands us the input (CONTRIBUTING.md has the command). It decides:
 *   how the bytes end    1 byte
 *   PIECES, the pieces   2 bytes each: their lengths
 *   OPS, the script      4 bytes each: what, the delimiter, how many
 *   the bytes            the rest, again and again
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro.h"
#include "coro_sync.h"
#include "stream.h"

enum {
    PIECES = 12,
    OPS = 32,
    PIECE_MOST = 0x7fff * 5, /* two of them are more than a socket holds */
    BLOCK_LEAST = 256,
    TOTAL_MOST = PIECES * PIECE_MOST,
    WHOLE_TURN = 64, /* that often ready tasks run, and the kernel is asked */
};

enum what { READ, EXACTLY, UNTIL, LINE };
enum end { HALF_CLOSE, CLOSE, NEVER, ENDS };

struct op {
    enum what what;
    bool now;       /* by NOW, and not FOREVER */
    bool more;      /* a piece is sent right before it */
    bool turn;      /* and the loop has told of it */
    bool cancelled; /* meanwhile */
    bool rivalled;  /* meanwhile another task reads */
    char delim;
    size_t n;
};

static struct {
    struct stream near, far;
    struct task *reader;
    enum end end;
    size_t pieces[PIECES];
    int sent_pieces;
    bool over;         /* the far end has ended too */
    size_t sent;       /* bytes */
    struct event more; /* set: the reader waits for bytes */
    bool inside;       /* ... in the middle of a call, */
    bool hopeless;     /* ... which nothing will ever satisfy, */
    bool cancel;       /* ... which is to be cancelled, */
    bool rival;        /* ... or disturbed */
    bool was_cancelled;
} world;

static uint8_t content[TOTAL_MOST];
static size_t total, cursor; /* the model */
static char copy[TOTAL_MOST];

#define MUST(holds) ((holds) ? (void)0 : complain(#holds, __LINE__))

static void
complain(const char *what, int line)
{
    (void)fprintf(stderr,
                  "line %d: not so: %s (%zu of %zu bytes read, %zu sent)\n",
                  line, what, cursor, total, world.sent);
    abort();
}

/* --- the far end -----------------------------------------------------------
 */

/* Sends the next piece, or the end. */
static void
send_more(void)
{
    if (world.sent_pieces < PIECES) {
        size_t n = world.pieces[world.sent_pieces++];

        MUST(stream_write(&world.far, content + world.sent, n) == 0);
        world.sent += n;
    } else if (!world.over && world.end != NEVER) {
        world.over = true;
        if (world.end == CLOSE)
            stream_close(&world.far);
        else
            MUST(stream_write_eof(&world.far) == 0);
    }
}

static void
yield_a_turn(void)
{
    for (int i = 0; i < WHOLE_TURN; i++)
        (void)task_yield();
}

/* What happens to a reader that waits, once each. */
static void
disturb(void)
{
    char byte;

    if (world.rival && world.inside)
        MUST(stream_read(&world.near, &byte, 1, NOW) == -EBUSY);
    world.rival = false;
    if (world.inside && (world.cancel || world.hopeless)) {
        task_cancel(world.reader);
        world.was_cancelled = true;
    }
    world.cancel = false;
}

/* The task that sends whenever the reader has too little. */
static int
feed(void *arg)
{
    (void)arg;
    while (event_wait(&world.more, FOREVER) == 0) {
        send_more();
        for (int i = 0; i < WHOLE_TURN; i++) {
            disturb();
            (void)task_yield();
        }
    }
    return 0;
}

/* --- the model --------------------------------------------------------------
 */

/* What the call must return when the first `known` bytes are known, and whether
 * no more will come; -EAGAIN: that depends on what comes. (READ may return
 * less.) */
static ssize_t
expected(const struct op *op, size_t known, bool over)
{
    size_t left = known - cursor;
    size_t some = left < op->n ? left : op->n;
    const uint8_t *end;

    if (op->what == READ)
        return some > 0 || over || op->n == 0 ? (ssize_t)some : -EAGAIN;
    if (op->what == EXACTLY)
        return some == op->n ? (ssize_t)some : over ? CORO_EOF : -EAGAIN;
    end = memchr(content + cursor, op->what == LINE ? '\n' : op->delim, some);
    if (end != NULL)
        return end - (content + cursor) + 1;
    if (some == op->n)
        return CORO_LIMIT;
    if (!over)
        return -EAGAIN;
    return op->what == UNTIL ? CORO_EOF : (ssize_t)left;
}

/* All that was sent is with the kernel, or nearer. */
static bool
has_left(void)
{
    return buffer_length(&world.far.out) == 0;
}

/* --- the near end ------------------------------------------------------------
 */

/* Calls what the op says. *data is what it got, *got how many that are. */
static ssize_t
call(const struct op *op, const char **data, size_t *got)
{
    int64_t by = op->now ? NOW : FOREVER;
    ssize_t n = 0;

    *data = copy;
    *got = 0;
    switch (op->what) {
    case READ:
        n = stream_read(&world.near, copy, op->n, by);
        break;
    case EXACTLY:
        return stream_read_exactly(&world.near, copy, op->n, got, by);
    case UNTIL:
        n = stream_read_until(&world.near, op->delim, data, op->n, by);
        break;
    case LINE:
        n = stream_read_line(&world.near, data, op->n, by);
        break;
    }
    if (n > 0)
        *got = (size_t)n;
    return n;
}

/* Compares with the model: is that what coro.h promises? */
static void
judge(const struct op *op, ssize_t n, const char *data, size_t got)
{
    ssize_t last = expected(op, total, world.end != NEVER);
    ssize_t now = expected(op, world.sent, world.over);

    if (n == -ECANCELED) {
        MUST(world.was_cancelled);
        world.was_cancelled = false;
        task_uncancel();
    } else if (n == -ETIMEDOUT) {
        MUST(op->now);
        MUST(now == -EAGAIN || !has_left());
    } else if (op->what == READ) {
        MUST(n <= last && (n > 0 || last == 0));
    } else {
        MUST(n == last);
    }
    if (op->what == EXACTLY)
        MUST(n == CORO_EOF ? got == total - cursor
             : n < 0       ? got < op->n || op->n == 0
                           : got == op->n);
    MUST(got <= world.sent - cursor);
    MUST(memcmp(data, content + cursor, got) == 0);
    cursor += got;
    if (n >= 0 && (op->what == UNTIL || op->what == LINE))
        MUST(data[got] == '\0');
}

static void
perform(const struct op *op)
{
    const char *data;
    size_t got;
    ssize_t n;

    if (op->more)
        send_more();
    if (op->turn)
        yield_a_turn();
    world.cancel = op->cancelled;
    world.rival = op->rivalled;
    world.hopeless = expected(op, total, world.end != NEVER) == -EAGAIN;
    world.inside = true;
    if (!op->now)
        event_set(&world.more);
    n = call(op, &data, &got);
    world.inside = world.hopeless = false;
    event_clear(&world.more);
    judge(op, n, data, got);
    if (world.was_cancelled) { /* too late for the call, which had its bytes */
        world.was_cancelled = false;
        task_uncancel();
    }
    /* What is lent stays as it is, whatever comes meanwhile. */
    if (op->turn && got > 0) {
        send_more();
        yield_a_turn();
        MUST(memcmp(data, content + cursor - got, got) == 0);
    }
}

/* --- one input ---------------------------------------------------------------
 */

struct input {
    const uint8_t *bytes;
    size_t left;
};

static unsigned
next_byte(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->bytes++;
}

/* Many small numbers, and a few large ones. */
static size_t
next_number(struct input *input)
{
    unsigned number = next_byte(input);

    number |= next_byte(input) << 8;
    return number & 0x8000 ? (size_t)(number & 0x7fff) * 5 : number & 0x3ff;
}

static void
read_script(struct input *input, struct op ops[OPS])
{
    world.end = next_byte(input) % ENDS;
    total = cursor = 0;
    for (int i = 0; i < PIECES; i++)
        total += world.pieces[i] = next_number(input);
    for (int i = 0; i < OPS; i++) {
        unsigned bits = next_byte(input);

        ops[i] = (struct op){.what = bits % 4,
                             .now = bits & 4,
                             .more = bits & 8,
                             .turn = bits & 16,
                             .cancelled = (bits & 96) == 96,
                             .rivalled = bits & 128,
                             .delim = (char)next_byte(input),
                             .n = next_number(input)};
    }
}

/* All bytes: what is left of the input, again and again, each time with another
 * first byte, so that none of these can be taken for another. */
static void
write_content(const struct input *input)
{
    size_t block = input->left > BLOCK_LEAST ? input->left : BLOCK_LEAST;

    for (size_t i = 0; i < block && i < total; i++)
        content[i] =
            input->left == 0 ? (uint8_t)i : input->bytes[i % input->left];
    for (size_t i = block; i < total; i += block) {
        memcpy(content + i, content, total - i < block ? total - i : block);
        content[i] = (uint8_t)(i / block);
    }
}

static int
run(void *arg)
{
    struct op *ops = arg;
    struct task *feeder;
    int ends[2];

    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                    ends) == 0);
    MUST(stream_begin(&world.near, ends[0], "near") == 0);
    MUST(stream_begin(&world.far, ends[1], "far") == 0);
    world.near.borrowed = world.far.borrowed = true;
    world.reader = task_self();
    feeder = task_spawn("feeder", feed, NULL);
    MUST(feeder != NULL);
    for (int i = 0; i < OPS; i++)
        perform(&ops[i]);
    task_cancel(feeder);
    MUST(task_join(feeder, NULL, FOREVER) == 0);
    stream_abort(&world.near);
    stream_abort(&world.far);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    struct op ops[OPS];

    memset(&world, 0, sizeof world);
    read_script(&input, ops);
    write_content(&input);
    MUST(loop_run(run, ops) == 0);
    return 0;
}
