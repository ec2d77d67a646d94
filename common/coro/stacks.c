/* stacks: see stacks.h.
 *
 * A guard is made by MADV_GUARD_INSTALL (Linux 6.13), which costs no
 * mapping of its own. Older kernels need mprotect(), which splits a mapping in
 * two each time, and a process may have only vm.max_map_count of those (65,530
 * by default): so there the first GUARDS_BY_MPROTECT stacks get a guard, and
 * the others none, which is said once.
 */
#include "stacks.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "switch.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* linux/mman.h of 6.13 */
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else /* valgrind then takes a switch for a very long call, and complains */
#define VALGRIND_STACK_REGISTER(low, high) ((void)(low), (void)(high), 0U)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

enum {
/* What -fstack-clash-protection trusts in: a frame touches its stack at least
 * once in so many bytes. No page is larger on either processor. */
#ifdef __aarch64__
    GUARD_BYTES = 65536,
    LEAST_BYTES = 131072,
#else
    GUARD_BYTES = 4096,
    LEAST_BYTES = 16384,
#endif
#ifdef CORO_SANITIZED
    DEFAULT_BYTES = 262144, /* every frame is several times larger */
#elif defined __aarch64__
    DEFAULT_BYTES = 131072,
#else
    DEFAULT_BYTES = 65536,
#endif
    STACKS_PER_SLAB = 64,
    GUARDS_BY_MPROTECT = 30000,
    /* 64 MiB of pages: of more free stacks, the oldest lose theirs. */
    WARM_STACKS = 16384,
    /* Equal places in pages share a few lines of the processor's cache; so the
     * tops of neighbours differ by a line each. */
    LINE_BYTES = 64,
    COLOURS = 16,
};

struct slab {
    struct slab *next;
    char *memory;
    unsigned valgrind_ids[STACKS_PER_SLAB];
};

static size_t slot_bytes = DEFAULT_BYTES; /* a guard and a stack */
static struct slab *slabs;
static void **free_stacks; /* room for every stack there is */
static size_t free_count, stack_count;
static size_t cold_count; /* of the free ones, the first: without pages */
static enum { UNKNOWN, MADVISE, MPROTECT } guard_kind;
static size_t guards; /* made by mprotect */

int
stacks_size(size_t bytes)
{
    if (bytes < LEAST_BYTES || bytes % GUARD_BYTES != 0)
        return -EINVAL;
    if (slabs != NULL)
        return -EBUSY;
    slot_bytes = bytes;
    return 0;
}

size_t
stack_bytes(void)
{
    return slot_bytes - GUARD_BYTES;
}

void *
stack_top(const void *stack)
{
    uintptr_t low = (uintptr_t)stack;

    return (char *)low + stack_bytes() -
           low / DEFAULT_BYTES % COLOURS * LINE_BYTES;
}

/* An emulator may say 0 to advice that it does not know, and do nothing. So
 * let the kernel try to write there; into a trap, it cannot. */
static bool
traps(char *page)
{
    return uname((struct utsname *)(void *)page) < 0;
}

/* Makes the beginning of a slot a trap. */
static void
guard(char *slot)
{
    if (guard_kind != MPROTECT) {
        if (madvise(slot, GUARD_BYTES, MADV_GUARD_INSTALL) == 0 &&
            (guard_kind == MADVISE || traps(slot))) {
            guard_kind = MADVISE;
            return;
        }
        if (guard_kind == UNKNOWN)
            guard_kind = MPROTECT;
    }
    if (guards < GUARDS_BY_MPROTECT &&
        mprotect(slot, GUARD_BYTES, PROT_NONE) == 0)
        guards++;
    else if (guards <= GUARDS_BY_MPROTECT) {
        (void)fprintf(stderr,
                      "coro: from task %zu on, stacks have no guard page\n",
                      guards + 1);
        guards = GUARDS_BY_MPROTECT + 1;
    }
}

/* Makes STACKS_PER_SLAB more stacks: 0, or -ENOMEM. */
static int
grow(void)
{
    struct slab *slab = malloc(sizeof *slab);
    size_t bytes = STACKS_PER_SLAB * slot_bytes;
    void **room = realloc(free_stacks, (stack_count + STACKS_PER_SLAB) *
                                           sizeof *free_stacks);

    if (room != NULL)
        free_stacks = room;
    if (slab == NULL || room == NULL)
        goto out;
    slab->memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab->memory == MAP_FAILED)
        goto out;
    /* A huge page would make each stack cost 2 MiB. */
    (void)madvise(slab->memory, bytes, MADV_NOHUGEPAGE);
    for (size_t i = STACKS_PER_SLAB; i-- > 0;) {
        char *slot = slab->memory + i * slot_bytes;

        guard(slot);
        slab->valgrind_ids[i] =
            VALGRIND_STACK_REGISTER(slot + GUARD_BYTES, slot + slot_bytes);
        free_stacks[free_count++] = slot + GUARD_BYTES;
    }
    stack_count += STACKS_PER_SLAB;
    cold_count = free_count;
    slab->next = slabs;
    slabs = slab;
    return 0;

out:
    free(slab);
    return -ENOMEM;
}

void *
stack_take(void)
{
    if (free_count == 0 && grow() < 0)
        return NULL;
    free_count--;
    if (cold_count > free_count)
        cold_count = free_count;
    return free_stacks[free_count];
}

void
stack_give(void *stack)
{
    free_stacks[free_count++] = stack;
    if (free_count - cold_count > WARM_STACKS)
        (void)madvise(free_stacks[cold_count++], stack_bytes(), MADV_DONTNEED);
}

void
stack_trim(void *stack, const void *used)
{
    /* 128 bytes below the stack pointer may be in use (x86-64's red zone). */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = ((uintptr_t)used - 128) / page * page;

    if (end > (uintptr_t)stack)
        (void)madvise(stack, end - (uintptr_t)stack, MADV_DONTNEED);
}

bool
stack_guards(const void *stack, const void *address)
{
    uintptr_t low = (uintptr_t)stack, place = (uintptr_t)address;

    return place < low && place >= low - GUARD_BYTES;
}

void
stacks_end(void)
{
    while (slabs != NULL) {
        struct slab *slab = slabs;

        slabs = slab->next;
        for (int i = 0; i < STACKS_PER_SLAB; i++)
            VALGRIND_STACK_DEREGISTER(slab->valgrind_ids[i]);
        (void)munmap(slab->memory, STACKS_PER_SLAB * slot_bytes);
        free(slab);
    }
    free(free_stacks);
    free_stacks = NULL;
    free_count = stack_count = cold_count = guards = 0;
}
