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

#include "address.h"
#include "callers.h"
#include "die.h"
#include "loop.h"

enum {
    EVENT_SIZE = 1000,
    LOOP_TRACK = 1,
    FIRST_TRACK = 10,
    DATA_BYTES = 64,    /* of what was read or written, as in C */
    DESCRIPTORS = 1024, /* that are looked up; others have no connection */
};

static int file = -1;
static unsigned long sequence;
static double call_began_us; /* 0: unknown */
static int waiting_for = -1; /* the descriptor that a task stops for */
static unsigned connection_of[DESCRIPTORS], connections;

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

/* Writes one event of the time `at`; `rest` is what follows the fields that all
 * have. One write() each: if the program is killed, all that has happened is
 * there. */
__attribute__((format(printf, 4, 5))) static void
event_at(double at, char phase, unsigned on_track, const char *rest, ...)
{
    char line[EVENT_SIZE];
    va_list values;
    int n, more;

    if (file < 0)
        return;
    n = snprintf(line, sizeof line,
                 "{\"ph\":\"%c\",\"ts\":%.3f,\"pid\":1,\"tid\":%u,"
                 "\"seq\":%lu,",
                 phase, at, on_track, sequence + 1);
    va_start(values, rest);
    more = vsnprintf(line + n, sizeof line - (size_t)n, rest, values);
    va_end(values);
    n += more;
    if (n + 2 < (int)sizeof line) { /* a cut line would not be an event */
        (void)memcpy(line + n, ",\n", 3);
        (void)!write(file, line, (size_t)n + 2);
        sequence++;
    }
}

/* The same, of now. */
#define event(...) event_at(clock_in_us(CLOCK_MONOTONIC), __VA_ARGS__)

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

/* ,"conn":N for a descriptor of a connection; "" for others. */
static const char *
of_connection(int fd)
{
    static char text[32];

    if (fd < 0 || fd >= DESCRIPTORS || connection_of[fd] == 0)
        return "";
    (void)snprintf(text, sizeof text, ",\"conn\":%u", connection_of[fd]);
    return text;
}

/* ,"peer":"ADDRESS:PORT" of a connection. */
static const char *
of_peer(int fd)
{
    static char text[ADDRESS_TEXT_SIZE + 16];
    struct address peer;
    char address[ADDRESS_TEXT_SIZE];

    if (address_peer(&peer, fd) < 0)
        return "";
    (void)snprintf(text, sizeof text, ",\"peer\":\"%s\"",
                   address_text(address, &peer));
    return text;
}

/* ,"data":"..." : the first bytes as in C, and that as a JSON string. */
static void
as_in_c(char *out, const char *bytes, size_t n)
{
    out = stpcpy(out, ",\"data\":\"");
    for (size_t i = 0; i < n && i < DATA_BYTES; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '\n' || c == '\r' || c == '\t')
            out += sprintf(out, "\\\\%c",
                           c == '\n'   ? 'n'
                           : c == '\r' ? 'r'
                                       : 't');
        else if (c == '"' || c == '\\')
            out += sprintf(out, "\\\\\\%c", c);
        else if (c < ' ' || c > '~')
            out += sprintf(out, "\\\\x%02x", c);
        else
            *out++ = (char)c;
    }
    (void)strcpy(out, "\"");
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
    connections = 0;
    waiting_for = -1;
    callers_begin();
    memset(connection_of, 0, sizeof connection_of);
    (void)!write(file, "[\n", 2);
    event('M', LOOP_TRACK,
          "\"name\":\"process_name\",\"args\":{\"name\":\"%s\",\"schema\":1,"
          "\"clock\":\"CLOCK_MONOTONIC\",\"wall_us\":%.0f}}",
          program_invocation_short_name, clock_in_us(CLOCK_REALTIME));
    event('M', LOOP_TRACK,
          "\"name\":\"thread_name\",\"args\":{\"name\":\"loop\"}}");
    trace_goes_on(&loop.root);
}

void
trace_end(void)
{
    if (file < 0)
        return;
    trace_stops(&loop.root);
    (void)close(file);
    file = -1;
}

/* --- tasks --------------------------------------------------------------- */

void
trace_spawned(const struct task *t)
{
    char name[TASK_NAME_SIZE];

    event('M', track(t), "\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}",
          plain(name, t->name));
}

