/* generator: two functions hand values back and forth by switching stacks. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "die.h"

enum { STACK_BYTES = 65536, VALUES = 20 };

static ucontext_t caller, callee; /* where each of the two has stopped */
static uint64_t value;            /* what one hands to the other */

/* Puts the registers of this place into `from`, and goes on where `to` was
 * stopped. It returns when somebody switches to `from` again. */
static void
switch_to(ucontext_t *from, ucontext_t *to)
{
    if (swapcontext(from, to) < 0)
        die("swapcontext", NULL);
}

/* Inside the generator: hands out a value, and stops here. */
static void
yield(uint64_t number)
{
    value = number;
    switch_to(&callee, &caller);
}

/* Outside: lets the generator go on until its next value. */
static uint64_t
next(void)
{
    switch_to(&caller, &callee);
    return value;
}

/* It never ends, and yet nobody waits for ever: it runs only when it is asked.
 * `a` and `b` stay on its own stack meanwhile. */
static void
fibonacci(void)
{
    uint64_t a = 0, b = 1;

    for (;;) {
        uint64_t sum = a + b;

        yield(a);
        a = b;
        b = sum;
    }
}

int
main(void)
{
    char *stack = malloc(STACK_BYTES);

    if (stack == NULL || getcontext(&callee) < 0)
        die("no stack for the generator", NULL);
    callee.uc_stack.ss_sp = stack;
    callee.uc_stack.ss_size = STACK_BYTES;
    makecontext(&callee, fibonacci, 0); /* the first switch begins there */
    for (int i = 0; i < VALUES; i++)
        (void)printf("%ju\n", (uintmax_t)next());
    free(stack); /* fibonacci will not go on any more */
    return 0;
}
