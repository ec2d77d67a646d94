/* stacks: memory for the stacks of tasks, with a guard below each.
 *
 * Stacks lie side by side in slabs of address space; the kernel gives a page
 * only where one is touched, so a parked task costs about one page. A stack
 * that was given back is used again, the last one first: its page is still in
 * the cache. A stack is known by its lowest address; all have one size.
 */
#ifndef CORO_STACKS_H
#define CORO_STACKS_H

#include <stdbool.h>
#include <stddef.h>

/* Sets the size, the guard included; which ones there are: loop_stack(). 0,
 * -EINVAL, or -EBUSY when there are stacks already. */
int stacks_size(size_t bytes);

/* A stack, or NULL when out of memory. */
void *stack_take(void);

/* Where its use begins: a multiple of 64. It grows down from there. */
void *stack_top(const void *stack);

/* The usable bytes of every stack, about: its size without the guard. */
size_t stack_bytes(void);

/* Gives a stack back; its contents are lost. */
void stack_give(void *stack);

/* Gives the kernel back what lies below `used` in a stack. */
void stack_trim(void *stack, const void *used);

/* True when `address` lies in the guard below this stack. */
bool stack_guards(const void *stack, const void *address);

/* Gives all memory back. Only when every stack was given back. */
void stacks_end(void);

#endif
