/* forced: see forced.h. */
#include "forced.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GUARD_INSTALL = 102 }; /* MADV_GUARD_INSTALL in linux/mman.h */

/* `REAL(int, close, (int fd))` declares what --wrap calls __real_close, and its
 * stand-in, __wrap_close. */
#define REAL(type, name, parameters)                                           \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters

REAL(void *, malloc, (size_t size));
REAL(void *, calloc, (size_t n, size_t size));
REAL(void *, realloc, (void *old, size_t size));
REAL(void, free, (void *memory));
REAL(void *, mmap,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset));
/* With 64-bit offsets, which meson asks for, mmap() is called so. */
REAL(void *, mmap64,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset));
REAL(int, munmap, (void *at, size_t size));
REAL(int, madvise, (void *at, size_t size, int advice));
REAL(int, epoll_create1, (int flags));
REAL(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event));
REAL(int, epoll_wait, (int epoll, struct epoll_event *events, int n, int ms));
REAL(int, eventfd, (unsigned start, int flags));
REAL(int, signalfd, (int fd, const sigset_t *set, int flags));
REAL(int, socket, (int family, int type, int protocol));
REAL(int, accept4, (int fd, struct sockaddr *from, socklen_t *n, int flags));
REAL(ssize_t, send, (int fd, const void *bytes, size_t n, int flags));
REAL(ssize_t, recv, (int fd, void *bytes, size_t n, int flags));
REAL(int, shutdown, (int fd, int how));
REAL(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes,
      void *(*run)(void *), void *arg));
REAL(int, getaddrinfo,
     (const char *host, const char *port, const struct addrinfo *hints,
      struct addrinfo **found));

static atomic_long memory, mappings;
static long fail_at, takings;
static const char *failed;
static pthread_t armed; /* pool threads allocate when they like: not counted */

static struct {
    int err;
    bool happened;
    long count;
} next[FORCED_CALLS];

long
forced_memory(void)
{
    return atomic_load(&memory);
}

long
forced_mappings(void)
{
    return atomic_load(&mappings);
}

void
forced_fail(long n)
{
    fail_at = n;
    takings = 0;
    failed = NULL;
    armed = pthread_self();
}

const char *
forced_failed(void)
{
    return failed;
}

void
forced_stop(void)
{
    fail_at = 0;
}

void
forced_next(enum forced_call call, int err)
{
    next[call].err = err;
    next[call].happened = false;
}

bool
forced_happened(enum forced_call call)
{
    return next[call].happened;
}

long
forced_count(enum forced_call call)
{
    return next[call].count;
}

/* True, with errno set, when this call shall fail. */
static bool
fails(const char *name, int err)
{
    if (fail_at == 0 || !pthread_equal(pthread_self(), armed) ||
        ++takings != fail_at)
        return false;
    failed = name;
    errno = err;
    return true;
}

static bool
fails_next(enum forced_call call)
{
    next[call].count++;
    if (next[call].err == 0)
        return false;
    errno = next[call].err;
    next[call].err = 0;
    next[call].happened = true;
    return true;
}

/* --- memory --------------------------------------------------------------- */

static void *
counted(void *piece)
{
    if (piece != NULL)
        (void)atomic_fetch_add(&memory, 1);
    return piece;
}

void *
__wrap_malloc(size_t size)
{
    return fails("malloc", ENOMEM) ? NULL : counted(__real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails("calloc", ENOMEM) ? NULL : counted(__real_calloc(n, size));
}

void *
__wrap_realloc(void *old, size_t size)
{
    void *piece;

    if (fails("realloc", ENOMEM))
        return NULL;
    piece = __real_realloc(old, size);
    return old == NULL ? counted(piece) : piece;
}

void
__wrap_free(void *piece)
{
    if (piece != NULL)
        (void)atomic_fetch_sub(&memory, 1);
    __real_free(piece);
}

void *
__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
            off_t offset)
{
    void *place = fails("mmap", ENOMEM)
                      ? MAP_FAILED
                      : __real_mmap(at, size, protection, flags, fd, offset);

    if (place != MAP_FAILED)
        (void)atomic_fetch_add(&mappings, 1);
    return place;
}

void *
__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd,
              off_t offset)
{
    return __wrap_mmap(at, size, protection, flags, fd, offset);
}

