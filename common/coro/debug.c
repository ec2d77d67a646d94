/* debug: see debug.h.
 *
 * SIGSEGV and SIGQUIT may come in the middle of anything, so what is written
 * there uses no stdio: lines are put together by hand and written in one call.
 */
#include "debug.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "stacks.h"
#include "trace.h"

enum {
    LINE_SIZE = 400,
    SLOW_MS = 100, /* asyncio's slow_callback_duration is the same */
    ALTERNATE_BYTES = 16384,
};

static int report_fd = -1; /* where reports go; < 0: they are not wanted */
static int slow_limit_ms = SLOW_MS;
static int64_t began_ms; /* when the running task went on */
static struct sigaction segv_before, quit_before;
static stack_t stack_before;
static _Alignas(16) char alternate[ALTERNATE_BYTES];
static bool installed, quit_caught;

/* --- one line ------------------------------------------------------------ */

struct line {
    size_t used;
    char text[LINE_SIZE];
};

static void
add(struct line *line, const char *text)
{
    size_t n = strlen(text), room = sizeof line->text - 1 - line->used;

    n = n < room ? n : room;
    memcpy(line->text + line->used, text, n);
    line->used += n;
}

static void
add_number(struct line *line, uint64_t number)
{
    char digits[24], *first = digits + sizeof digits - 1;

    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(line, first);
}

/* Where it was spawned, without the folders. */
static const char *
file_of(const struct task *t)
{
    const char *slash = strrchr(t->where, '/');

    return slash != NULL ? slash + 1 : t->where;
}

static void
say(struct line *line, int fd)
{
    int err = errno;

    line->text[line->used++] = '\n';
    (void)!write(fd, line->text, line->used); /* a report lost is no failure */
    errno = err;
}

/* --- all tasks, a line each ---------------------------------------------- */

static void
add_wait(struct line *line, const struct task *t)
{
    const struct task *other;

    for (other = tasks_all(); other != NULL; other = other->younger)
        if (other->joiner == t)
            break;
    add(line, "waits for ");
    if (other == NULL) {
        add(line, t->waits_for);
    } else {
        add(line, "the end of ");
        add(line, other->name);
    }
    if (t->by != FOREVER) {
        int64_t left = t->by - clock_ms();

        add(line, ", ");
        add_number(line, left > 0 ? (uint64_t)left : 0);
        add(line, " ms left");
    }
}

static void
list_task(int fd, const struct task *t)
{
    struct line line = {0};

    add(&line, "  task ");
    add_number(&line, t->number);
    add(&line, " ");
    add(&line, t->name);
    add(&line, t->cancelled ? " (cancelled): " : ": ");
    switch (t->state) {
    case TASK_READY:
        add(&line, "ready");
        break;
    case TASK_RUNNING:
        add(&line, "runs");
        break;
    case TASK_WAITING:
        add_wait(&line, t);
        break;
    case TASK_ENDED:
        add(&line, "ended, nobody joined it");
        break;
    }
    add(&line, "; from ");
    add(&line, file_of(t));
    say(&line, fd);
}

static void
list_tasks(int fd)
{
    for (const struct task *t = tasks_all(); t != NULL; t = t->younger)
        list_task(fd, t);
}

static void
on_quit(int signal_number)
{
    struct line line = {0};

    (void)signal_number;
    add(&line, "tasks:");
    say(&line, report_fd);
    list_tasks(report_fd);
}

/* --- reports ------------------------------------------------------------- */

void
debug_lost(struct task *t)
{
    struct line line = {0};

    if (report_fd < 0 || t->state != TASK_ENDED || t->result >= 0 ||
        t->detached || t->reported || t->result == -ECANCELED)
        return;
    t->reported = true;
    add(&line, "lost: task ");
    add(&line, t->name);
    add(&line, " ended ");
    add(&line, err_text(t->result));
    add(&line, "; nobody joined it");
    say(&line, report_fd);
}

void
debug_leak(const char *what, const char *name, const char *never)
{
    struct line line = {0};

    if (report_fd < 0)
        return;
    add(&line, "leak: ");
    add(&line, what);
    add(&line, " ");
    add(&line, name);
    add(&line, " never ");
    add(&line, never);
    say(&line, report_fd);
}

void
debug_deadlock(void)
{
    struct line line = {0};

    add(&line, "deadlock: every task waits for another one");
    say(&line, STDERR_FILENO);
    list_tasks(STDERR_FILENO);
}

void
debug_goes_on(struct task *t)
{
    began_ms = clock_ms();
    trace_goes_on(t);
}

void
debug_stops(struct task *t)
{
    int64_t held_ms = clock_ms() - began_ms;

    trace_stops(t);
    if (report_fd >= 0 && held_ms > slow_limit_ms) {
        struct line line = {0};

        add(&line, "slow: task ");
        add(&line, t->name);
        add(&line, " held the loop ");
        add_number(&line, (uint64_t)held_ms);
        add(&line, " ms");
        say(&line, report_fd);
    }
}

void
debug_before_sleep(int timeout_ms)
{
    /* Everybody has run, and still nobody has joined it. */
    if (timeout_ms != 0 && report_fd >= 0)
        for (struct task *t = tasks_all(); t != NULL; t = t->younger)
            debug_lost(t);
    trace_sleeps(timeout_ms);
}

/* --- a stack that is too small ------------------------------------------- */

/* Says which task has overflowed its stack, and lets the signal do what it does
 * by default. Any other SIGSEGV is for whoever was there before us. */
static void
on_segv(int signal_number, siginfo_t *info, void *context)
{
    const struct task *t = loop.now;
    struct line line = {0};

    (void)context;
    if (t == NULL || t == &loop.root ||
        !stack_guards(t->stack, info->si_addr)) {
        (void)sigaction(signal_number, &segv_before, NULL);
        return;
    }
    add(&line, "overflow: task ");
    add(&line, t->name);
    add(&line, ", spawned at ");
    add(&line, file_of(t));
    add(&line, ", needs more than its stack of ");
    add_number(&line, stack_bytes());
    add(&line, " bytes");
    say(&line, STDERR_FILENO);
    (void)signal(signal_number, SIG_DFL);
}

void
loop_debug(int fd, int slow_ms)
{
    struct sigaction quit = {.sa_handler = on_quit, .sa_flags = SA_RESTART};

    report_fd = fd;
    slow_limit_ms = slow_ms;
    loop.watched = fd >= 0 || trace_on();
    if (fd >= 0 && !quit_caught)
        quit_caught = sigaction(SIGQUIT, &quit, &quit_before) == 0;
    else if (fd < 0 && quit_caught)
        quit_caught = sigaction(SIGQUIT, &quit_before, NULL) != 0;
}

void
debug_begin(void)
{
    const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction segv = {.sa_sigaction = on_segv,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const char *wish = getenv("CORO_DEBUG");
    long ms = wish != NULL ? strtol(wish, NULL, 10) : 0;

    trace_begin();
    if (ms > 0)
        loop_debug(STDERR_FILENO, ms == 1 ? SLOW_MS : (int)ms);
    loop.watched = report_fd >= 0 || trace_on();
    began_ms = clock_ms();
    installed = sigaltstack(&stack, &stack_before) == 0 &&
                sigaction(SIGSEGV, &segv, &segv_before) == 0;
}

void
debug_end(void)
{
    trace_end();
    if (installed) {
        (void)sigaction(SIGSEGV, &segv_before, NULL);
        (void)sigaltstack(&stack_before, NULL);
        installed = false;
    }
    if (quit_caught)
        quit_caught = sigaction(SIGQUIT, &quit_before, NULL) != 0;
}
