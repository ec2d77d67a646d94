/* coro_sync: event, permits and queue: who is served, in which order. */
#include <string.h>

#include "inside.h"

enum { MANY = 100 };

/* --- event ---------------------------------------------------------------- */

static struct event event;

static int
waits_for_event(void *letter)
{
    int err = event_wait(&event, FOREVER);

    note(err == 0 ? *(char *)letter : '-');
    return err;
}

INSIDE(sync, an_event_wakes_all_who_wait_in_the_order_of_their_waiting)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(waits_for_event, &"abc"[i]);
    until_it_waits(t[2]);
    NOTED("");
    event_set(&event);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abc");
    HOLDS(event.waiters.first == NULL && event.waiters.last == NULL);
}

INSIDE(sync, an_event_that_is_set_keeps_nobody_waiting)
{
    event_set(&event);
    event_set(&event);
    HOLDS(event.set);
    IS(event_wait(&event, NOW), 0);
    IS(event_wait(&event, FOREVER), 0);
}

INSIDE(sync, an_event_that_was_cleared_keeps_waiting_again)
{
    event_set(&event);
    event_clear(&event);
    HOLDS(!event.set);
    IS(event_wait(&event, NOW), -ETIMEDOUT);
}

INSIDE(sync, an_event_set_and_cleared_at_once_still_wakes_who_waited)
{
    struct task *t = start(waits_for_event, "a");

    until_it_waits(t);
    event_set(&event);
    event_clear(&event);
    IS(result_of(t), 0);
    NOTED("a");
    IS(event_wait(&event, NOW), -ETIMEDOUT);
}

INSIDE(sync, who_waits_for_an_event_and_is_cancelled_leaves_the_line)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(waits_for_event, &"abc"[i]);
    until_it_waits(t[2]);
    task_cancel(t[1]);
    event_set(&event);
    IS(task_gather(t, 3, NULL, FOREVER), -ECANCELED);
    NOTED("-ac");
}

INSIDE(sync, who_waits_in_a_line_can_leave_it_from_either_end)
{
    struct task *t[4];

    for (int i = 0; i < 4; i++)
        t[i] = start(waits_for_event, &"abcd"[i]);
    until_it_waits(t[3]);
    task_cancel(t[0]);
    task_cancel(t[3]);
    event_set(&event);
    IS(task_gather(t, 4, NULL, FOREVER), -ECANCELED);
    NOTED("--bc");
    HOLDS(event.waiters.first == NULL && event.waiters.last == NULL);
}

/* --- permits -------------------------------------------------------------- */

static struct permits permits;

static int
takes(void *letter)
{
    int err = permit_take(&permits, FOREVER);

    note(err == 0 ? *(char *)letter : '-');
    return err;
}

/* Three tasks that wait for a permit. */
static void
three_wait(struct task *t[3])
{
    for (int i = 0; i < 3; i++)
        t[i] = start(takes, &"abc"[i]);
    until_it_waits(t[2]);
}

INSIDE(sync, permits_are_taken_while_there_are_some)
{
    permits.left = 3;
    for (int i = 0; i < 3; i++)
        IS(permit_take(&permits, NOW), 0);
    IS(permits.left, 0);
    IS(permit_take(&permits, NOW), -ETIMEDOUT);
    permit_give(&permits);
    IS(permits.left, 1);
    IS(permit_take(&permits, NOW), 0);
}

INSIDE(sync, permits_begin_with_none_unless_told_otherwise)
{
    IS(permit_take(&permits, NOW), -ETIMEDOUT);
    permit_give(&permits);
    IS(permit_take(&permits, NOW), 0);
}

INSIDE(sync, permits_go_to_who_waits_longest)
{
    struct task *t[3];

    three_wait(t);
    permit_give(&permits);
    permit_give(&permits);
    IS(permits.left, 0);
    IS(task_yield(), 0);
    NOTED("ab");
    IS(t[2]->state, TASK_WAITING);
    permit_give(&permits);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("abc");
    IS(permits.left, 0);
}

INSIDE(sync, a_permit_that_was_handed_over_cannot_be_snatched_away)
{
    struct task *t[3];

    three_wait(t);
    permit_give(&permits); /* it is a's now, though a has not run yet */
    IS(permit_take(&permits, NOW), -ETIMEDOUT);
    IS(result_of(t[0]), 0);
    t[0] = NULL;
    permit_give(&permits);
    permit_give(&permits);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
}

INSIDE(sync, a_permit_goes_past_who_was_cancelled)
{
    struct task *t[3];

    three_wait(t);
    task_cancel(t[0]);
    task_cancel(t[1]);
    permit_give(&permits);
    IS(result_of(t[0]), -ECANCELED);
    IS(result_of(t[1]), -ECANCELED);
    IS(result_of(t[2]), 0);
    NOTED("--c");
    IS(permits.left, 0);
}

