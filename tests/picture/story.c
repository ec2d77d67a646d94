/* story: see story.h. */
#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_SIZE = 512, GAP_NS = 5000000 };

/* Appends, as far as there is room. */
__attribute__((format(printf, 3, 4))) static void
add(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list values;

    va_start(values, format);
    if (used < size)
        (void)vsnprintf(out + used, size - used, format, values);
    va_end(values);
}

/* "10,042" */
static const char *
number_text(int64_t number)
{
    static char text[32];

    if (number < 1000)
        (void)snprintf(text, sizeof text, "%lld", (long long)number);
    else
        (void)snprintf(text, sizeof text, "%lld,%03lld",
                       (long long)number / 1000, (long long)number % 1000);
    return text;
}

/* "1 byte", "6 bytes" */
static const char *
bytes_text(int64_t bytes)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ % 4];

    (void)snprintf(text, sizeof texts[0], "%lld byte%s", (long long)bytes,
                   bytes == 1 ? "" : "s");
    return text;
}

static const char *
name_of(const struct view *view, int conn)
{
    int lane = view_lane(view, conn);

    return lane >= 0 ? view->lanes[lane].name : "somebody";
}

/* : "hello\n", and a mark where there is more of it. */
static void
add_data(const struct event *e, int64_t bytes, char *out, size_t size)
{
    const char *data = event_text(e, "data");

    if (data[0] != '\0')
        add(out, size, ": \"%s\"%s", data, bytes > 64 ? " ..." : "");
}

/* The address at the other end of a connection. */
static const char *
peer_of(const struct view *view, int conn)
{
    for (size_t i = 0; i < view->trace->count; i++)
        if (view->trace->events[i].phase == 'b' &&
            view->trace->events[i].tid == conn)
            return event_text(&view->trace->events[i], "peer");
    return "?";
}

/* --- packets ------------------------------------------------------------- */

static void
tell_flags(const struct view *view, const struct event *e, const char *whom,
           char *out, size_t size)
{
    const char *flags = event_text(e, "flags");
    bool in = strcmp(event_text(e, "to"), "program") == 0;

    if (strcmp(flags, "SYN") == 0)
        add(out, size,
            in ? "%s asks for a connection (SYN), from %s"
               : "the kernel asks for %s (SYN), to %s",
            whom, peer_of(view, e->tid));
    else if (strcmp(flags, "SYN ACK") == 0)
        add(out, size,
            in ? "%s: the other side agrees (SYN ACK)"
               : "the kernel agrees with %s (SYN ACK)",
            whom);
    else if (strstr(flags, "RST") != NULL)
        add(out, size,
            in ? "%s is broken off by the other side (RST)"
               : "the kernel breaks off with %s (RST)",
            whom);
    else if (strstr(flags, "FIN") != NULL)
        add(out, size,
            in ? "%s: no more will come (FIN)"
               : "the kernel tells %s that no more will come (FIN)",
            whom);
    else
        add(out, size,
            in ? "%s acknowledges (ACK)"
               : "the kernel acknowledges to %s (ACK)",
            whom);
}

static void
tell_packet(const struct view *view, const struct event *e, char *out,
            size_t size)
{
    const char *whom = name_of(view, e->tid);
    int64_t bytes = event_number(e, "bytes", 0);
    int64_t again = event_number(e, "again", 0);
    bool in = strcmp(event_text(e, "to"), "program") == 0;

    if (bytes == 0) {
        tell_flags(view, e, whom, out, size);
        return;
    }
    add(out, size, in ? "%s sends %s" : "to %s go %s", whom, bytes_text(bytes));
    if (again == bytes)
        add(out, size, ", once more");
    add_data(e, bytes, out, size);
    if (strstr(event_text(e, "flags"), "FIN") != NULL)
        add(out, size, ", the last ones (FIN)");
    if (strstr(event_text(e, "flags"), "RST") != NULL)
        add(out, size, " (RST)");
}

/* --- calls --------------------------------------------------------------- */

