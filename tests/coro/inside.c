/* inside: see inside.h. */
#include "inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "excerpt.h"
#include "forced.h"
#include "loop.h"
#include "verdict.h"

enum {
    TEXT_SIZE = 160,
    NOTES_MOST = 4096,
    SAID_SIZE = 65536,
    THREAD_END_MS = 5000, /* for a joined thread to be gone from /proc */
};

static int64_t counted; /* expectations that held */
static int words = -1;  /* what was stderr */
static char notes[NOTES_MOST];
static size_t note_count;

/* --- verdicts ------------------------------------------------------------- */

_Noreturn static void
fails(const char *where, const char *what, const char *expected,
      const char *received)
{
    const char *file = strrchr(where, '/');

    tell("%s", file != NULL ? file + 1 : where);
    send_verdict(&(struct verdict){.word = "failed",
                                   .what = what,
                                   .expected = expected,
                                   .received = received});
    _exit(EXIT_FAILURE);
}

void
inside_counts(void)
{
    counted++;
}

_Noreturn void
inside_fails(const char *what, const char *where)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "this does not hold: %s", what);
    fails(where, text, NULL, NULL);
}

static const char *
in_words(char text[TEXT_SIZE], int64_t value)
{
    if (value < 0 && value > -10000)
        (void)snprintf(text, TEXT_SIZE, "-%s", err_text((int)value));
    else
        (void)snprintf(text, TEXT_SIZE, "%lld", (long long)value);
    return text;
}

void
inside_is(int64_t is, int64_t value, const char *what, const char *where)
{
    char expected[TEXT_SIZE], received[TEXT_SIZE];

    counted++;
    if (is != value)
        fails(where, what, in_words(expected, value), in_words(received, is));
}

void
inside_reads(int64_t n, const void *bytes, const char *text, size_t length,
             const char *what, const char *where)
{
    char expected[TEXT_SIZE], received[TEXT_SIZE];

    inside_is(n, (int64_t)length, what, where);
    if (memcmp(bytes, text, length) == 0)
        return;
    (void)snprintf(expected, sizeof expected, "%s", shown(text, length));
    (void)snprintf(received, sizeof received, "%s", shown(bytes, length));
    fails(where, what, expected, received);
}

/* --- what a process holds ------------------------------------------------- */

static int
entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

struct holdings
holdings_now(void)
{
    return (struct holdings){.memory = forced_memory(),
                             .mappings = forced_mappings(),
                             .descriptors = entries("/proc/self/fd"),
                             .threads = entries("/proc/self/task")};
}

void
expect_given_back(const struct holdings *then)
{
    struct holdings now = holdings_now();
    int64_t begin_ns = now_ns();

    /* pthread_join() returns a moment before the thread is gone from /proc. */
    while (now.threads > then->threads &&
           elapsed_ms(begin_ns) < THREAD_END_MS) {
        pause_ms(1);
        now = holdings_now();
    }
    IS(now.memory - then->memory, 0);
    IS(now.mappings - then->mappings, 0);
    IS(now.descriptors - then->descriptors, 0);
    IS(now.threads - then->threads, 0);
}

/* --- the frame of a test -------------------------------------------------- */

void
inside_begin(void)
{
    char path[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    path[n > 0 ? n : 0] = '\0';
    if (strrchr(path, '/') != NULL)
        (void)strcpy(strrchr(path, '/'), "/subjects");
    (void)setenv("LT_SUBJECTS", path, 0);
    (void)unsetenv("CORO_DEBUG");
    (void)unsetenv("CORO_SPIN_US");
    (void)unsetenv("CORO_TRACE");
    check_begin();
}

/* What is written to stderr from now on can be read again. */
static void
keep_words(void)
{
    int kept = memfd_create("stderr", MFD_CLOEXEC);

    words = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (kept < 0 || words < 0 || dup2(kept, STDERR_FILENO) < 0)
        kit_problem("stderr cannot be kept");
    (void)close(kept);
}

void
run_outside(void (*body)(void))
{
    keep_words();
    body();
    if (counted > 0)
        held();
}

struct body {
    void (*run)(void);
};

static int
first_task(void *arg)
{
    const struct body *body = arg;

    body->run();
    return 0;
}

void
run_inside(void (*run)(void))
{
    struct body body = {run};
    struct holdings before;

    keep_words();
    before = holdings_now();
    IS(loop_run(first_task, &body), 0);
    expect_given_back(&before);
    held();
}

int
said(const char *text)
{
    static char all[SAID_SIZE];
    ssize_t n = pread(STDERR_FILENO, all, sizeof all - 1, 0);
    int count = 0;

    all[n > 0 ? n : 0] = '\0';
    for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

/* --- tasks ---------------------------------------------------------------- */

struct task *
inside_start(const char *name, task_fn *fn, void *arg)
{
    struct task *t = task_spawn(name, fn, arg);

    HOLDS(t != NULL);
    return t;
}

int
result_of(struct task *t)
{
    int result = 0;

    IS(task_join(t, &result, FOREVER), 0);
    return result;
}

void
until_it_waits(const struct task *t)
{
    while (t->state != TASK_WAITING) {
        HOLDS(t->state != TASK_ENDED);
        (void)task_yield();
    }
}

void
until_it_has_ended(const struct task *t)
{
    while (t->state != TASK_ENDED)
        IS(task_sleep(in_ms(1)), 0);
}

void
burn_until(int64_t by)
{
    while (clock_ms() < by)
        continue;
}

int
waits_for_ever(void *nothing)
{
    (void)nothing;
    return task_sleep(FOREVER);
}

int
returns_arg(void *number)
{
    return *(int *)number;
}

/* --- the order of things -------------------------------------------------- */

void
note(int letter)
{
    HOLDS(note_count < NOTES_MOST - 1);
    notes[note_count++] = (char)letter;
}

void
inside_noted(const char *letters, const char *where)
{
    counted++;
    if (strcmp(notes, letters) != 0)
        fails(where, "things happen in another order", letters, notes);
}

int
notes_letter(void *letter)
{
    note(*(char *)letter);
    return 0;
}

int
at_most(int number)
{
    const char *text = getenv("CORO_MANY");
    int most = text != NULL ? atoi(text) : number;

    return most > 0 && most < number ? most : number;
}
