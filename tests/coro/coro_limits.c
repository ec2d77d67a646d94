/* coro_limits: many tasks, many deadlines, small and large stacks. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"

enum {
    MANY = 100000,
    SMALLEST = 16384, /* coro.h, loop_stack() */
    LARGE = 4 << 20,
    LIMIT = 1000,
};

static struct task *tasks[MANY];
static int results[MANY];

/* --- many tasks ----------------------------------------------------------- */

static struct event go;
static int begun;

static int
waits_for_go(void *number)
{
    begun++;
    IS(event_wait(&go, FOREVER), 0);
    return *(int *)number % 1000;
}

INSIDE(limits, a_hundred_thousand_tasks_are_alive_at_once)
{
    static int numbers[MANY];

    for (int i = 0; i < at_most(MANY); i++) {
        numbers[i] = i;
        tasks[i] = start(waits_for_go, &numbers[i]);
    }
    while (begun < at_most(MANY))
        IS(task_yield(), 0);
    event_set(&go);
    IS(task_gather(tasks, (size_t)at_most(MANY), results, FOREVER), 0);
    for (int i = 0; i < at_most(MANY); i++)
        IS(results[i], i % 1000);
}

static int
keeps_many_alive(void *nothing)
{
    (void)nothing;
    for (int i = 0; i < at_most(MANY); i++)
        tasks[i] = start(waits_for_ever, NULL);
    IS(loop_shutdown(FOREVER), 0);
    return task_gather(tasks, (size_t)at_most(MANY), NULL, FOREVER);
}

/* A guard page then costs two mappings, and a process may have 65,530. */
OUTSIDE(limits, a_hundred_thousand_tasks_also_live_on_an_older_kernel)
{
    forced_old_kernel();
    for (int i = 1; i <= 2; i++) {
        IS(loop_run(keeps_many_alive, NULL), -ECANCELED);
        IS(said("on, stacks have no guard page\n"),
           at_most(MANY) == MANY ? i : 0);
    }
}

INSIDE(limits, a_hundred_thousand_tasks_can_be_cancelled_at_once)
{
    for (int i = 0; i < at_most(MANY); i++)
        tasks[i] = start(waits_for_ever, NULL);
    IS(loop_shutdown(FOREVER), 0);
    IS(task_gather(tasks, (size_t)at_most(MANY), NULL, FOREVER), -ECANCELED);
}

INSIDE(limits, a_hundred_thousand_tasks_one_after_the_other_use_one_stack)
{
    int number = 1;
    long before;

    IS(result_of(start(returns_arg, &number)), 1);
    before = forced_mappings();
    for (int i = 0; i < at_most(MANY); i++)
        IS(result_of(start(returns_arg, &number)), 1);
    IS(forced_mappings() - before, 0);
}

static int64_t last_by, begin; /* of the deadlines */
static bool late, out_of_order;

static int
sleeps_in_order(void *number)
{
    int64_t by;

    IS(event_wait(&go, FOREVER), 0);
    by = begin + (int64_t) * (int *)number * 7919 % 500;
    late = late || clock_ms() >= by;
    IS(task_sleep(by), 0);
    out_of_order = out_of_order || by < last_by;
    last_by = by;
    return 0;
}

/* They are in order unless somebody went to sleep too late for it: then they
 * get more time. */
INSIDE(limits, a_hundred_thousand_deadlines_are_kept_in_order)
{
    static int numbers[MANY];

    late = true;
    for (int64_t ms = 500; late; ms *= 2) {
        late = out_of_order = false;
        event_clear(&go);
        for (int i = 0; i < at_most(MANY); i++) {
            numbers[i] = i;
            tasks[i] = start(sleeps_in_order, &numbers[i]);
        }
        until_it_waits(tasks[at_most(MANY) - 1]);
        begin = in_ms(ms);
        last_by = NOW;
        event_set(&go);
        IS(task_gather(tasks, (size_t)at_most(MANY), NULL, FOREVER), 0);
    }
    HOLDS(!out_of_order);
}

INSIDE(limits, deadlines_that_are_not_needed_cost_no_place_among_the_timers)
{
    struct event set = {.set = true}, never = {0};
    struct task *t = start(waits_for_ever, NULL);

    for (int i = 0; i < at_most(MANY); i++)
        IS(event_wait(&set, in_ms(1000 + i)), 0);
    for (int i = 0; i < 100; i++)
        IS(event_wait(&never, in_ms(i % 2)), -ETIMEDOUT);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
}