void
story_call(const struct view *view, const struct event *e, char *out,
           size_t size)
{
    const char *reads = event_text(e, "read"), *writes = event_text(e, "write");
    int64_t fd = event_number(e, "fd", -1);
    int conn = (int)event_number(e, "conn", 0);

    out[0] = '\0';
    if (event_has(e, "times")) {
        add(out, size, "asks %s times",
            number_text(event_number(e, "times", 0)));
        return;
    }
    add(out, size, "%s", e->name);
    if (strcmp(e->name, "select") == 0 || strcmp(e->name, "poll") == 0)
        add(out, size, "(%s%s%s)", reads, writes[0] != '\0' ? " | " : "",
            writes);
    else if (strcmp(e->name, "epoll_wait") == 0)
        add(out, size, "()");
    else if (fd >= 0)
        add(out, size, "(%lld)", (long long)fd);
    if (conn > 0 && call_sleeps(e) && strncmp(e->name, "accept", 6) != 0)
        add(out, size, ": %s", name_of(view, conn));
}

static void
tell_result(const struct view *view, const struct event *e, char *out,
            size_t size)
{
    int64_t result = event_number(e, "result", 0);
    const char *ready = event_text(e, "ready");

    if (event_has(e, "error") && !event_has(e, "result"))
        add(out, size, " is interrupted");
    else if (event_has(e, "error"))
        add(out, size, " fails: %s", event_text(e, "error"));
    else if (!event_has(e, "result"))
        add(out, size, " has not returned");
    else if (event_has(e, "peek"))
        add(out, size, " looks at %s", bytes_text(result));
    else if (event_reads(e) || event_writes(e))
        add(out, size, event_reads(e) ? " takes %s" : " gives %s",
            bytes_text(result));
    else if (strcmp(e->name, "recv") == 0 || strcmp(e->name, "read") == 0)
        add(out, size, " = 0: the end");
    else if (strncmp(e->name, "accept", 6) == 0)
        add(out, size, " = %lld: %s", (long long)result,
            name_of(view, (int)event_number(e, "conn", 0)));
    else if (ready[0] != '\0')
        add(out, size, ": ready: %s", ready);
    else if (strcmp(e->name, "epoll_wait") == 0 ||
             strcmp(e->name, "select") == 0 || strcmp(e->name, "poll") == 0)
        add(out, size, ": %lld ready", (long long)result);
    else if (event_has(e, "child") || event_has(e, "thread"))
        add(out, size,
            event_has(e, "child") ? " makes a child process"
                                  : " makes a thread");
    else
        add(out, size, " = %lld", (long long)result);
}

static void
tell_call(const struct view *view, const struct event *e, char *out,
          size_t size)
{
    int thread = view_thread(view, e);
    int conn = (int)event_number(e, "conn", 0);
    char call[LABEL_SIZE];

    story_call(view, e, call, sizeof call);
    add(out, size, "%s: %s", thread >= 0 ? view->threads[thread].name : "it",
        call);
    if (event_has(e, "times")) {
        add(out, size, " in %s, in vain: %s", ms_text(e->dur_ns),
            event_text(e, "calls"));
        return;
    }
    if (conn > 0 && strchr(call, ':') == NULL &&
        strncmp(e->name, "accept", 6) != 0)
        add(out, size, ", %s", name_of(view, conn));
    if (event_has(e, "what"))
        add(out, size, " (%s)", event_text(e, "what"));
    if (event_has(e, "at"))
        add(out, size, " at %s", event_text(e, "at"));
    tell_result(view, e, out, size);
    add_data(e, event_number(e, "result", 0), out, size);
    if (call_sleeps(e))
        add(out, size, ", after %s", ms_text(e->dur_ns));
}

/* --- everything ---------------------------------------------------------- */

