/* piece_turns: coroutines that take turns, for libraries that only switch and
 * have no scheduler: the smallest one round that. A program defines, before it
 * includes this, struct place (where a coroutine stopped) and
 *
 *     place_make(place, fn, stack)  it will begin with fn() on the stack
 *     place_switch(from, to)        stops here, goes on there
 */
#ifndef BENCH_PIECE_TURNS_H
#define BENCH_PIECE_TURNS_H

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef int unit_result;
#define UNIT_DONE 0
#define UNIT_NO_SLEEP

enum { UNIT_STACK_BYTES = 65536 };

struct unit {
    struct place place;
    int (*fn)(void *);
    void *arg;
    bool ended;
    struct unit *next; /* in the ring of those that take turns, or spare */
    char *stack;
};

static struct unit root = {.next = &root};
static struct unit *running = &root, *last = &root, *spare;

/* Puts one at the end of the ring: the last to have its turn from now on. */
static void
ring_add(struct unit *unit)
{
    unit->next = running;
    last->next = unit;
    last = unit;
}

static void
unit_yield(void)
{
    struct unit *me = running;

    last = me;
    running = me->next;
    if (running != me)
        place_switch(&me->place, &running->place);
}

/* Out of the ring, and on to the next one. */
static void
unit_wait(void)
{
    struct unit *me = running;

    last->next = me->next;
    running = me->next;
    place_switch(&me->place, &running->place);
}

static void
unit_wake(void *unit)
{
    ring_add((struct unit *)unit);
}

static void
unit_begin(void)
{
    (void)running->fn(running->arg);
    running->ended = true;
    unit_wait();
}

static struct unit *
unit_make(void)
{
    struct unit *unit = (struct unit *)calloc(1, sizeof *unit);

    if (unit == NULL)
        abort();
    unit->stack =
        (char *)mmap(NULL, UNIT_STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (unit->stack == MAP_FAILED)
        abort();
    return unit;
}

static void *
unit_spawn(int (*fn)(void *), void *arg)
{
    struct unit *unit = spare != NULL ? spare : unit_make();

    spare = spare != NULL ? spare->next : NULL;
    unit->fn = fn;
    unit->arg = arg;
    unit->ended = false;
    ring_add(unit);
    place_make(&unit->place, unit_begin, unit->stack);
    return unit;
}

static void
unit_join(void *joined)
{
    struct unit *unit = (struct unit *)joined;

    while (!unit->ended)
        unit_yield();
    unit->next = spare;
    spare = unit;
}

#endif
