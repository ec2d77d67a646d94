/* coro_generators: values one by one, and how a generator ends. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"

static int
counts(struct gen *g, void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) {
        int err = gen_yield(g, &i, FOREVER);

        if (err < 0)
            return err;
    }
    return 0;
}

/* Expects that the next value is this number. */
static void
next_is(struct gen *g, int number)
{
    const void *item;

    IS(gen_next(g, &item, FOREVER), 1);
    IS(*(const int *)item, number);
}

INSIDE(generators, values_come_one_by_one_and_then_the_end)
{
    int most = 3;
    struct gen g = {.fn = counts, .arg = &most};
    const void *item;

    for (int i = 0; i < 3; i++)
        next_is(&g, i);
    for (int i = 0; i < 3; i++)
        IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
}

INSIDE(generators, a_generator_without_values_is_at_its_end_at_once)
{
    int most = 0;
    struct gen g = {.fn = counts, .arg = &most};
    const void *item;

    IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
}

static int
fibonacci(struct gen *g, void *arg)
{
    int a = 0, b = 1, err = 0;

    (void)arg;
    while (err == 0) {
        int next = a + b;

        err = gen_yield(g, &a, FOREVER);
        a = b;
        b = next;
    }
    return err;
}

INSIDE(generators, an_endless_generator_is_asked_as_often_as_one_likes)
{
    static const int numbers[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34};
    struct gen g = {.fn = fibonacci};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        next_is(&g, numbers[i]);
    gen_close(&g);
}

INSIDE(generators, two_generators_of_one_function_do_not_mix)
{
    struct gen g = {.fn = fibonacci}, h = {.fn = fibonacci};

    next_is(&g, 0);
    next_is(&g, 1);
    next_is(&h, 0);
    next_is(&g, 1);
    next_is(&h, 1);
    next_is(&g, 2);
    gen_close(&g);
    next_is(&h, 1);
    gen_close(&h);
}

static int
notes_each_step(struct gen *g, void *arg)
{
    (void)arg;
    note('1');
    IS(gen_yield(g, "x", FOREVER), 0);
    note('2');
    IS(gen_yield(g, "y", FOREVER), 0);
    note('3');
    return 0;
}

INSIDE(generators, a_generator_works_only_when_it_is_asked)
{
    struct gen g = {.fn = notes_each_step};
    const void *item;

    IS(task_yield(), 0);
    NOTED("");
    IS(gen_next(&g, &item, FOREVER), 1);
    HOLDS(strcmp(item, "x") == 0);
    NOTED("1");
    IS(task_sleep(in_ms(1)), 0);
    NOTED("1");
    IS(gen_next(&g, &item, FOREVER), 1);
    HOLDS(strcmp(item, "y") == 0);
    NOTED("12");
    IS(gen_next(&g, &item, FOREVER), 0);
    NOTED("123");
    gen_close(&g);
}

static int
fails_after_one(struct gen *g, void *arg)
{
    int err = gen_yield(g, arg, FOREVER);

    return err < 0 ? err : -EIO;
}

INSIDE(generators, a_failure_comes_behind_the_values_and_once)
{
    int number = 5;
    struct gen g = {.fn = fails_after_one, .arg = &number};
    const void *item;

    next_is(&g, 5);
    IS(gen_next(&g, &item, FOREVER), -EIO);
    IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
}

INSIDE(generators, what_a_generator_returns_above_0_is_no_failure)
{
    int most = 1;
    struct gen g = {.fn = counts, .arg = &most};
    const void *item;

    next_is(&g, 0);
    IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
}

static int
cleans_up(struct gen *g, void *arg)
{
    int err = gen_yield(g, "value", FOREVER);

    note('c');
    task_uncancel();
    IS(task_sleep(in_ms(1)), 0); /* a clean-up that has to wait */
    note('u');
    (void)arg;
    return err;
}

INSIDE(generators, close_runs_the_clean_up_to_its_end)
{
    struct gen g = {.fn = cleans_up};
    const void *item;

    IS(gen_next(&g, &item, FOREVER), 1);
    NOTED("");
    gen_close(&g);
    NOTED("cu");
}

INSIDE(generators, close_of_one_that_never_began_does_nothing)
{
    struct gen g = {.fn = cleans_up};

    gen_close(&g);
    gen_close(&g);
    NOTED("");
}

INSIDE(generators, a_closed_generator_begins_anew)
{
    int most = 3;
    struct gen g = {.fn = counts, .arg = &most};
    const void *item;

    next_is(&g, 0);
    next_is(&g, 1);
    gen_close(&g);
    next_is(&g, 0);
    next_is(&g, 1);
    next_is(&g, 2);
    IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
    next_is(&g, 0);
    gen_close(&g);
}

static int
sleeps_between(struct gen *g, void *arg)
{
    for (int i = 0; i < 3; i++) {
        int err = event_wait(arg, FOREVER);

        event_clear(arg);
        if (err == 0)
            err = gen_yield(g, &i, FOREVER);
        if (err < 0)
            return err;
    }
    return 0;
}

INSIDE(generators, who_gives_up_asking_gets_the_same_value_later)
{
    struct event e = {0};
    struct gen g = {.fn = sleeps_between, .arg = &e};
    const void *item;

    IS(gen_next(&g, &item, in_ms(1)), -ETIMEDOUT);
    IS(gen_next(&g, &item, NOW), -ETIMEDOUT);
    event_set(&e);
    next_is(&g, 0);
    IS(gen_next(&g, &item, in_ms(1)), -ETIMEDOUT);
    event_set(&e);
    IS(task_sleep(in_ms(1)), 0); /* the value comes while nobody waits */
    next_is(&g, 1);
    event_set(&e);
    next_is(&g, 2);
    IS(gen_next(&g, &item, FOREVER), 0);
    gen_close(&g);
}

static int
asks(void *arg)
{
    const void *item;

    return gen_next(arg, &item, FOREVER);
}

INSIDE(generators, a_cancelled_consumer_leaves_the_generator_alive)
{
    struct event e = {0};
    struct gen g = {.fn = sleeps_between, .arg = &e};
    struct task *t = start(asks, &g);

    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    event_set(&e);
    next_is(&g, 0);
    gen_close(&g);
}

INSIDE(generators, close_works_in_a_cancelled_task_too)
{
    struct gen g = {.fn = cleans_up};
    const void *item;

    IS(gen_next(&g, &item, FOREVER), 1);
    task_cancel(task_self());
    gen_close(&g);
    NOTED("cu");
    IS(task_yield(), -ECANCELED);
    task_uncancel();
}

static int
doubles(struct gen *g, void *arg)
{
    const void *item;
    int err = 0, n;

    while (err == 0 && (err = gen_next(arg, &item, FOREVER)) == 1) {
        n = 2 * *(const int *)item;
        err = gen_yield(g, &n, FOREVER);
    }
    return err;
}

INSIDE(generators, a_generator_may_ask_a_generator)
{
    int most = 4;
    struct gen g = {.fn = counts, .arg = &most};
    struct gen h = {.fn = doubles, .arg = &g};
    const void *item;

    for (int i = 0; i < 4; i++)
        next_is(&h, 2 * i);
    IS(gen_next(&h, &item, FOREVER), 0);
    gen_close(&h);
    gen_close(&g);
}

static int
forgets_a_generator(void *nothing)
{
    static struct gen g = {.fn = fibonacci};

    (void)nothing;
    next_is(&g, 0);
    return 0;
}

INSIDE(generators, a_generator_that_nobody_closes_ends_with_the_loop)
{
    IS(result_of(start(forgets_a_generator, NULL)), 0);
}