INSIDE(sync, a_permit_given_and_then_a_cancel_goes_to_one_task_only)
{
    struct task *t[3];

    three_wait(t);
    permit_give(&permits);
    task_cancel(t[0]); /* it has the permit already */
    IS(result_of(t[0]), 0);
    t[0] = NULL;
    IS(t[1]->state, TASK_WAITING);
    IS(t[2]->state, TASK_WAITING);
    NOTED("a");
    permit_give(&permits);
    permit_give(&permits);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
}

static int
gives_three_and_takes_one(void *letter)
{
    for (int i = 0; i < 3; i++)
        permit_give(&permits);
    IS(permit_take(&permits, FOREVER), 0);
    note(*(char *)letter);
    return 0;
}

INSIDE(sync, who_waits_is_handed_a_permit_and_what_is_left_is_for_all)
{
    struct task *t[4];

    t[0] = start(takes, "a");
    t[1] = start(gives_three_and_takes_one, "g");
    t[2] = start(takes, "b");
    t[3] = start(takes, "c");
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("gba"); /* a has had the first one, and runs last */
    IS(t[3]->state, TASK_WAITING);
    permit_give(&permits);
    IS(result_of(t[3]), 0);
}

static int
works_under_lock(void *letter)
{
    for (int i = 0; i < 2; i++) {
        IS(permit_take(&permits, FOREVER), 0);
        note(*(char *)letter);
        IS(task_sleep(in_ms(1)), 0);
        note(*(char *)letter);
        permit_give(&permits);
    }
    return 0;
}

INSIDE(sync, one_permit_is_a_lock_and_goes_round)
{
    struct task *t[3];

    permits.left = 1;
    for (int i = 0; i < 3; i++)
        t[i] = start(works_under_lock, &"abc"[i]);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("aabbccaabbcc");
    IS(permits.left, 1);
}

static int
gives_up_soon(void *nothing)
{
    (void)nothing;
    return permit_take(&permits, in_ms(1));
}

INSIDE(sync, who_gives_up_waiting_leaves_its_place_to_the_next)
{
    struct task *first = start(gives_up_soon, NULL);
    struct task *second = start(takes, "b");

    IS(result_of(first), -ETIMEDOUT);
    permit_give(&permits);
    IS(result_of(second), 0);
    IS(permits.left, 0);
}

INSIDE(sync, a_cancelled_task_gets_no_permit_even_if_there_is_one)
{
    permits.left = 1;
    task_cancel(task_self());
    IS(permit_take(&permits, FOREVER), -ECANCELED);
    task_uncancel();
    IS(permits.left, 1);
}

/* --- queue ---------------------------------------------------------------- */

static void *slots[MANY];
static struct queue queue = {.slots = slots, .capacity = 2};

static int
gets(void *letter)
{
    void *item;
    int err = queue_get(&queue, &item, FOREVER);

    (void)letter;
    note(err == 0 ? *(char *)item : '-');
    return err;
}

static int
puts_item(void *letter)
{
    int err = queue_put(&queue, letter, FOREVER);

    note(err == 0 ? '+' : '-');
    return err;
}

/* Expects that the next item is this letter, and is there. */
static void
next_is(char letter)
{
    void *item;

    IS(queue_get(&queue, &item, NOW), 0);
    IS(*(char *)item, letter);
}

INSIDE(sync, a_queue_hands_items_out_in_the_order_they_came)
{
    queue.capacity = 3;
    IS(queue_put(&queue, "a", NOW), 0);
    IS(queue_put(&queue, "c", NOW), 0);
    IS(queue_put(&queue, "b", NOW), 0);
    IS(queue.length, 3);
    next_is('a');
    next_is('c');
    next_is('b');
    IS(queue.length, 0);
}

INSIDE(sync, an_empty_queue_has_nothing_and_a_full_one_no_room)
{
    void *item = "before";

    IS(queue_get(&queue, &item, NOW), -ETIMEDOUT);
    HOLDS(strcmp(item, "before") == 0);
    IS(queue_put(&queue, "a", NOW), 0);
    IS(queue_put(&queue, "b", NOW), 0);
    IS(queue_put(&queue, "c", NOW), -ETIMEDOUT);
    IS(queue.length, 2);
    next_is('a');
    next_is('b');
    IS(queue_get(&queue, &item, NOW), -ETIMEDOUT);
}

INSIDE(sync, a_queue_may_hold_no_pointer_at_all)
{
    void *item = "before";

    IS(queue_put(&queue, NULL, NOW), 0);
    IS(queue_get(&queue, &item, NOW), 0);
    HOLDS(item == NULL);
}

