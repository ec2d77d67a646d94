/* strace: reads what strace -f wrote down, call by call.
 *
 * Wanted are times of day (-ttt, or --absolute-timestamps with nanoseconds),
 * -f or one process, and, where there is a choice, -T and -yy. A call that
 * another thread interrupts stands on two lines, "<unfinished ...>" and
 * "resumed"; here it is one again.
 */
#ifndef PICTURE_STRACE_H
#define PICTURE_STRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALL_NAME_SIZE = 24, NOTHING = -4096 /* less than any errno */ };

enum call_kind {
    CALL,   /* a system call */
    EXITED, /* the process has ended by itself; `result` is its status */
    KILLED, /* by the signal `name` */
    SIGNAL, /* it has got the signal `name` */
};

struct call {
    enum call_kind kind;
    int pid;
    int64_t ts_ns, dur_ns; /* from its beginning; how long, 0 if unknown */
    bool ended;            /* false: the recording ended before it did */
    bool timed;            /* strace -T has measured how long it took */
    char name[CALL_NAME_SIZE];
    int64_t result;             /* NOTHING where strace has "?" */
    char error[CALL_NAME_SIZE]; /* "" or "EAGAIN" */
    char *arguments;            /* owned: what stands between ( and ) */
    char *said;                 /* owned: what stands behind the result */
    uint64_t address;           /* -k: innermost place in the program, or 0 */
    int line;                   /* of the file */
    int times;                  /* more than 1: so many calls became this one */
};

struct calls {
    struct call *list; /* owned */
    size_t count, room;
};

/* Appends the calls of the file at `path`, in the order of their beginnings.
 * `program` (or NULL) is the end of the path of the program's own file: of
 * stacks, only places in there count. 0; or -1, when one line on stderr has
 * said FILE:LINE: REASON. */
int strace_read(struct calls *calls, const char *path, const char *program);

/* The end of the piece of text that begins at `text`: the first of `ends` that
 * is not inside brackets, a string or what -yy adds; or the end of the text. */
const char *piece_end(const char *text, const char *ends);

/* Copies argument `n`, counted from 0, without what -yy adds to descriptors,
 * into `out`; "" when there are fewer. */
void call_argument(const struct call *call, int n, char *out, size_t size);

/* The number at the beginning of an argument, or `otherwise`. */
int64_t call_number(const struct call *call, int n, int64_t otherwise);

/* What -yy says of the descriptor that argument `n` begins with: copies what
 * stands between < and >; "" without. */
void call_descriptor(const struct call *call, int n, char *out, size_t size);

/* The same for a text, such as what stands behind the result. */
void descriptor_in(const char *text, char *out, size_t size);

/* Copies `text` without what -yy adds to descriptors. */
void without_descriptors(const char *text, char *out, size_t size);

void calls_free(struct calls *calls);

#endif
