/* signals: they wait in the kernel until a task asks: signal_wait() of coro.h.
 *
 * A blocked signal interrupts nobody; a signalfd, which epoll can watch like
 * any descriptor, tells that one is there.
 */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "loop.h"
#include "watch.h"

int
signal_wait(const sigset_t *set, int64_t by)
{
    struct signalfd_siginfo info;
    struct watch watch;
    int fd, err;

    if (loop.now->cancelled)
        return -ECANCELED;
    err = -pthread_sigmask(SIG_BLOCK, set, NULL);
    if (err < 0)
        return err;
    fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    err = watch_open(&watch, fd);
    while (err == 0) {
        if (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
            err = (int)info.ssi_signo;
        else if (errno != EINTR)
            err = errno == EAGAIN ? watch_wait_readable(&watch, "a signal", by)
                                  : -errno;
    }
    (void)close(fd);
    return err;
}