/* --- stacks --------------------------------------------------------------- */

OUTSIDE(limits, the_size_of_a_stack_is_whole_pages_and_not_too_small)
{
    IS(loop_stack(0), -EINVAL);
    IS(loop_stack(4096), -EINVAL);
    IS(loop_stack(SMALLEST - 4096), -EINVAL);
    IS(loop_stack(SMALLEST + 1), -EINVAL);
    IS(loop_stack(20000), -EINVAL);
    IS(loop_stack(SMALLEST), 0);
    IS(loop_stack(SMALLEST + 4096), 0);
}

static int
changes_the_stack(void *nothing)
{
    (void)nothing;
    return loop_stack(LARGE);
}

OUTSIDE(limits, the_size_of_a_stack_cannot_change_while_a_loop_runs)
{
    IS(loop_run(changes_the_stack, NULL), -EBUSY);
    IS(loop_stack(LARGE), 0);
}

static int
uses_bytes(void *arg)
{
    volatile char bytes[LARGE / 2];

    (void)arg;
    for (size_t i = 0; i < sizeof bytes; i += 1000)
        bytes[i] = (char)i;
    IS(task_yield(), 0);
    for (size_t i = 0; i < sizeof bytes; i += 1000)
        IS(bytes[i], (char)i);
    return 0;
}

static int
two_use_bytes(void *nothing)
{
    struct task *t[2] = {start(uses_bytes, NULL), start(uses_bytes, NULL)};

    (void)nothing;
    return task_gather(t, 2, NULL, FOREVER);
}

OUTSIDE(limits, a_large_stack_has_room_for_large_variables)
{
    IS(loop_stack(LARGE), 0);
    IS(loop_run(two_use_bytes, NULL), 0);
}

static int
says_hello(struct stream *peer, void *arg)
{
    (void)arg;
    return stream_write(peer, "hello\n", 6);
}

static int
uses_everything(void *nothing)
{
    struct server *server;
    struct stream *s;
    struct address at;
    const char *line;
    const char *port;
    void *slot[1], *item;
    struct queue q = {.slots = slot, .capacity = 1};

    (void)nothing;
    IS(address_parse(&at, "127.0.0.1", 0), 0);
    IS(server_start(&server, &at, says_hello, NULL), 0);
    port = strchr(server_address(server), ':') + 1;
    IS(stream_open(&s, "127.0.0.1", port, FOREVER), 0);
    READS(stream_read_line(s, &line, LIMIT, FOREVER), line, "hello\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(stream_open(&s, "two.test", port, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(queue_put(&q, "x", FOREVER), 0);
    IS(queue_get(&q, &item, FOREVER), 0);
    loop_debug(2, 1000);
    (void)raise(SIGQUIT);
    return server_close(server, FOREVER);
}

OUTSIDE(limits, every_call_is_content_with_the_smallest_stack)
{
    IS(loop_stack(SMALLEST), 0);
    IS(loop_run(uses_everything, NULL), 0);
}

INSIDE(limits, spinning_before_sleeping_changes_nothing_but_the_time)
{
    struct ends e;
    char buf[8];
    int64_t by = in_ms(10);

    loop_spin(2000);
    ends_open(&e);
    IS(stream_read(e.s, buf, sizeof buf, by), -ETIMEDOUT);
    HOLDS(clock_ms() >= by);
    FAR_SAYS(&e, "data");
    READS(stream_read(e.s, buf, sizeof buf, FOREVER), buf, "data");
    ends_close(&e);
    loop_spin(0);
}

static int
says_how_it_spins(void *nothing)
{
    (void)nothing;
    return loop.spin_us;
}

OUTSIDE(limits, CORO_SPIN_US_asks_for_it_from_outside)
{
    IS(loop_run(says_how_it_spins, NULL), 0);
    (void)setenv("CORO_SPIN_US", "no", 1);
    IS(loop_run(says_how_it_spins, NULL), 0);
    (void)setenv("CORO_SPIN_US", "50", 1);
    IS(loop_run(says_how_it_spins, NULL), 50);
    (void)setenv("CORO_SPIN_US", "99999999999", 1);
    IS(loop_run(says_how_it_spins, NULL), 1000000);
    loop_spin(0);
}
