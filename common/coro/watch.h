/* watch: private: one descriptor, registered with epoll once and for all.
 *
 * Edge-triggered: the kernel tells of a change, once, and we remember what it
 * said. So a task tries its call first and parks only when the call would have
 * to wait, and no epoll_ctl() follows the first.
 */
#ifndef CORO_WATCH_H
#define CORO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct task;

struct watch {
    int fd;
    /* False once a call has shown that there is nothing (EAGAIN, or less than
     * was asked for), true again when the kernel tells of something. */
    bool readable, writable;
    /* An end, an error or urgent data waits behind the bytes: less than was
     * asked for does not mean that there is nothing more. */
    bool more;
    struct task *reader, *writer; /* who waits for it */
    /* Called, when not NULL, by the loop as soon as it is so (again). */
    void (*on_readable)(struct watch *w), (*on_writable)(struct watch *w);
};

/* Registers fd: 0, or -errno. The fields are set; fd stays the caller's. */
int watch_open(struct watch *w, int fd);

/* Waits until it is readable (writable): 0; -EBUSY when another task does. */
int watch_wait_readable(struct watch *w, const char *why, int64_t by);
int watch_wait_writable(struct watch *w, const char *why, int64_t by);

/* What epoll_wait said of it. */
void watch_event(struct watch *w, uint32_t events);

#endif
