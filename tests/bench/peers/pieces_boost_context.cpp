/* pieces_boost_context: Boost.Context's fcontext, with the smallest scheduler:
 * see piece_rows.h and piece_turns.h. */
#define BOOST_DISABLE_ASSERTS // see count_guarded()
#include <boost/context/detail/fcontext.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstdlib>
#include <new>
#include <sys/utsname.h>

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

static double count_guarded();
#define UNIT_GUARDED count_guarded
#include "piece_rows.h"

/* Its stacks with a guard, until the first whose guard the kernel refused: one
 * may write to its lowest byte. (Boost asserts that this does not happen.) */
static double
count_guarded()
{
    boost::context::protected_fixedsize_stack stacks(UNIT_STACK_BYTES);
    long n = 0;

    try {
        for (; n < GUARDED_MOST; n++) {
            boost::context::stack_context s = stacks.allocate();
            char *low = static_cast<char *>(s.sp) - s.size;

            if (uname(reinterpret_cast<utsname *>(low)) == 0)
                break;
        }
    } catch (const std::bad_alloc &) { // no mapping left for a stack either
    }
    return static_cast<double>(n);
}

int
main(int argc, char *argv[])
{
    return argc == 3 ? measure_row(argv[1], argv[2]) : 2;
}
