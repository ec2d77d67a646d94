/* coro_trace: the file that CORO_TRACE asks for. */
#include <ctype.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ends.h"

enum {
    TRACE_SIZE = 1 << 20,
    TRACKS = 64,
    LIMIT = 1000,
    LINES = 20,
};

/* --- is it JSON? RFC 8259, as far as a trace needs it --------------------- */

static const char *value(const char *at);

static const char *
blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static const char *
string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++)
        if ((unsigned char)*at < ' ' ||
            (*at == '\\' && *++at != '\\' && *at != '"'))
            return NULL;
    return at + 1;
}

static const char *
number(const char *at)
{
    const char *first = at + (*at == '-');

    if (!isdigit((unsigned char)*first))
        return NULL;
    at = first + strspn(first, "0123456789");
    if (*first == '0' && at != first + 1)
        return NULL;
    if (*at == '.') {
        if (!isdigit((unsigned char)at[1]))
            return NULL;
        at += 1 + strspn(at + 1, "0123456789");
    }
    return at;
}

static const char *
object(const char *at)
{
    if (at[1] == '}')
        return at + 2;
    do {
        at = string(blanks(at + 1));
        if (at == NULL || *blanks(at) != ':')
            return NULL;
        at = value(blanks(at) + 1);
        if (at == NULL)
            return NULL;
        at = blanks(at);
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

static const char *
value(const char *at)
{
    at = blanks(at);
    if (*at == '{')
        return object(at);
    return *at == '"' ? string(at) : number(at);
}

/* --- what the lines say --------------------------------------------------- */

static char trace[TRACE_SIZE];

/* The number behind "name": in a line, 0 without. */
static long
field(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at != NULL ? strtol(at + strlen(name), NULL, 10) : 0;
}

static char
phase(const char *line)
{
    const char *at = strstr(line, "\"ph\":\"");

    HOLDS(at != NULL);
    return at[6];
}

/* Expects a whole trace: valid lines, every B with its E, no seq left out, time
 * that does not run back. How many lines. */
static int
expect_whole(void)
{
    int depth[TRACKS] = {0}, lines = 0;
    double last = 0;

    for (char *line = strtok(trace, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        const char *end;
        long track = field(line, "\"tid\":");
        double ts;

        if (lines++ == 0) {
            IS(strcmp(line, "["), 0);
            continue;
        }
        end = value(line);
        HOLDS(end != NULL && strcmp(end, ",") == 0);
        IS(field(line, "\"seq\":"), lines - 1);
        IS(field(line, "\"pid\":"), 1);
        HOLDS(track > 0 && track < TRACKS);
        ts = strtod(strstr(line, "\"ts\":") + 5, NULL);
        HOLDS(ts >= last);
        last = ts;
        if (phase(line) == 'B')
            IS(++depth[track], 1);
        else if (phase(line) == 'E')
            IS(--depth[track], 0);
        else
            HOLDS(strchr("MiX", phase(line)) != NULL);
    }
    for (int i = 0; i < TRACKS; i++)
        IS(depth[i], 0);
    return lines;
}

/* Runs a loop with CORO_TRACE set; then what was written is in `trace`. */
static int
run_traced(task_fn *fn, void *arg)
{
    char path[64];
    int fd = memfd_create("trace", 0), result;
    ssize_t n;

    HOLDS(fd >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)setenv("CORO_TRACE", path, 1);
    result = loop_run(fn, arg);
    (void)unsetenv("CORO_TRACE");
    n = pread(fd, trace, sizeof trace - 1, 0);
    HOLDS(n > 0 && n < (ssize_t)sizeof trace - 1);
    trace[n] = '\0';
    (void)close(fd);
    return result;
}

/* --- sessions ------------------------------------------------------------- */

static int
echoes(struct stream *peer, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_line(peer, &line, LIMIT, FOREVER)) > 0) {
        IS(stream_write(peer, line, (size_t)n), 0);
        IS(stream_drain(peer, FOREVER), 0);
    }
    return (int)n;
}

/* A server and two clients; all that was echoed, into `out`. */
static int
echo_session(void *out)
{
    struct server *server;
    struct stream *s[2];
    struct address at;
    char *next = out;

    IS(address_parse(&at, "127.0.0.1", 0), 0);
    IS(server_start(&server, &at, echoes, NULL), 0);
    for (int i = 0; i < 2; i++)
        IS(stream_open(&s[i], "127.0.0.1",
                       strchr(server_address(server), ':') + 1, FOREVER),
           0);
    for (int i = 0; i < LINES; i++) {
        const char *line;

        IS(stream_write(s[i % 2], "line\n", 5), 0);
        READS(stream_read_line(s[i % 2], &line, LIMIT, FOREVER), line,
              "line\n");
        next = stpcpy(next, line);
    }
    for (int i = 0; i < 2; i++)
        IS(stream_wait_closed(s[i], FOREVER), 0);
    return server_close(server, FOREVER);
}

OUTSIDE(trace, a_trace_is_whole_lines_of_JSON_in_order_with_every_begin_ended)
{
    char echoed[LINES * 5 + 1];

    IS(run_traced(echo_session, echoed), 0);
    HOLDS(strstr(trace, "\"name\":\"main\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"acceptor\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"client 127.0.0.1:") != NULL);
    HOLDS(strstr(trace, "\"name\":\"recv\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"send\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"accept4\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"connect\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"epoll_wait\"") != NULL);
    HOLDS(strstr(trace, "\"waits_for\":\"a line\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"ready\"") != NULL);
    HOLDS(strstr(trace, "\"data\":\"line\\\\n\"") != NULL);
    HOLDS(strstr(trace, "\"name\":\"ended\"") != NULL);
    HOLDS(expect_whole() > 4 * LINES);
}

/* The result is used afterwards: else this function would be left before. */
static int
sleeps_here(void *nothing)
{
    volatile int err = task_sleep(in_ms(1));

    (void)nothing;
    return err;
}

static int
note_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(uintptr_t *)base = (uintptr_t)info->dlpi_addr;
    return 1; /* the first is the program */
}

