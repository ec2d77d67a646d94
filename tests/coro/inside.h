/* inside: how a test of the runtime is written.
 *
 *     INSIDE(tasks, a_join_hands_over_what_the_task_returned)
 *     {
 *         struct task *t = start(returns_42, NULL);
 *         int result;
 *
 *         IS(task_join(t, &result, FOREVER), 0);
 *         IS(result, 42);
 *     }
 *
 * The body is the first task of a loop, in a process of its own. When the loop
 * has ended it has given back what it took: memory, mappings, descriptors,
 * threads. What the runtime says on stderr is kept, for said().
 *
 * A test that fails sends its verdict and ends its process there and then: the
 * harness would leave the test by a long jump, and nobody may jump off the
 * stack of a task. So check.h is for OUTSIDE() tests, which run no loop or run
 * it themselves.
 */
#ifndef CORO_INSIDE_H
#define CORO_INSIDE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "coro.h"
#include "coro_sync.h"
#include "task.h"

#define INSIDE(theme, sentence) BODY(theme, sentence, run_inside)
#define OUTSIDE(theme, sentence) BODY(theme, sentence, run_outside)

#define BODY(theme, sentence, run)                                             \
    static void body_##theme##_##sentence(void);                               \
    Test(coro_##theme, sentence, .init = inside_begin, .fini = check_end)      \
    {                                                                          \
        run(body_##theme##_##sentence);                                        \
    }                                                                          \
    static void body_##theme##_##sentence(void)

void inside_begin(void);
void run_inside(void (*body)(void));
void run_outside(void (*body)(void));

/* Expects that it holds; that a call's result, or a number, is this one. */
#define HOLDS(expression)                                                      \
    ((expression) ? inside_counts() : inside_fails(#expression, INSIDE_HERE))
#define IS(expression, value)                                                  \
    inside_is((int64_t)(expression), (int64_t)(value), #expression, INSIDE_HERE)
/* Expects that `n` bytes (a call's result) at `bytes` are those of `text`. */
#define READS(call, bytes, text)                                               \
    do {                                                                       \
        int64_t came_ = (int64_t)(call);                                       \
        inside_reads(came_, bytes, text, sizeof(text) - 1, #call,              \
                     INSIDE_HERE);                                             \
    } while (0)
#define INSIDE_HERE __FILE__ ":" CORO_TEXT(__LINE__)

void inside_counts(void);
_Noreturn void inside_fails(const char *what, const char *where);
void inside_is(int64_t is, int64_t value, const char *what, const char *where);
void inside_reads(int64_t n, const void *bytes, const char *text, size_t length,
                  const char *what, const char *where);

/* --- what a process holds ------------------------------------------------- */

struct holdings {
    long memory, mappings;
    int descriptors, threads;
};

struct holdings holdings_now(void);
/* Expects that no more is held than then. */
void expect_given_back(const struct holdings *then);

/* --- tasks ---------------------------------------------------------------- */

/* Spawns a task and expects that it works; joins it and returns its result. */
#define start(fn, arg) inside_start(#fn, fn, arg)
struct task *inside_start(const char *name, task_fn *fn, void *arg);
int result_of(struct task *t);

/* Lets the others run until t waits for something (until it has ended). */
void until_it_waits(const struct task *t);
void until_it_has_ended(const struct task *t);

/* Uses the CPU until `by` has come, without suspending. */
void burn_until(int64_t by);

/* What tasks often do in tests: wait for ever, return at once, note a letter.
 */
int waits_for_ever(void *nothing); /* what its wait ended with */
int returns_arg(void *number);     /* *(int *)number */
int notes_letter(void *letter);    /* 0 */

/* --- words on stderr ------------------------------------------------------ */

/* How often the loop has said `text` so far. */
int said(const char *text);

/* --- the order of things -------------------------------------------------- */

/* Notes a letter; expects that these were noted so far. */
void note(int letter);
#define NOTED(letters) inside_noted(letters, INSIDE_HERE)
void inside_noted(const char *letters, const char *where);

/* The number, or CORO_MANY if that is less: where a tool makes each thing cost
 * much, a test has fewer of them. */
int at_most(int number);

#endif
