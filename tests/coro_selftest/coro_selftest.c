/* coro_selftest: does the runtime work on this processor? It needs no test
 * framework, so it can be built for another machine than this one. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coro.h"
#include "coro_sync.h"
#include "stacks.h"
#include "switch.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_PRINTF(text) 0
#endif

static int passed, failed;

static void
check(const char *sentence, bool holds)
{
    printf("%s - %s\n", holds ? "ok" : "not ok", sentence);
    passed += holds;
    failed += !holds;
}

/* --- switch: registers ---------------------------------------------------- */

/* call_with(before, after, fn): puts before[] into the registers that every
 * function must preserve, calls fn, and writes to after[] what they hold then.
 * MARKED is how many there are. */
#if defined __x86_64__
enum { MARKED = 6 };
__asm__(".text\n"
        ".globl call_with\n"
        "call_with:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n"
        "    pushq %r14\n    pushq %r15\n    pushq %rsi\n"
        "    movq (%rdi), %rbx\n    movq 8(%rdi), %rbp\n"
        "    movq 16(%rdi), %r12\n    movq 24(%rdi), %r13\n"
        "    movq 32(%rdi), %r14\n    movq 40(%rdi), %r15\n"
        "    callq *%rdx\n"
        "    popq %rsi\n"
        "    movq %rbx, (%rsi)\n    movq %rbp, 8(%rsi)\n"
        "    movq %r12, 16(%rsi)\n    movq %r13, 24(%rsi)\n"
        "    movq %r14, 32(%rsi)\n    movq %r15, 40(%rsi)\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n"
        "    popq %rbx\n    popq %rbp\n"
        "    ret\n");
#elif defined __aarch64__
enum { MARKED = 11 + 8 }; /* x19 to x29, d8 to d15 */
#define EACH_PAIR(op, base)                                                    \
    "    " op " x19, x20, [" base "]\n"                                        \
    "    " op " x21, x22, [" base ", #16]\n"                                   \
    "    " op " x23, x24, [" base ", #32]\n"                                   \
    "    " op " x25, x26, [" base ", #48]\n"                                   \
    "    " op " x27, x28, [" base ", #64]\n"                                   \
    "    " op " d8, d9, [" base ", #88]\n"                                     \
    "    " op " d10, d11, [" base ", #104]\n"                                  \
    "    " op " d12, d13, [" base ", #120]\n"                                  \
    "    " op " d14, d15, [" base ", #136]\n"
__asm__(".text\n"
        ".globl call_with\n"
        "call_with:\n"
        "    sub sp, sp, #176\n" EACH_PAIR(
            "stp",
            "sp") "    str x29, [sp, #80]\n    stp x30, x1, [sp, "
                  "#152]\n" EACH_PAIR("ldp",
                                      "x0") "    ldr x29, [x0, #80]\n"
                                            "    blr x2\n"
                                            "    ldr x1, [sp, "
                                            "#160]\n" EACH_PAIR(
                                                "stp",
                                                "x1") "    str x29, [x1, "
                                                      "#80]\n" EACH_PAIR(
                                                          "ldp",
                                                          "sp") "    ldr "
                                                                "x29, [sp, "
                                                                "#80]\n    "
                                                                "ldr x30, "
                                                                "[sp, "
                                                                "#152]\n"
                                                                "    add "
                                                                "sp, sp, "
                                                                "#176\n"
                                                                "    ret\n");
#else
enum { MARKED = 1 };
static void
call_with(const uint64_t before[], uint64_t after[], void (*fn)(void))
{
    fn();
    memcpy(after, before, sizeof after[0]);
}
#endif
#if defined __x86_64__ || defined __aarch64__
void call_with(const uint64_t before[], uint64_t after[], void (*fn)(void));
#endif

enum { ROUNDS = 1000 };

static struct context main_context, other_context;
static int other_rounds;
static bool aligned;

