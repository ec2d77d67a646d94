/* switch: see switch.h. */
#include "switch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

/* --- telling the sanitizers ---------------------------------------------- */

#ifdef CORO_SANITIZED
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#include <sanitizer/common_interface_defs.h>
#endif

/* Before a switch; `from` is NULL when it never goes on. */
static void
announce(struct context *from, struct context *to)
{
#ifdef __SANITIZE_THREAD__
    (void)from;
    __tsan_switch_to_fiber(to->fiber, 0);
#else
    __sanitizer_start_switch_fiber(from ? &from->fake : NULL, to->low,
                                   to->size);
#endif
}

/* After it, on the new stack. */
static void
arrived(struct context *c)
{
#ifdef __SANITIZE_THREAD__
    (void)c;
#else
    __sanitizer_finish_switch_fiber(c->fake, NULL, NULL);
#endif
}

static void
register_stack(struct context *c, const void *low, size_t size)
{
    c->low = low;
    c->size = size;
    c->fake = NULL;
#ifdef __SANITIZE_THREAD__
    c->fiber = __tsan_create_fiber(0);
#endif
}

void
context_forget(struct context *c)
{
#ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(c->fiber);
#else
    (void)c;
#endif
}

void
context_root(struct context *c)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        (void)pthread_attr_getstack(&attributes, &low, &size);
        (void)pthread_attr_destroy(&attributes);
    }
    c->low = low;
    c->size = size;
    c->fake = NULL;
#ifdef __SANITIZE_THREAD__
    c->fiber = __tsan_get_current_fiber();
#endif
}

#else
#define announce(from, to) ((void)(from), (void)(to))
#define arrived(c) ((void)(c))
#define register_stack(c, low, size) ((void)(c), (void)(low), (void)(size))

void
context_forget(struct context *c)
{
    (void)c;
}

void
context_root(struct context *c)
{
    (void)c;
}
#endif

/* --- the switch itself --------------------------------------------------- */

#if defined CORO_UCONTEXT

static void
change_stack(struct context *from, struct context *to)
{
    /* swapcontext() would put back the signal mask of the time when `to`
     * stopped; ours belongs to the thread, and stays. */
    (void)pthread_sigmask(SIG_BLOCK, NULL, &to->registers.uc_sigmask);
    (void)swapcontext(&from->registers, &to->registers);
}

static void
prepare(struct context *c, void *low, size_t size, void *(*entry)(void))
{
    (void)getcontext(&c->registers);
    c->registers.uc_stack.ss_sp = low;
    c->registers.uc_stack.ss_size = size;
    c->registers.uc_link = NULL;
    makecontext(&c->registers, (void (*)(void))entry, 0);
}

#else

/* coro_swap(&from->top, to->top): pushes what a called function must preserve,
 * exchanges the stack pointers, pops the same for the other side. The compiler
 * itself saves the rest round the call, as round any other.
 * coro_first: where a new context begins; what entry() returns is the top of
 * the stack to go on at. The debugger is told that nobody has called coro_first
 * (the return address is undefined), so a backtrace ends here; it looks for a
 * caller just before the place to return to, hence the instruction there.
 * The processor foretells where a `ret` leads: behind the latest call that has
 * not returned. To be wrong costs it 5 to 10 ns. Tasks stop at one place, so
 * the `ret` to another one is foretold right. A new one is reached by a jump,
 * and every call on its stack returns; so when it has ended, the latest call is
 * again that of the task which waited, and none of its returns is a surprise.
 */
void coro_swap(void **save, void *top);
void coro_first(void);