int
__wrap_munmap(void *at, size_t size)
{
    (void)atomic_fetch_sub(&mappings, 1);
    return __real_munmap(at, size);
}

static bool old_kernel;

void
forced_old_kernel(void)
{
    old_kernel = true;
}

int
__wrap_madvise(void *at, size_t size, int advice)
{
    if (old_kernel && advice == GUARD_INSTALL) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(at, size, advice);
}

/* --- descriptors and threads ---------------------------------------------- */

int
__wrap_epoll_create1(int flags)
{
    return fails("epoll_create1", EMFILE) ? -1 : __real_epoll_create1(flags);
}

int
__wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    if (what == EPOLL_CTL_ADD && fails("epoll_ctl", ENOSPC))
        return -1;
    return __real_epoll_ctl(epoll, what, fd, event);
}

int
__wrap_epoll_wait(int epoll, struct epoll_event *events, int n, int ms)
{
    if (fails_next(FORCED_EPOLL_WAIT))
        return -1;
    return __real_epoll_wait(epoll, events, n, ms);
}

int
__wrap_eventfd(unsigned begin, int flags)
{
    return fails("eventfd", EMFILE) ? -1 : __real_eventfd(begin, flags);
}

int
__wrap_signalfd(int fd, const sigset_t *set, int flags)
{
    return fails("signalfd", EMFILE) ? -1 : __real_signalfd(fd, set, flags);
}

int
__wrap_socket(int family, int type, int protocol)
{
    if (fails("socket", EMFILE) || fails_next(FORCED_SOCKET))
        return -1;
    return __real_socket(family, type, protocol);
}

int
__wrap_accept4(int fd, struct sockaddr *from, socklen_t *n, int flags)
{
    if (fails("accept4", EMFILE) || fails_next(FORCED_ACCEPT))
        return -1;
    return __real_accept4(fd, from, n, flags);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*run)(void *), void *arg)
{
    if (fails("pthread_create", EAGAIN) || fails_next(FORCED_THREAD))
        return EAGAIN;
    return __real_pthread_create(thread, attributes, run, arg);
}

/* --- bytes ---------------------------------------------------------------- */

ssize_t
__wrap_send(int fd, const void *bytes, size_t n, int flags)
{
    return fails_next(FORCED_SEND) ? -1 : __real_send(fd, bytes, n, flags);
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t n, int flags)
{
    return fails_next(FORCED_RECV) ? -1 : __real_recv(fd, bytes, n, flags);
}

int
__wrap_shutdown(int fd, int how)
{
    return fails_next(FORCED_SHUTDOWN) ? -1 : __real_shutdown(fd, how);
}

/* --- names ---------------------------------------------------------------- */

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t go;
    bool wait;
} lookups = {.mutex = PTHREAD_MUTEX_INITIALIZER,
             .go = PTHREAD_COND_INITIALIZER};

void
forced_lookups_wait(bool wait)
{
    (void)pthread_mutex_lock(&lookups.mutex);
    lookups.wait = wait;
    (void)pthread_cond_broadcast(&lookups.go);
    (void)pthread_mutex_unlock(&lookups.mutex);
}

/* An address where nobody listens, then one where somebody may. */
static int
look_up_two(const char *port, const struct addrinfo *hints,
            struct addrinfo **found)
{
    int err = __real_getaddrinfo("127.0.0.2", port, hints, found);

    if (err == 0)
        err = __real_getaddrinfo("127.0.0.1", port, hints, &(*found)->ai_next);
    return err;
}

int
__wrap_getaddrinfo(const char *host, const char *port,
                   const struct addrinfo *hints, struct addrinfo **found)
{
    if (hints->ai_flags & AI_NUMERICHOST)
        return __real_getaddrinfo(host, port, hints, found);
    (void)pthread_mutex_lock(&lookups.mutex);
    while (lookups.wait)
        (void)pthread_cond_wait(&lookups.go, &lookups.mutex);
    (void)pthread_mutex_unlock(&lookups.mutex);
    if (strcmp(host, "two.test") == 0)
        return look_up_two(port, hints, found);
    if (strcmp(host, "none.test") == 0)
        return EAI_NONAME;
    if (strcmp(host, "later.test") == 0)
        return EAI_AGAIN;
    return __real_getaddrinfo(host, port, hints, found);
}
