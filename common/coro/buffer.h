/* buffer: private: bytes that came in at one end and leave at the other.
 *
 * A buffer holds memory only while it holds bytes. Pieces of BUFFER_BYTES are
 * kept for the next one who needs one, the last one first: so ten thousand
 * connections that speak in turn share one piece, which stays in the cache.
 */
#ifndef CORO_BUFFER_H
#define CORO_BUFFER_H

#include <stddef.h>

enum { BUFFER_BYTES = 65536 };

struct buffer { /* all zero: empty */
    char *memory;
    size_t size;       /* of the memory, but for one byte kept for a NUL */
    size_t start, end; /* the bytes in it */
};

static inline size_t
buffer_length(const struct buffer *b)
{
    return b->end - b->start;
}

static inline char *
buffer_bytes(const struct buffer *b)
{
    return b->memory + b->start;
}

/* Makes room behind the bytes, for one more at least, when `most` are allowed
 * in all. 0, or -ENOMEM: then nothing has changed. */
int buffer_make_room(struct buffer *b, size_t most);

/* Adds n bytes: 0, or -ENOMEM: then nothing has changed. */
int buffer_add(struct buffer *b, const void *bytes, size_t n);

/* Drops the first n bytes. */
void buffer_drop(struct buffer *b, size_t n);

/* Gives the memory back if there are no bytes in it. */
void buffer_rest(struct buffer *b);

/* Drops all. */
void buffer_free(struct buffer *b);

/* Frees the pieces that were kept. */
void buffers_end(void);

#endif