OUTSIDE(trace, a_task_that_waits_tells_from_where_it_was_called)
{
    const char *at;
    char *end;
    uintptr_t base = 0;
    bool found = false;

    IS(run_traced(sleeps_here, NULL), 0);
    (void)dl_iterate_phdr(note_base, &base);
    at = strstr(trace, "\"waits_for\":\"the time\"");
    HOLDS(at != NULL);
    at = strstr(at, "\"stack\":\"");
    HOLDS(at != NULL);
    for (at += strlen("\"stack\":\""); *at != '"'; at = end) {
        uintptr_t place = base + (uintptr_t)strtoull(at, &end, 16);

        HOLDS(end != at);
        found = found || place - (uintptr_t)sleeps_here < 256;
    }
    HOLDS(found);
}

OUTSIDE(trace, a_server_answers_the_same_with_and_without_a_trace)
{
    char with[LINES * 5 + 1], without[LINES * 5 + 1];

    IS(run_traced(echo_session, with), 0);
    IS(loop_run(echo_session, without), 0);
    IS(strcmp(with, without), 0);
}

static int
odd_names(void *nothing)
{
    static const char *const names[] = {
        "a \"quoted\" name", "a\\b", "a\nb\tc", "",
        "a name of many letters, more than fit the place that there is for it"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fine = 0;
        struct task *t = task_spawn(names[i], returns_arg, &fine);

        HOLDS(t != NULL);
        IS(result_of(t), 0);
    }
    (void)nothing;
    return 0;
}

OUTSIDE(trace, a_name_with_quotes_or_newlines_spoils_no_line)
{
    IS(run_traced(odd_names, NULL), 0);
    HOLDS(strstr(trace, "\"name\":\"a ?quoted? name\"") != NULL);
    (void)expect_whole();
}

static int
is_cancelled_and_fails(void *nothing)
{
    struct task *t = start(waits_for_ever, NULL);

    (void)nothing;
    until_it_waits(t);
    return -EIO; /* t is cancelled by the end of the loop */
}

OUTSIDE(trace, tasks_that_are_cancelled_at_the_end_are_ended_in_the_trace)
{
    IS(run_traced(is_cancelled_and_fails, NULL), -EIO);
    HOLDS(strstr(trace, "\"result\":-125") != NULL); /* ECANCELED */
    HOLDS(strstr(trace, "\"result\":-5") != NULL);
    (void)expect_whole();
}

OUTSIDE(trace, each_loop_begins_its_trace_anew)
{
    IS(run_traced(odd_names, NULL), 0);
    (void)expect_whole();
    IS(run_traced(is_cancelled_and_fails, NULL), -EIO);
    HOLDS(strstr(trace, "quoted") == NULL);
    (void)expect_whole();
}

OUTSIDE(trace, a_trace_that_cannot_be_written_is_said_and_the_loop_runs)
{
    int fine = 3;

    (void)setenv("CORO_TRACE", "/no/such/folder/trace", 1);
    IS(loop_run(returns_arg, &fine), 3);
    IS(said("/no/such/folder/trace"), 1);
}
