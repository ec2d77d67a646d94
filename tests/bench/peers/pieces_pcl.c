/* pieces_pcl: the Portable Coroutine Library, with the smallest scheduler: see
 * piece_rows.h and piece_turns.h. */
#include <pcl.h>
#include <stddef.h>

struct place {
    coroutine_t coroutine;
};

static void place_make(struct place *place, void (*fn)(void), char *stack);

static void
place_switch(struct place *from, struct place *to)
{
    (void)from;
    co_call(to->coroutine);
}

#include "piece_turns.h"

static void
place_begin(void *fn)
{
    (*(void (**)(void))fn)();
}

static void
place_make(struct place *place, void (*fn)(void), char *stack)
{
    static void (*begin)(void);

    begin = fn;
    place->coroutine = co_create(place_begin, &begin, stack, UNIT_STACK_BYTES);
    if (place->coroutine == NULL)
        abort();
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    if (argc != 3 || co_thread_init() != 0)
        return 2;
    root.place.coroutine = co_current();
    return measure_row(argv[1], argv[2]);
}
