/* watch: see watch.h. */
#include "watch.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "loop.h"
#include "trace.h"

int
watch_open(struct watch *w, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI |
                                          EPOLLRDHUP | EPOLLET,
                                .data.ptr = w};

    *w = (struct watch){.fd = fd, .readable = true, .writable = true};
    if (epoll_ctl(loop.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        return -errno;
    if (loop.watched)
        trace_watches(fd);
    return 0;
}

static int
wait_as(struct task **who, int fd, const char *why, int64_t by)
{
    int err;

    if (*who != NULL)
        return -EBUSY;
    *who = loop.now;
    loop.outside++;
    if (loop.watched)
        trace_waits_for(fd);
    err = task_park(why, by);
    if (loop.watched)
        trace_waits_for(-1);
    loop.outside--;
    *who = NULL;
    return err;
}

int
watch_wait_readable(struct watch *w, const char *why, int64_t by)
{
    return wait_as(&w->reader, w->fd, why, by);
}

int
watch_wait_writable(struct watch *w, const char *why, int64_t by)
{
    return wait_as(&w->writer, w->fd, why, by);
}

void
watch_event(struct watch *w, uint32_t events)
{
    if (events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        w->more = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        w->readable = true;
        if (w->reader != NULL)
            task_wake(w->reader, 0);
        if (w->on_readable != NULL)
            w->on_readable(w);
    }
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
        w->writable = true;
        if (w->writer != NULL)
            task_wake(w->writer, 0);
        if (w->on_writable != NULL)
            w->on_writable(w);
    }
}
