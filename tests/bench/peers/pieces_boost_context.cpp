/* pieces_boost_context: Boost.Context's fcontext, with the smallest scheduler:
 * see piece_rows.h and piece_turns.h. */
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>

namespace context = boost::context::detail;

/* What jump_fcontext() returns is where the one stopped that switched to us; so
 * each notes that for the other. */
struct place {
    context::fcontext_t stopped;
};

static inline void
arrive(context::transfer_t from)
{
    static_cast<place *>(from.data)->stopped = from.fctx;
}

static inline void
place_switch(struct place *from, struct place *to)
{
    arrive(context::jump_fcontext(to->stopped, from));
}

static void place_make(struct place *place, void (*fn)(), char *stack);

#include "piece_turns.h"

static void
begin(context::transfer_t from)
{
    arrive(from);
    unit_begin();
}

static void
place_make(struct place *place, void (*)(), char *stack)
{
    place->stopped = context::make_fcontext(stack + UNIT_STACK_BYTES,
                                            UNIT_STACK_BYTES, begin);
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    return argc == 3 ? measure_row(argv[1], argv[2]) : 2;
}