static void
to_other(void)
{
    context_switch(&main_context, &other_context);
}

static void
to_main(void)
{
    context_switch(&other_context, &main_context);
}

/* Switches away with marks of its own in all registers: true if they are still
 * there afterwards. */
static bool
survive(uint64_t mark, void (*away)(void))
{
    uint64_t before[MARKED], after[MARKED] = {0};

    for (uint64_t i = 0; i < MARKED; i++)
        before[i] = mark << 32 | (i + 1) << 16 | 0x5a5a;
    call_with(before, after, away);
    return memcmp(before, after, sizeof before) == 0;
}

static void *
other_begin(void)
{
    context_started(&other_context);
    aligned = (uintptr_t)__builtin_frame_address(0) % 16 == 0;
    for (uint64_t i = 0; i < ROUNDS; i++)
        other_rounds += survive(0xb000 + i, to_main);
    return context_leave(&other_context, &main_context);
}

static void
test_switch(void)
{
    char *low = stack_take();
    int rounds = 0;

    check("the processor is one that can switch", context_supported() == 0);
    context_root(&main_context);
    context_make(&other_context, low, stack_bytes(), other_begin);
    for (uint64_t i = 0; i < ROUNDS; i++)
        rounds += survive(0xa000 + i, to_other);
    to_other(); /* it ends */
    check("registers survive a switch, floating point too",
          rounds == ROUNDS && other_rounds == ROUNDS);
    check("a stack begins aligned", aligned);
    context_forget(&other_context);
    stack_give(low);
    stacks_end();
}

/* --- stacks: deaths, each in a process of its own --------------------------
 */

static void
die_below_the_stack(void)
{
    volatile char *low = stack_take();

    low[0] = 1; /* the last byte that is ours */
    (void)!write(STDOUT_FILENO, "alive\n", 6);
    low[-1] = 1;
}

/* Needs as much stack as it is told to; volatile, so that the compiler does not
 * make a loop of it. */
static int
go_deep(void *arg) /* NOLINT(misc-no-recursion) */
{
    const int *pages = arg;
    volatile char page[4096] = {0};
    int less = *pages - 1;

    page[less % 4096] = 1;
    return page[0] + (less > 0 ? go_deep(&less) : 0);
}

static void
die_of_an_overflow(void)
{
    int pages = 1000;

    (void)loop_run(go_deep, &pages);
}

/* True if SIGSEGV ends fn, having written `says` first. */
static bool
dies(void (*fn)(void), const char *says)
{
    const struct rlimit none = {0};
    char text[4096];
    size_t length = 0;
    ssize_t n;
    int ends[2], status = 0;
    pid_t pid;

    if (pipe(ends) < 0)
        return false;
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGSEGV, SIG_DFL); /* no sanitizer need report it */
        (void)VALGRIND_PRINTF("dies on purpose\n");
        fn();
        _exit(EXIT_SUCCESS); /* which is wrong */
    }
    (void)close(ends[1]);
    while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    text[length] = '\0';
    (void)close(ends[0]);
    if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
        WTERMSIG(status) == SIGSEGV && strstr(text, says) != NULL)
        return true;
    printf("    wait status %#x, it said: %s\n", (unsigned)status, text);
    return false;
}

static void
test_stacks(void)
{
    check("the page below a stack traps", dies(die_below_the_stack, "alive\n"));
    check("an overflow dies with its task's name",
          dies(die_of_an_overflow, "overflow: task main, spawned at "));
}

/* --- cancel --------------------------------------------------------------- */

static int
sleep_for_ever(void *arg)
{
    int *codes = arg;

    codes[0] = task_sleep(FOREVER);
    codes[1] = task_sleep(FOREVER);
    task_uncancel();
    codes[2] = task_sleep(in_ms(1));
    return -ENOTTY;
}

