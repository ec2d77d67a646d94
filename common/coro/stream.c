/* stream: its life: see stream.h. What it reads and writes: stream_read.c and
 * stream_write.c. */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"
#include "loop.h"
#include "trace.h"

static struct stream *streams; /* all that have not been freed */

int
stream_begin(struct stream *s, int fd, const char *peername)
{
    int err;

    memset(s, 0, sizeof *s);
    err = watch_open(&s->watch, fd);
    if (err < 0) {
        (void)close(fd);
        return err;
    }
    (void)strncpy(s->peername, peername, sizeof s->peername - 1);
    s->next = streams;
    if (streams != NULL)
        streams->previous = s;
    streams = s;
    return 0;
}

const char *
stream_peername(const struct stream *s)
{
    return s->peername;
}

void
stream_abort(struct stream *s)
{
    *(s->previous != NULL ? &s->previous->next : &streams) = s->next;
    if (s->next != NULL)
        s->next->previous = s->previous;
    if (buffer_length(&s->out) > 0)
        loop.outside--;
    if (s->watch.fd >= 0) {
        if (loop.watched)
            trace_closed(s->watch.fd);
        (void)close(s->watch.fd);
    }
    buffer_free(&s->in);
    buffer_free(&s->out);
    if (!s->borrowed)
        free(s);
}

void
streams_end(void)
{
    while (streams != NULL) {
        debug_leak("stream to", streams->peername, "wait_closed");
        stream_abort(streams);
    }
    buffers_end();
}
