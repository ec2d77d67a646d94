/* pieces_ucontext: the C library's swapcontext(), with the smallest scheduler:
 * see piece_rows.h and piece_turns.h. */
#include <ucontext.h>

struct place {
    ucontext_t context;
};

static void place_make(struct place *place, void (*fn)(void), char *stack);

static void
place_switch(struct place *from, struct place *to)
{
    (void)swapcontext(&from->context, &to->context);
}

#include "piece_turns.h"

static void
place_make(struct place *place, void (*fn)(void), char *stack)
{
    (void)getcontext(&place->context);
    place->context.uc_stack.ss_sp = stack;
    place->context.uc_stack.ss_size = UNIT_STACK_BYTES;
    makecontext(&place->context, fn, 0);
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    return argc == 3 ? measure_row(argv[1], argv[2]) : 2;
}