#if defined __x86_64__ /* System V ABI: rbx, rbp, r12 to r15 */
__asm__(".text\n"
        ".globl coro_swap\n"
        ".type coro_swap, @function\n"
        ".p2align 4\n"
        "coro_swap:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n    .cfi_adjust_cfa_offset 8\n"
        "    .cfi_rel_offset rbp, 0\n"
        "    pushq %rbx\n    .cfi_adjust_cfa_offset 8\n"
        "    .cfi_rel_offset rbx, 0\n"
        "    pushq %r12\n    .cfi_adjust_cfa_offset 8\n"
        "    pushq %r13\n    .cfi_adjust_cfa_offset 8\n"
        "    pushq %r14\n    .cfi_adjust_cfa_offset 8\n"
        "    pushq %r15\n    .cfi_adjust_cfa_offset 8\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "1:  popq %r15\n    .cfi_adjust_cfa_offset -8\n"
        "    popq %r14\n    .cfi_adjust_cfa_offset -8\n"
        "    popq %r13\n    .cfi_adjust_cfa_offset -8\n"
        "    popq %r12\n    .cfi_adjust_cfa_offset -8\n"
        "    popq %rbx\n    .cfi_adjust_cfa_offset -8\n"
        "    .cfi_restore rbx\n"
        "    popq %rbp\n    .cfi_adjust_cfa_offset -8\n"
        "    .cfi_restore rbp\n"
        "    leaq 2f(%rip), %rax\n"
        "    cmpq %rax, (%rsp)\n"
        "    je 3f\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size coro_swap, .-coro_swap\n"
        ".globl coro_first\n"
        ".type coro_first, @function\n"
        "coro_first:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined rip\n"
        "3:  popq %rax\n" /* the place to return to: it is the next one */
        "2:  callq *%rbx\n"
        "    movq %rax, %rsp\n"
        "    jmp 1b\n"
        "    .cfi_endproc\n"
        ".size coro_first, .-coro_first\n");

enum { SAVED_WORDS = 7, ENTRY_WORD = 4, RETURN_WORD = 6, BYTES_BEFORE = 1 };

#elif defined __aarch64__ /* AAPCS64: x19 to x30, d8 to d15 */
__asm__(".text\n"
        ".globl coro_swap\n"
        ".type coro_swap, %function\n"
        ".p2align 4\n"
        "coro_swap:\n"
        "    .cfi_startproc\n"
        "    sub sp, sp, #160\n    .cfi_adjust_cfa_offset 160\n"
        "    stp x19, x20, [sp]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    .cfi_rel_offset x29, 80\n    .cfi_rel_offset x30, 88\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "1:  ldp x19, x20, [sp]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n    .cfi_adjust_cfa_offset -160\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size coro_swap, .-coro_swap\n"
        ".globl coro_first\n"
        ".type coro_first, %function\n"
        "coro_first:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined x30\n"
        "    nop\n"
        "    blr x19\n"
        "    mov sp, x0\n"
        "    b 1b\n"
        "    .cfi_endproc\n"
        ".size coro_first, .-coro_first\n");

enum { SAVED_WORDS = 20, ENTRY_WORD = 0, RETURN_WORD = 11, BYTES_BEFORE = 4 };
#endif

static void
change_stack(struct context *from, struct context *to)
{
    coro_swap(&from->top, to->top);
}

/* Lays out what coro_swap will pop: zeros, entry, and coro_first as the place
 * to return to. Both ABIs want the stack at a multiple of 16 there. */
static void
prepare(struct context *c, void *low, size_t size, void *(*entry)(void))
{
    uintptr_t end = ((uintptr_t)low + size) & ~(uintptr_t)15;
    uintptr_t *words = (uintptr_t *)end - SAVED_WORDS;

    for (int i = 0; i < SAVED_WORDS; i++)
        words[i] = 0;
    words[ENTRY_WORD] = (uintptr_t)entry;
    words[RETURN_WORD] = (uintptr_t)coro_first + BYTES_BEFORE;
    c->top = words;
}
#endif

void
context_make(struct context *c, void *low, size_t size, void *(*entry)(void))
{
    register_stack(c, low, size);
    prepare(c, low, size, entry);
}

void
context_switch(struct context *from, struct context *to)
{
    announce(from, to);
    change_stack(from, to);
    arrived(from);
}

void
context_started(struct context *c)
{
    arrived(c);
}

void *
context_leave(struct context *from, struct context *to)
{
#if defined CORO_UCONTEXT || defined CORO_SANITIZED
    announce((struct context *)NULL, to);
    change_stack(from, to);
    abort(); /* nobody switches to a context that was left */
#else
    (void)from;
    return to->top;
#endif
}

int
context_supported(void)
{
#if defined __x86_64__ && !defined CORO_UCONTEXT
    uint64_t shadow = 0;

    /* RDSSPQ leaves its operand alone where there is no shadow stack. */
    __asm__ volatile("rdsspq %0" : "+r"(shadow));
    if (shadow != 0)
        return -ENOTSUP;
#endif
    return 0;
}
