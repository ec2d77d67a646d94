/* overflow HOW: dies of a wrong access to memory: `deep` of calls that go too
 * deep for the stack of a task, `large` of a variable that is too large for it,
 * `wild` of a pointer that has nothing to do with stacks, `outside` of the same
 * before any loop runs. `most` ends well: it uses most of the stack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coro.h"

enum { FRAME_BYTES = 512, LARGE_BYTES = 1 << 20, MOST_BYTES = 48 * 1024 };

/* Else the compiler may put the variables of all into the frame of one. */
#define APART __attribute__((noinline))

static int *volatile nowhere = (int *)4096; /* nothing is that low */

APART static int
go_deep(int depth)
{
    volatile char frame[FRAME_BYTES];

    frame[depth % FRAME_BYTES] = (char)depth;
    return depth == 0 ? 0 : go_deep(depth - 1) + frame[depth % FRAME_BYTES];
}

APART static int
be_large(size_t n)
{
    volatile char large[LARGE_BYTES];

    for (size_t i = LARGE_BYTES - n; i < LARGE_BYTES; i += FRAME_BYTES)
        large[i] = 1;
    return large[LARGE_BYTES - 1];
}

APART static int
use_most(void *nothing)
{
    volatile char most[MOST_BYTES];

    (void)nothing;
    for (size_t i = 0; i < sizeof most; i += FRAME_BYTES)
        most[i] = (char)i;
    return most[0];
}

static int
misbehave(void *how)
{
    if (strcmp(how, "deep") == 0)
        return go_deep(1 << 20);
    if (strcmp(how, "large") == 0)
        return be_large(LARGE_BYTES);
    if (strcmp(how, "wild") == 0)
        return *nowhere;
    return use_most(NULL);
}

static int
run(void *how)
{
    struct task *t = task_spawn("the hungry one", misbehave, how);
    int result = -EXIT_FAILURE;

    if (t == NULL || task_join(t, &result, FOREVER) < 0)
        return -EXIT_FAILURE;
    (void)printf("ended\n");
    return result;
}

int
main(int argc, char *argv[])
{
    if (argc != 2)
        return EXIT_FAILURE;
    if (strcmp(argv[1], "outside") == 0)
        return *nowhere;
    return loop_run(run, argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
