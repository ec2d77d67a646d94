/* stream: private: a connected socket, its two buffers, who waits for it. */
#ifndef CORO_STREAM_H
#define CORO_STREAM_H

#include <stdbool.h>

#include "address.h"
#include "buffer.h"
#include "coro_sync.h"
#include "watch.h"

struct stream {
    struct watch watch; /* first, so that a watch is known to be a stream's */
    struct buffer in;   /* came, and was not asked for yet */
    struct buffer out;  /* goes out when the kernel has room again */
    char *lent_end;     /* where a NUL stands for `covered` ... */
    char covered;       /* ... until the next read */
    bool settled;       /* it has waited for bytes before */
    bool ended;         /* the peer's end has been read */
    bool eof_asked;     /* nothing more may be written; half-close follows */
    bool closing;       /* and the descriptor is to be closed as well */
    bool borrowed;      /* the memory of the struct is somebody else's */
    int read_error;     /* what broke the reading side, or 0 */
    int write_error;    /* and the writing side */
    struct waiters writers; /* who waits for the queue to become short */
    size_t drainers;        /* how many of them only want to go on writing */
    struct stream *next, *previous; /* among all that were not freed */
    char peername[ADDRESS_TEXT_SIZE];
};

/* Makes a stream of the connected, non-blocking socket fd, and owns it from
 * then on; on failure, which it returns, fd is closed. */
int stream_begin(struct stream *s, int fd, const char *peername);

/* Closes at once what is still open, and frees; bytes are lost. */
void stream_abort(struct stream *s);

/* The end of the loop: reports and aborts those that nobody closed. */
void streams_end(void);

#endif
