/* trace: see trace.h. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "loop.h"

enum { EVENT_SIZE = 400, LOOP_TRACK = 1, FIRST_TRACK = 10 };

static int file = -1;
static unsigned long sequence;

bool
trace_on(void)
{
    return file >= 0;
}

static double
clock_in_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static unsigned
track(const struct task *t)
{
    return t == &loop.root ? LOOP_TRACK : FIRST_TRACK + t->number;
}

/* Writes one event; `rest` is what follows the fields that all have. One
 * write() each: if the program is killed, all that has happened is there. */
__attribute__((format(printf, 3, 4))) static void
event(char phase, unsigned on_track, const char *rest, ...)
{
    char line[EVENT_SIZE];
    va_list values;
    int n, more;

    if (file < 0)
        return;
    n = snprintf(line, sizeof line,
                 "{\"ph\":\"%c\",\"ts\":%.3f,\"pid\":1,\"tid\":%u,", phase,
                 clock_in_us(CLOCK_MONOTONIC), on_track);
    va_start(values, rest);
    more = vsnprintf(line + n, sizeof line - (size_t)n, rest, values);
    va_end(values);
    n += more;
    if (n + 2 < (int)sizeof line) { /* a cut line would not be an event */
        (void)memcpy(line + n, ",\n", 3);
        (void)!write(file, line, (size_t)n + 2);
    }
}

/* `text` without what would end a JSON string. */
static const char *
plain(char out[TASK_NAME_SIZE], const char *text)
{
    (void)memccpy(out, text, '\0', TASK_NAME_SIZE);
    for (char *c = out; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\')
            *c = '?';
    return out;
}

void
trace_begin(void)
{
    const char *path = getenv("CORO_TRACE");

    if (path == NULL || *path == '\0')
        return;
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        warn("CORO_TRACE", path);
        return;
    }
    sequence = 0;
    (void)!write(file, "[\n", 2);
    event('M', LOOP_TRACK,
          "\"name\":\"process_name\",\"args\":{\"name\":\"%s\",\"schema\":1,"
          "\"clock\":\"CLOCK_MONOTONIC\",\"wall_us\":%.0f,\"seq\":%lu}}",
          program_invocation_short_name, clock_in_us(CLOCK_REALTIME),
          ++sequence);
    event('M', LOOP_TRACK,
          "\"name\":\"thread_name\",\"args\":{\"name\":\"loop\",\"seq\":%lu}}",
          ++sequence);
}

void
trace_end(void)
{
    if (file >= 0)
        (void)close(file);
    file = -1;
}

void
trace_spawned(const struct task *t)
{
    char name[TASK_NAME_SIZE];

    event('M', track(t),
          "\"name\":\"thread_name\",\"args\":{\"name\":\"%s\",\"seq\":%lu}}",
          plain(name, t->name), ++sequence);
}

void
trace_goes_on(const struct task *t)
{
    char name[TASK_NAME_SIZE];

    if (t != &loop.root)
        event('B', track(t), "\"name\":\"%s\",\"args\":{\"seq\":%lu}}",
              plain(name, t->name), ++sequence);
}

void
trace_stops(const struct task *t)
{
    if (t == &loop.root)
        return;
    if (t->state == TASK_WAITING)
        event('E', track(t), "\"args\":{\"seq\":%lu,\"waits_for\":\"%s\"}}",
              ++sequence, t->waits_for);
    else
        event('E', track(t), "\"args\":{\"seq\":%lu}}", ++sequence);
}

void
trace_ended(const struct task *t)
{
    event('i', track(t),
          "\"s\":\"t\",\"name\":\"ended\",\"args\":{\"seq\":%lu,"
          "\"result\":%d}}",
          ++sequence, t->result);
}

void
trace_sleeps(int timeout_ms)
{
    event('B', LOOP_TRACK,
          "\"name\":\"epoll_wait\",\"args\":{\"seq\":%lu,\"timeout_ms\":%d}}",
          ++sequence, timeout_ms);
}

void
trace_woke(int n)
{
    event('E', LOOP_TRACK, "\"args\":{\"seq\":%lu,\"events\":%d}}", ++sequence,
          n);
}

void
trace_call(const char *name, int fd, ssize_t result)
{
    event('i', track(loop.now),
          "\"s\":\"t\",\"name\":\"%s\",\"args\":{\"seq\":%lu,\"fd\":%d,"
          "\"result\":%zd}}",
          name, ++sequence, fd, result);
}