void
trace_ready(const struct task *t, size_t queue)
{
    event('i', track(t),
          "\"s\":\"t\",\"name\":\"ready\",\"args\":{\"queue\":%zu}}", queue);
}

void
trace_goes_on(const struct task *t)
{
    char name[TASK_NAME_SIZE];

    event('B', track(t), "\"name\":\"%s\"}", plain(name, t->name));
}

void
trace_waits_for(int fd)
{
    waiting_for = fd;
}

void
trace_stops(const struct task *t)
{
    char until[32] = "", what[64] = "";

    if (t->state == TASK_READY)
        event('E', track(t), "\"args\":{\"stack\":\"%s\"}}", callers_text());
    else if (t->state != TASK_WAITING)
        event('E', track(t), "\"args\":{}}");
    if (t->state != TASK_WAITING)
        return;
    if (t->by != FOREVER)
        (void)snprintf(until, sizeof until, ",\"by_ms\":%lld",
                       (long long)(t->by - clock_ms()));
    if (waiting_for >= 0)
        (void)snprintf(what, sizeof what, ",\"fd\":%d%s", waiting_for,
                       of_connection(waiting_for));
    event('E', track(t),
          "\"args\":{\"waits_for\":\"%s\"%s%s,\"stack\":\"%s\"}}", t->waits_for,
          what, until, callers_text());
}

void
trace_ended(const struct task *t)
{
    event('i', track(t),
          "\"s\":\"t\",\"name\":\"ended\",\"args\":{\"result\":%d}}",
          t->result);
}

void
trace_cancelled(const struct task *t)
{
    event('i', track(t), "\"s\":\"t\",\"name\":\"cancelled\",\"args\":{}}");
}

/* --- system calls -------------------------------------------------------- */

void
trace_sleeps(int timeout_ms)
{
    event('B', LOOP_TRACK,
          "\"name\":\"epoll_wait\",\"args\":{\"timeout_ms\":%d}}", timeout_ms);
}

void
trace_woke(int n)
{
    event('E', LOOP_TRACK, "\"args\":{\"result\":%d}}", n);
}

/* A new descriptor of a connection gets the next number. */
static void
new_connection(int fd)
{
    if (fd >= 0 && fd < DESCRIPTORS)
        connection_of[fd] = ++connections;
}

void
trace_call_begins(void)
{
    call_began_us = clock_in_us(CLOCK_MONOTONIC);
}

void
trace_call(const char *name, int fd, ssize_t result, const void *bytes,
           size_t asked)
{
    double now = clock_in_us(CLOCK_MONOTONIC);
    double began = call_began_us > 0 ? call_began_us : now;
    char data[DATA_BYTES * 5 + 16] = "", size[40] = "", error[40] = "";
    bool accepts = strncmp(name, "accept", 6) == 0;

    call_began_us = 0;
    if (result >= 0 && (accepts || strcmp(name, "connect") == 0))
        new_connection(accepts ? (int)result : fd);
    if (bytes != NULL)
        (void)snprintf(size, sizeof size, ",\"asked\":%zu", asked);
    if (bytes != NULL && result > 0)
        as_in_c(data, bytes, (size_t)result);
    if (result < 0)
        (void)snprintf(error, sizeof error, ",\"error\":\"%s\"",
                       strerrorname_np((int)-result));
    event_at(began, 'X', track(loop.now),
             "\"name\":\"%s\",\"dur\":%.3f,\"args\":{\"fd\":%d%s,"
             "\"result\":%zd%s%s%s%s,\"stack\":\"%s\"}}",
             name, now - began, fd,
             of_connection(accepts && result >= 0 ? (int)result : fd), result,
             error, size, data,
             accepts && result >= 0 ? of_peer((int)result) : "",
             callers_text());
}

void
trace_watches(int fd)
{
    event(
        'X', track(loop.now),
        "\"name\":\"epoll_ctl\",\"dur\":0.000,\"args\":{\"fd\":%d,\"watch\":%d"
        "%s,\"what\":\"add\",\"result\":0}}",
        loop.epoll, fd, of_connection(fd));
}

void
trace_closed(int fd)
{
    event(
        'X', track(loop.now),
        "\"name\":\"close\",\"dur\":0.000,\"args\":{\"fd\":%d%s,\"result\":0}}",
        fd, of_connection(fd));
    if (fd >= 0 && fd < DESCRIPTORS)
        connection_of[fd] = 0;
}
