/* pieces_boost_fiber: the parts of Boost.Fiber: see piece_rows.h. */
#include <boost/fiber/all.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <chrono>

using boost::fibers::fiber;

typedef int unit_result;
#define UNIT_DONE 0
#define UNIT_NO_WAKE

/* Stacks that were given back are used again, as elsewhere. */
static boost::fibers::pooled_fixedsize_stack stacks(65536);

static void *
unit_spawn(int (*fn)(void *), void *arg)
{
    return new fiber(std::allocator_arg, stacks, fn, arg);
}

static void
unit_join(void *unit)
{
    static_cast<fiber *>(unit)->join();
    delete static_cast<fiber *>(unit);
}

static void
unit_yield()
{
    boost::this_fiber::yield();
}

static void
unit_sleep(int ms)
{
    boost::this_fiber::sleep_for(std::chrono::milliseconds(ms));
}

#include "piece_rows.h"

int
main(int argc, char *argv[])
{
    return argc == 3 ? measure_row(argv[1], argv[2]) : 2;
}