static void
tell_task(const struct view *view, const struct event *e, char *out,
          size_t size)
{
    add(out, size, "task %s ", view_task(view, e->tid));
    if (e->phase == 'B')
        add(out, size, "runs");
    else if (e->phase == 'E' && event_has(e, "waits_for"))
        add(out, size, "stops: it waits for %s", event_text(e, "waits_for"));
    else if (e->phase == 'E')
        add(out, size,
            event_has(e, "cut") ? "runs when the recording ends" : "stops");
    else if (strcmp(e->name, "ready") == 0)
        add(out, size, "is ready, %lld in the queue",
            (long long)event_number(e, "queue", 0));
    else if (strcmp(e->name, "ended") == 0)
        add(out, size, "has ended with %lld",
            (long long)event_number(e, "result", 0));
    else
        add(out, size, "is told to stop");
}

static bool
tell_moment(const struct view *view, const struct event *e, char *out,
            size_t size)
{
    int thread = view_thread(view, e);
    const char *who = thread >= 0 ? view->threads[thread].name : "it";

    if (strcmp(e->name, "packet") == 0)
        tell_packet(view, e, out, size);
    else if (strcmp(e->name, "lost") == 0)
        add(out, size, "%s of %s are not in the recording",
            bytes_text(event_number(e, "bytes", 0)), name_of(view, e->tid));
    else if (strcmp(e->name, "signal") == 0)
        add(out, size, "%s gets %s", who, event_text(e, "signal"));
    else if (strcmp(e->name, "exited") == 0 && event_has(e, "signal"))
        add(out, size, "%s is ended by %s", who, event_text(e, "signal"));
    else if (strcmp(e->name, "exited") == 0)
        add(out, size, "%s ends with status %lld", who,
            (long long)event_number(e, "status", 0));
    else
        tell_task(view, e, out, size);
    return true;
}

bool
story_sentence(const struct view *view, const struct event *e, char *out,
               size_t size)
{
    out[0] = '\0';
    if (e->phase == 'X')
        tell_call(view, e, out, size);
    else if (e->phase == 'i')
        return tell_moment(view, e, out, size);
    else if (e->phase == 'B' || e->phase == 'E')
        tell_task(view, e, out, size);
    else
        return false;
    return true;
}

int64_t
story_time(const struct event *e)
{
    static const char *const waits[] = {
        "accept",     "recv", "read",  "select",    "poll",
        "epoll_wait", "wait", "futex", "nanosleep", NULL};

    for (int i = 0; e->phase == 'X' && waits[i] != NULL; i++)
        if (strncmp(e->name, waits[i], strlen(waits[i])) == 0 &&
            !event_has(e, "times"))
            return e->ts_ns + e->dur_ns;
    return e->ts_ns;
}

static int
by_time(const void *a, const void *b)
{
    const struct told *one = a, *other = b;

    if (one->ts_ns != other->ts_ns)
        return one->ts_ns < other->ts_ns ? -1 : 1;
    if (one->event->pid != other->event->pid) /* it came, then it was got */
        return other->event->pid - one->event->pid;
    return (one->event > other->event) - (one->event < other->event);
}

struct told *
story_order(const struct view *view, size_t *count)
{
    struct told *told = calloc(view->trace->count + 1, sizeof *told);
    char sentence[SENTENCE_SIZE];

    if (told == NULL)
        abort();
    *count = 0;
    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];

        if (story_sentence(view, e, sentence, sizeof sentence))
            told[(*count)++] =
                (struct told){.event = e, .ts_ns = story_time(e)};
    }
    qsort(told, *count, sizeof *told, by_time);
    return told;
}

void
story_tell(FILE *file, const struct view *view)
{
    size_t count;
    struct told *told = story_order(view, &count);
    char sentence[SENTENCE_SIZE];
    int64_t last_ns = view->from_ns;

    for (size_t i = 0; i < count; i++) {
        (void)story_sentence(view, told[i].event, sentence, sizeof sentence);
        if (told[i].ts_ns - last_ns > GAP_NS)
            (void)fprintf(file, "%12s  %s pass.\n", "",
                          ms_text(told[i].ts_ns - last_ns));
        (void)fprintf(file, "%9.3f ms  %s.\n",
                      (double)(told[i].ts_ns - view->from_ns) / 1e6, sentence);
        last_ns = told[i].ts_ns;
    }
    free(told);
}