static int
test_cancel(void *arg)
{
    int codes[3] = {1, 1, 1}, result = 0;
    struct task *t = task_spawn("sleeper", sleep_for_ever, codes);

    (void)arg;
    if (t == NULL || task_yield() < 0)
        return -ENOMEM;
    check("a join ends in time", task_join(t, NULL, in_ms(1)) == -ETIMEDOUT);
    task_cancel(t);
    check("a cancelled task can be joined",
          task_join(t, &result, FOREVER) == 0 && result == -ENOTTY);
    check("a cancellation comes again and again",
          codes[0] == -ECANCELED && codes[1] == -ECANCELED);
    check("until task_uncancel()", codes[2] == 0);
    return 0;
}

/* --- timers --------------------------------------------------------------- */

enum { SLEEPERS = 100 };

static int64_t alarms[SLEEPERS], last_alarm;
static bool in_order, too_early;

static int
sleep_until(void *arg)
{
    const int64_t *by = arg;
    int err = task_sleep(*by);

    too_early = too_early || in_ms(0) <= *by;
    in_order = in_order && *by >= last_alarm;
    last_alarm = *by;
    return err;
}

/* Lets all of them sleep, the first one for lead_ms: -EAGAIN if that was over
 * before the last one slept. */
static int
sleep_all(int64_t lead_ms)
{
    struct task *tasks[SLEEPERS];
    int64_t first = in_ms(lead_ms);
    int late;

    last_alarm = 0;
    in_order = true;
    for (int i = 0; i < SLEEPERS; i++) {
        alarms[i] = first + i * 37 % SLEEPERS / 4;
        tasks[i] = task_spawn("sleeper", sleep_until, &alarms[i]);
    }
    late = task_yield() < 0 || in_ms(0) > first ? -EAGAIN : 0;
    return task_gather(tasks, SLEEPERS, NULL, FOREVER) < 0 ? -EINVAL : late;
}

static int
test_timers(void *arg)
{
    int err = -EAGAIN;

    (void)arg;
    for (int64_t lead_ms = 10; err == -EAGAIN && lead_ms < 20000; lead_ms *= 8)
        err = sleep_all(lead_ms);
    check("all who sleep wake up", err == 0);
    check("in the order of their times", in_order);
    check("and none too early", !too_early);
    return 0;
}

/* --- generators ------------------------------------------------------------
 */

static int
fibonacci(struct gen *g, void *arg)
{
    uint64_t pair[2] = {0, 1};
    int err = 0;

    while (err == 0) {
        uint64_t next = pair[0] + pair[1];

        err = gen_yield(g, &pair[0], FOREVER);
        pair[0] = pair[1];
        pair[1] = next;
    }
    *(bool *)arg = true; /* it could clean up */
    return err;
}

static int
test_generator(void *arg)
{
    bool cleaned = false;
    struct gen g = {.fn = fibonacci, .arg = &cleaned};
    const void *item = NULL;
    int err = 1;

    (void)arg;
    for (int i = 0; i <= 90 && err == 1; i++)
        err = gen_next(&g, &item, FOREVER);
    check("an endless generator hands out Fibonacci's numbers",
          err == 1 && *(const uint64_t *)item == UINT64_C(2880067194370816120));
    gen_close(&g);
    check("gen_close() lets it clean up", cleaned);
    return 0;
}

/* --- echo, and a thread ----------------------------------------------------
 */

enum { BIG_BYTES = 300000 }; /* more than a socket takes at once */

static int
echo(struct stream *peer, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(peer, &line, BIG_BYTES, FOREVER)) > 0) {
        int err = stream_write(peer, line, (size_t)n);

        if (err == 0)
            err = stream_drain(peer, FOREVER);
        if (err < 0)
            return err;
    }
    return (int)n;
}

/* Sends one line, and reads it back: true if it is the same. */
static bool
echoes(struct stream *s, const char *line, size_t length, char *back)
{
    return stream_write(s, line, length) == 0 &&
           stream_read_exactly(s, back, length, NULL, in_ms(20000)) ==
               (ssize_t)length &&
           memcmp(line, back, length) == 0;
}

