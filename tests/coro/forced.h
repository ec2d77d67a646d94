/* forced: stands between the runtime and what it calls (ld's --wrap), counts
 * what is taken and given back, and makes single calls fail. Never armed, it
 * only counts.
 */
#ifndef CORO_FORCED_H
#define CORO_FORCED_H

#include <stdbool.h>

/* Pieces of memory, and mappings, that were not given back. */
long forced_memory(void);
long forced_mappings(void);

/* From now on the n-th call of this thread that takes something (memory, a
 * mapping, a descriptor, a place in epoll, a thread) fails, once. */
void forced_fail(long n);
void forced_stop(void);
/* What has failed since: "malloc", "epoll_ctl", ...; NULL: nothing. */
const char *forced_failed(void);

/* The next call of this kind fails with errno `err`, once. */
enum forced_call {
    FORCED_ACCEPT,
    FORCED_SEND,
    FORCED_RECV,
    FORCED_EPOLL_WAIT,
    FORCED_SHUTDOWN,
    FORCED_SOCKET,
    FORCED_THREAD,
    FORCED_CALLS, /* how many kinds there are */
};
void forced_next(enum forced_call call, int err);
/* True once that has happened. */
bool forced_happened(enum forced_call call);
/* How often it was called so far. */
long forced_count(enum forced_call call);

/* Lookups of names wait until they may go on. "two.test" then has the addresses
 * 127.0.0.2 and 127.0.0.1, "none.test" has none, "later.test" cannot be looked
 * up now; all other names are real. */
void forced_lookups_wait(bool wait);

/* From now on the kernel knows no MADV_GUARD_INSTALL, as before Linux 6.13. */
void forced_old_kernel(void);

#endif
