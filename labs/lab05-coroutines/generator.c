/* generator: two functions hand values back and forth by switching stacks. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "die.h"

enum { STACK_BYTES = 65536 };

static ucontext_t caller, callee; /* where each of the two has stopped */
static uint64_t number;           /* what the generator hands out */
static int steps;                 /* what it is handed: how far to go */

/* Puts the registers of this place into `from`, and goes on where `to` was
 * stopped. It returns when somebody switches to `from` again. */
static void
switch_to(ucontext_t *from, ucontext_t *to)
{
    if (swapcontext(from, to) < 0)
        die("swapcontext", NULL);
}

/* Inside the generator: hands out a number and stops here; returns, when the
 * generator is asked again, how many steps it shall go. */
static int
yield(uint64_t value)
{
    number = value;
    switch_to(&callee, &caller);
    return steps;
}

/* Outside: lets the generator go on, until it hands out its next number. */
static uint64_t
ask(int how_far)
{
    steps = how_far;
    switch_to(&caller, &callee);
    return number;
}

/* It never ends, and yet nobody waits for ever: it runs only when it is asked.
 * `a` and `b` stay on its own stack meanwhile. */
static void
fibonacci(void)
{
    uint64_t a = 0, b = 1;

    for (;;) {
        for (int left = yield(a); left > 0; left--) {
            uint64_t sum = a + b;

            a = b;
            b = sum;
        }
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
    for (int i = 0; i < 20; i++)
        (void)printf("%ju\n", (uintmax_t)ask(1));
    (void)printf("70 steps further: %ju\n", (uintmax_t)ask(70));
    free(stack); /* fibonacci will not go on any more */
    return 0;
}
