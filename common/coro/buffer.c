/* buffer: see buffer.h. */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 32 };

static void *kept[KEPT_MOST];
static int kept_count;

static void
give_memory(struct buffer *b)
{
    if (b->size == BUFFER_BYTES && kept_count < KEPT_MOST)
        kept[kept_count++] = b->memory;
    else
        free(b->memory);
    *b = (struct buffer){0};
}

/* Memory for `size` bytes and a NUL. */
static char *
take_memory(size_t size)
{
    if (size == BUFFER_BYTES && kept_count > 0)
        return kept[--kept_count];
    return malloc(size + 1);
}

/* Moves the bytes into larger memory. */
static int
enlarge(struct buffer *b, size_t size)
{
    size_t length = buffer_length(b);
    char *memory = take_memory(size);

    if (memory == NULL)
        return -ENOMEM;
    if (length > 0)
        memcpy(memory, buffer_bytes(b), length);
    if (b->memory != NULL)
        give_memory(b);
    *b = (struct buffer){.memory = memory, .size = size, .end = length};
    return 0;
}

int
buffer_make_room(struct buffer *b, size_t most)
{
    size_t length = buffer_length(b), size;

    if (b->memory == NULL)
        return enlarge(b, BUFFER_BYTES);
    if (b->end < b->size)
        return 0;
    if (b->start > 0) {
        memmove(b->memory, buffer_bytes(b), length);
        b->start = 0;
        b->end = length;
        return 0;
    }
    size = b->size * 2 < most ? b->size * 2 : most;
    return enlarge(b, size > length ? size : length + 1);
}

int
buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    size_t length = buffer_length(b), size = BUFFER_BYTES;

    if (length + n > b->size) {
        while (size < length + n)
            size *= 2;
        if (enlarge(b, size) < 0)
            return -ENOMEM;
    } else if (b->size - b->end < n) {
        memmove(b->memory, buffer_bytes(b), length);
        b->start = 0;
        b->end = length;
    }
    memcpy(b->memory + b->end, bytes, n);
    b->end += n;
    return 0;
}

void
buffer_drop(struct buffer *b, size_t n)
{
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void
buffer_rest(struct buffer *b)
{
    if (b->memory != NULL && buffer_length(b) == 0)
        give_memory(b);
}

void
buffer_free(struct buffer *b)
{
    if (b->memory != NULL)
        give_memory(b);
}

void
buffers_end(void)
{
    while (kept_count > 0)
        free(kept[--kept_count]);
}
