/* switch: to stop in the middle of one function and go on in another.
 *
 * A context is a place where execution stopped: a stack and what the processor
 * would lose. Three kinds, chosen when this is compiled: a few instructions for
 * x86-64 and aarch64, and <ucontext.h> for the rest (or with -DCORO_UCONTEXT),
 * which makes two system calls each time and is 20 to 40 times slower.
 */
#ifndef CORO_SWITCH_H
#define CORO_SWITCH_H

#include <stdbool.h>
#include <stddef.h>

#if !defined CORO_UCONTEXT && !defined __x86_64__ && !defined __aarch64__
#define CORO_UCONTEXT
#endif

#ifdef CORO_UCONTEXT
#include <ucontext.h>
#endif

#ifdef __has_feature /* clang; gcc says it by macros of its own */
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#elif __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CORO_SANITIZED
#endif

struct context {
#ifdef CORO_UCONTEXT
    ucontext_t registers;
#else
    void *top; /* of the stopped stack; the registers lie there */
#endif
#ifdef CORO_SANITIZED /* a sanitizer wants to know which stack is in use */
    const void *low;
    size_t size;
    void *fake, *fiber;
#endif
};

/* Makes a context that starts entry() on the `size` bytes from `low`. entry
 * ends with `return context_leave(...)`. */
void context_make(struct context *c, void *low, size_t size,
                  void *(*entry)(void));

/* Makes `c` stand for the thread's own stack, on which we run. */
void context_root(struct context *c);

/* Stops here, goes on at `to`. Returns when somebody switches to `from`. */
void context_switch(struct context *from, struct context *to);

/* The first thing that entry() does, and the last: what it has to return, to
 * go on at `to` and never come back. */
void context_started(struct context *c);
void *context_leave(struct context *from, struct context *to);

/* After the last use of a context that was made. */
void context_forget(struct context *c);

/* 0, or -ENOTSUP where the processor keeps a second, secret stack of return
 * addresses (x86's shadow stacks), which no switch in user space may leave. */
int context_supported(void);

#endif
