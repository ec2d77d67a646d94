/* shim: a preloaded library that makes the kernel look difficult.
 *
 * SHIM_SEND_BYTES=N        send and write on a socket take at most N bytes
 * SHIM_RECEIVE_BYTES=N     recv and read on a socket return at most N bytes
 * SHIM_INTERRUPT_EVERY=N   one in N calls of accept, recv, send, read, write,
 * select or epoll_wait fails with EINTR before it has done anything
 *
 * All of it is what POSIX allows at any time. But epoll(7) promises that a
 * stream which gave less than was asked for is empty, and will be told of
 * again: so bytes held back here are reported by the next epoll_wait, as if
 * they had come only now.
 */
#undef _GNU_SOURCE /* it gives accept a type that C cannot define it with */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { WATCHED_MOST = 1024 };

static long send_bytes, receive_bytes, interrupt_every;
static atomic_long calls;
/* By descriptor: what epoll_ctl was told, and whether bytes were held back. */
static struct {
    int epoll;
    epoll_data_t data;
    int held_back;
} watched[WATCHED_MOST];

static long
setting(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void
read_settings(void)
{
    send_bytes = setting("SHIM_SEND_BYTES");
    receive_bytes = setting("SHIM_RECEIVE_BYTES");
    interrupt_every = setting("SHIM_INTERRUPT_EVERY");
}

/* One call in N, but not exactly each N-th: a server that makes N calls a round
 * would then see the same one fail for ever. The numbers of the calls are
 * mixed as in splitmix64, so that a run can be repeated. */
static int
is_interrupted(void)
{
    unsigned long z = (unsigned long)atomic_fetch_add(&calls, 1);

    if (interrupt_every == 0)
        return 0;
    z = (z + 1) * 0x9e3779b97f4a7c15UL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
    z ^= z >> 27;
    if (z % (unsigned long)interrupt_every != 0)
        return 0;
    errno = EINTR;
    return 1;
}

static size_t
at_most(size_t n, long limit)
{
    return limit > 0 && n > (size_t)limit ? (size_t)limit : n;
}

static int
is_socket(int fd)
{
    struct stat status;
    int err = errno;
    int result = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);

    errno = err;
    return result;
}

/* What a call returned that might have returned `wanted` bytes. */
static ssize_t
received(int fd, size_t wanted, ssize_t n)
{
    if (fd < WATCHED_MOST && receive_bytes > 0)
        watched[fd].held_back = n == receive_bytes && (size_t)n < wanted;
    return n;
}

int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (fd >= 0 && fd < WATCHED_MOST) {
        memset(&watched[fd], 0, sizeof watched[fd]);
        if (operation != EPOLL_CTL_DEL && event->events & EPOLLET) {
            watched[fd].epoll = epoll;
            watched[fd].data = event->data;
        }
    }
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

int
epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    int told = 0, n;

    if (is_interrupted())
        return -1;
    for (int fd = 0; fd < WATCHED_MOST && told < most - 1; fd++)
        if (watched[fd].held_back && watched[fd].epoll == epoll) {
            watched[fd].held_back = 0;
            events[told].events = EPOLLIN;
            events[told++].data = watched[fd].data;
        }
    n = (int)syscall(SYS_epoll_pwait, epoll, events + told, most - told,
                     told > 0 ? 0 : timeout, NULL, 8L);
    return n < 0 ? (told > 0 ? told : n) : told + n;
}

ssize_t
send(int fd, const void *bytes, size_t n, int flags)
{
    if (is_interrupted())
        return -1;
    return syscall(SYS_sendto, fd, bytes, at_most(n, send_bytes), flags, NULL,
                   0);
}

ssize_t
recv(int fd, void *bytes, size_t n, int flags)
{
    if (is_interrupted())
        return -1;
    return received(fd, n,
                    syscall(SYS_recvfrom, fd, bytes, at_most(n, receive_bytes),
                            flags, NULL, NULL));
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
    if (is_socket(fd)) {
        if (is_interrupted())
            return -1;
        n = at_most(n, send_bytes);
    }
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t
read(int fd, void *bytes, size_t n)
{
    if (!is_socket(fd))
        return syscall(SYS_read, fd, bytes, n);
    if (is_interrupted())
        return -1;
    return received(fd, n,
                    syscall(SYS_read, fd, bytes, at_most(n, receive_bytes)));
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

int
accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    if (is_interrupted())
        return -1;
    return (int)syscall(SYS_accept4, fd, address, length, flags);
}

int
accept(int fd, struct sockaddr *address, socklen_t *length)
{
    return accept4(fd, address, length, 0);
}

/* The kernel writes the time that is left back, as select(2) on Linux does. */
int
select(int n, fd_set *reading, fd_set *writing, fd_set *failing,
       struct timeval *timeout)
{
    struct timespec time;
    long result;

    if (is_interrupted())
        return -1;
    if (timeout == NULL)
        return (int)syscall(SYS_pselect6, n, reading, writing, failing, NULL,
                            NULL);
    time.tv_sec = timeout->tv_sec;
    time.tv_nsec = timeout->tv_usec * 1000L;
    result = syscall(SYS_pselect6, n, reading, writing, failing, &time, NULL);
    timeout->tv_sec = time.tv_sec;
    timeout->tv_usec = time.tv_nsec / 1000L;
    return (int)result;
}