INSIDE(sync, a_queue_goes_round_its_slots_for_ever)
{
    static char letters[] = "abcdefghijklmnopqrstuvwxyz";

    queue.capacity = 7;
    for (int i = 0; i < 26; i++) {
        IS(queue_put(&queue, &letters[i], NOW), 0);
        IS(queue_put(&queue, &letters[(i + 1) % 26], NOW), 0);
        next_is(letters[i]);
        next_is(letters[(i + 1) % 26]);
    }
}

INSIDE(sync, who_gets_waits_for_an_item)
{
    struct task *t = start(gets, NULL);

    until_it_waits(t);
    IS(queue_put(&queue, "x", NOW), 0);
    IS(queue.length, 0); /* it went straight to t */
    IS(result_of(t), 0);
    NOTED("x");
}

INSIDE(sync, who_puts_waits_for_room)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(puts_item, &"abc"[i]);
    until_it_waits(t[2]);
    NOTED("++");
    next_is('a');
    IS(queue.length, 2); /* c has moved in */
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("+++");
    next_is('b');
    next_is('c');
}

INSIDE(sync, items_go_to_those_who_wait_in_the_order_of_their_waiting)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(gets, NULL);
    until_it_waits(t[2]);
    for (int i = 0; i < 3; i++)
        IS(queue_put(&queue, &"xyz"[i], NOW), 0);
    IS(task_gather(t, 3, NULL, FOREVER), 0);
    NOTED("xyz");
}

INSIDE(sync, room_goes_to_those_who_wait_in_the_order_of_their_waiting)
{
    struct task *t[5];

    for (int i = 0; i < 5; i++)
        t[i] = start(puts_item, &"abcde"[i]);
    until_it_waits(t[4]);
    for (int i = 0; i < 5; i++)
        next_is("abcde"[i]);
    IS(task_gather(t, 5, NULL, FOREVER), 0);
}

INSIDE(sync, an_item_goes_past_a_getter_that_was_cancelled)
{
    struct task *t[2] = {start(gets, NULL), start(gets, NULL)};

    until_it_waits(t[1]);
    task_cancel(t[0]);
    IS(queue_put(&queue, "a", NOW), 0);
    IS(result_of(t[0]), -ECANCELED);
    IS(result_of(t[1]), 0);
    NOTED("-a");
}

INSIDE(sync, getters_that_gave_up_are_not_kept_in_the_line)
{
    void *item;

    for (int i = 0; i < MANY; i++)
        IS(queue_get(&queue, &item, in_ms(i % 50 == 0 ? 1 : 0)), -ETIMEDOUT);
    HOLDS(queue.getters.first == NULL && queue.getters.last == NULL);
    IS(queue_put(&queue, "a", NOW), 0);
    next_is('a');
}

INSIDE(sync, putters_that_were_cancelled_leave_no_item_and_no_place)
{
    struct task *t[4];

    for (int i = 0; i < 4; i++)
        t[i] = start(puts_item, &"abXd"[i]);
    until_it_waits(t[3]);
    task_cancel(t[2]);
    IS(result_of(t[2]), -ECANCELED);
    next_is('a');
    next_is('b');
    next_is('d');
    t[2] = NULL;
    IS(task_gather(t, 4, NULL, FOREVER), 0);
    IS(queue.length, 0);
    HOLDS(queue.putters.first == NULL && queue.putters.last == NULL);
}

INSIDE(sync, a_putter_whose_item_was_taken_and_who_is_then_cancelled_has_put_it)
{
    struct task *t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start(puts_item, &"abc"[i]);
    until_it_waits(t[2]);
    next_is('a'); /* c moves in */
    task_cancel(t[2]);
    IS(result_of(t[2]), 0);
    next_is('b');
    next_is('c');
    t[2] = NULL;
    IS(task_gather(t, 3, NULL, FOREVER), 0);
}

static int
puts_many(void *nothing)
{
    (void)nothing;
    for (int i = 0; i < MANY; i++)
        IS(queue_put(&queue, slots + i, FOREVER), 0);
    return 0;
}

INSIDE(sync, a_slow_getter_slows_its_putter_and_loses_nothing)
{
    struct task *t = start(puts_many, NULL);
    void *item;

    for (int i = 0; i < MANY; i++) {
        IS(queue_get(&queue, &item, FOREVER), 0);
        HOLDS(item == slots + i);
        HOLDS(queue.length <= queue.capacity);
        if (i % 10 == 0)
            IS(task_sleep(in_ms(1)), 0);
    }
    IS(result_of(t), 0);
}

INSIDE(sync, a_cancelled_task_leaves_items_and_room_to_others)
{
    void *item;

    IS(queue_put(&queue, "a", NOW), 0);
    task_cancel(task_self());
    IS(queue_get(&queue, &item, NOW), -ECANCELED);
    IS(queue_put(&queue, "b", NOW), -ECANCELED);
    task_uncancel();
    next_is('a');
    IS(queue.length, 0);
}
