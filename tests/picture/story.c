/* story: see story.h. */
#include "story.h"

#include <stdlib.h>
#include <string.h>

enum { SENTENCE_SIZE = 512, GAP_NS = 5000000 };

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
        story_add(out, size,
                  in ? "%s asks for a connection (SYN), from %s"
                     : "the kernel asks for %s (SYN), to %s",
                  whom, peer_of(view, e->tid));
    else if (strcmp(flags, "SYN ACK") == 0)
        story_add(out, size,
                  in ? "%s: the other side agrees (SYN ACK)"
                     : "the kernel agrees with %s (SYN ACK)",
                  whom);
    else if (strstr(flags, "RST") != NULL)
        story_add(out, size,
                  in ? "%s is broken off by the other side (RST)"
                     : "the kernel breaks off with %s (RST)",
                  whom);
    else if (strstr(flags, "FIN") != NULL)
        story_add(out, size,
                  in ? "%s: no more will come (FIN)"
                     : "the kernel tells %s that no more will come (FIN)",
                  whom);
    else
        story_add(out, size,
                  in ? "%s acknowledges (ACK)"
                     : "the kernel acknowledges to %s (ACK)",
                  whom);
}

static void
tell_packet(const struct view *view, const struct event *e, char *out,
            size_t size)
{
    const char *whom = story_name(view, e->tid);
    int64_t bytes = event_number(e, "bytes", 0);
    int64_t again = event_number(e, "again", 0);
    bool in = strcmp(event_text(e, "to"), "program") == 0;

    if (bytes == 0) {
        tell_flags(view, e, whom, out, size);
        return;
    }
    story_add(out, size, in ? "%s sends %s" : "to %s go %s", whom,
              bytes_text(bytes));
    if (again == bytes)
        story_add(out, size, ", once more");
    story_add_data(e, bytes, out, size);
    if (strstr(event_text(e, "flags"), "FIN") != NULL)
        story_add(out, size, ", the last ones (FIN)");
    if (strstr(event_text(e, "flags"), "RST") != NULL)
        story_add(out, size, " (RST)");
}

/* --- everything ---------------------------------------------------------- */

static void
tell_task(const struct view *view, const struct event *e, char *out,
          size_t size)
{
    story_add(out, size, "task %s ", view_task(view, e->tid));
    if (e->phase == 'B')
        story_add(out, size, "runs");
    else if (e->phase == 'E' && event_has(e, "waits_for"))
        story_add(out, size, "stops: it waits for %s",
                  event_text(e, "waits_for"));
    else if (e->phase == 'E')
        story_add(out, size,
                  event_has(e, "cut") ? "runs when the recording ends"
                                      : "stops");
    else if (strcmp(e->name, "ready") == 0)
        story_add(out, size, "is ready, %lld in the queue",
                  (long long)event_number(e, "queue", 0));
    else if (strcmp(e->name, "ended") == 0)
        story_add(out, size, "has ended with %lld",
                  (long long)event_number(e, "result", 0));
    else
        story_add(out, size, "is told to stop");
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
        story_add(out, size, "%s of %s are not in the recording",
                  bytes_text(event_number(e, "bytes", 0)),
                  story_name(view, e->tid));
    else if (strcmp(e->name, "unseen") == 0)
        story_add(out, size, "%s for %s were written by no recorded call",
                  bytes_text(event_number(e, "bytes", 0)),
                  story_name(view, e->tid));
    else if (strcmp(e->name, "signal") == 0)
        story_add(out, size, "%s gets %s", who, event_text(e, "signal"));
    else if (strcmp(e->name, "exited") == 0 && event_has(e, "signal"))
        story_add(out, size, "%s is ended by %s", who, event_text(e, "signal"));
    else if (strcmp(e->name, "exited") == 0)
        story_add(out, size, "%s ends with status %lld", who,
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
        story_tell_call(view, e, out, size);
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