static int
talk(void *arg)
{
    static char line[BIG_BYTES], back[BIG_BYTES];
    struct stream *s;
    int err = stream_open(&s, "127.0.0.1", arg, in_ms(5000));
    char ignored;

    check("a client connects", err == 0);
    if (err < 0)
        return err;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    check("a line comes back", echoes(s, "hello\n", 6, back));
    check("a long one too", echoes(s, line, sizeof line, back));
    check("nothing came: it is too late",
          stream_read(s, &ignored, 1, in_ms(5)) == -ETIMEDOUT);
    check("after the end comes the end",
          stream_write_eof(s) == 0 &&
              stream_read(s, &ignored, 1, in_ms(5000)) == 0);
    return stream_wait_closed(s, in_ms(5000));
}

static int
test_echo(void *arg)
{
    struct address address;
    struct server *server;
    struct task *t;
    int result = -1;

    (void)arg;
    if (address_parse(&address, "127.0.0.1", 0) < 0 ||
        server_start(&server, &address, echo, NULL) < 0) {
        check("a server starts", false);
        return 0;
    }
    t = task_spawn("client", talk, strchr(server_address(server), ':') + 1);
    check("and closes without loss",
          t != NULL && task_join(t, &result, FOREVER) == 0 && result == 0);
    check("no client is left to cancel",
          server_close(server, in_ms(5000)) == 0);
    return 0;
}

enum { JOBS = 20, STEPS = 1000 };

static int
count_up(void *arg)
{
    int *count = arg;

    for (int i = 0; i < STEPS; i++)
        ++*count;
    return 7;
}

static int
offload_one(void *arg)
{
    int result = 0;
    int err = offload(count_up, arg, NULL, &result, FOREVER);

    return err < 0 ? err : result;
}

/* A job that nobody waits for any more: it ends when it may. */
static int
wait_for_byte(void *arg)
{
    char byte;

    return (int)read(((int *)arg)[0], &byte, 1);
}

static void
dispose_of_pipe(void *arg)
{
    int *ends = arg;

    (void)close(ends[0]);
    (void)close(ends[1]);
    ends[0] = -1;
}

static int
test_offload(void *arg)
{
    static int ends[2];
    struct task *tasks[JOBS];
    int counts[JOBS] = {0}, sum = 0, results[JOBS], right = 0;

    (void)arg;
    for (int i = 0; i < JOBS; i++)
        tasks[i] = task_spawn("offloader", offload_one, &counts[i]);
    if (task_gather(tasks, JOBS, results, FOREVER) < 0 || pipe(ends) < 0)
        return -EINVAL;
    for (int i = 0; i < JOBS; i++) {
        sum += counts[i];
        right += results[i] == 7;
    }
    check("jobs in threads hand back their results",
          sum == JOBS * STEPS && right == JOBS);
    check("who waits for a job can give up",
          offload(wait_for_byte, ends, dispose_of_pipe, NULL, in_ms(5)) ==
              -ETIMEDOUT);
    (void)!write(ends[1], "x", 1);
    while (ends[0] >= 0)
        if (task_sleep(in_ms(1)) < 0)
            return -EINVAL;
    check("and what it worked on is disposed of at its end", true);
    return 0;
}

/* --- all of it -------------------------------------------------------------
 */

int
main(void)
{
    static const struct {
        const char *name;
        task_fn *fn;
    } parts[] = {{"cancel", test_cancel},
                 {"timers", test_timers},
                 {"generator", test_generator},
                 {"echo", test_echo},
                 {"offload", test_offload}};

    test_switch();
    test_stacks();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int result = loop_run(parts[i].fn, NULL);

        if (result != 0)
            printf("    %s: %s\n", parts[i].name, err_text(result));
        check("the loop ends well", result == 0);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
