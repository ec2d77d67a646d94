/* story_calls: system calls as labels and sentences; see story.h. */
#include <stdarg.h>
#include <string.h>

#include "story.h"

/* Appends, as far as there is room. */
void
story_add(char *out, size_t size, const char *format, ...)
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
const char *
bytes_text(int64_t bytes)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ % 4];

    (void)snprintf(text, sizeof texts[0], "%lld byte%s", (long long)bytes,
                   bytes == 1 ? "" : "s");
    return text;
}

const char *
story_name(const struct view *view, int conn)
{
    int lane = view_lane(view, conn);

    return lane >= 0 ? view->lanes[lane].name : "somebody";
}

/* : "hello\n", and a mark where there is more of it. */
void
story_add_data(const struct event *e, int64_t bytes, char *out, size_t size)
{
    const char *data = event_text(e, "data");

    if (data[0] != '\0')
        story_add(out, size, ": \"%s\"%s", data, bytes > 64 ? " ..." : "");
}

void
story_call(const struct view *view, const struct event *e, char *out,
           size_t size)
{
    const char *reads = event_text(e, "read"), *writes = event_text(e, "write");
    int64_t fd = event_number(e, "fd", -1);
    int conn = (int)event_number(e, "conn", 0);

    out[0] = '\0';
    if (event_has(e, "times")) {
        story_add(out, size, "asks %s times",
                  number_text(event_number(e, "times", 0)));
        return;
    }
    story_add(out, size, "%s", e->name);
    if (strcmp(e->name, "select") == 0 || strcmp(e->name, "poll") == 0)
        story_add(out, size, "(%s%s%s)", reads, writes[0] != '\0' ? " | " : "",
                  writes);
    else if (strcmp(e->name, "epoll_wait") == 0)
        story_add(out, size, "()");
    else if (fd >= 0)
        story_add(out, size, "(%lld)", (long long)fd);
    if (conn > 0 && call_sleeps(e) && strncmp(e->name, "accept", 6) != 0)
        story_add(out, size, ": %s", story_name(view, conn));
}

static void
tell_result(const struct view *view, const struct event *e, char *out,
            size_t size)
{
    int64_t result = event_number(e, "result", 0);
    const char *ready = event_text(e, "ready");

    if (event_has(e, "error") && !event_has(e, "result"))
        story_add(out, size, " is interrupted");
    else if (event_has(e, "error"))
        story_add(out, size, " fails: %s", event_text(e, "error"));
    else if (!event_has(e, "result"))
        story_add(out, size, " has not returned");
    else if (event_has(e, "peek"))
        story_add(out, size, " looks at %s", bytes_text(result));
    else if (event_reads(e) || event_writes(e))
        story_add(out, size, event_reads(e) ? " takes %s" : " gives %s",
                  bytes_text(result));
    else if (strcmp(e->name, "recv") == 0 || strcmp(e->name, "read") == 0)
        story_add(out, size, " = 0: the end");
    else if (strncmp(e->name, "accept", 6) == 0)
        story_add(out, size, " = %lld: %s", (long long)result,
                  story_name(view, (int)event_number(e, "conn", 0)));
    else if (ready[0] != '\0')
        story_add(out, size, ": ready: %s", ready);
    else if (strcmp(e->name, "epoll_wait") == 0 ||
             strcmp(e->name, "select") == 0 || strcmp(e->name, "poll") == 0)
        story_add(out, size, ": %lld ready", (long long)result);
    else if (event_has(e, "child") || event_has(e, "thread"))
        story_add(out, size,
                  event_has(e, "child") ? " makes a child process"
                                        : " makes a thread");
    else
        story_add(out, size, " = %lld", (long long)result);
}

void
story_tell_call(const struct view *view, const struct event *e, char *out,
                size_t size)
{
    int thread = view_thread(view, e);
    int conn = (int)event_number(e, "conn", 0);
    char call[LABEL_SIZE];

    story_call(view, e, call, sizeof call);
    story_add(out, size, "%s: %s",
              thread >= 0 ? view->threads[thread].name : "it", call);
    if (event_has(e, "times")) {
        story_add(out, size, " in %s, in vain: %s", ms_text(e->dur_ns),
                  event_text(e, "calls"));
        return;
    }
    if (conn > 0 && strchr(call, ':') == NULL &&
        strncmp(e->name, "accept", 6) != 0)
        story_add(out, size, ", %s", story_name(view, conn));
    if (event_has(e, "what"))
        story_add(out, size, " (%s)", event_text(e, "what"));
    if (event_has(e, "at"))
        story_add(out, size, " at %s", event_text(e, "at"));
    tell_result(view, e, out, size);
    story_add_data(e, event_number(e, "result", 0), out, size);
    if (call_sleeps(e))
        story_add(out, size, ", after %s", ms_text(e->dur_ns));
}
