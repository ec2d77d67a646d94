/* view: see view.h. */
#include "view.h"
#include "lists.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLEEP_NS = 1000000, /* a call that took longer has waited */
    NS_PER_US = 1000,
    EARLY_FACTOR = 3, /* so much later than the last answer: cut */
    EARLY_NS = 100000000,
};

const char *
ms_text(int64_t ns)
{
    static char texts[8][24];
    static int next;
    char *text = texts[next++ % 8];
    int64_t us = (ns + NS_PER_US / 2) / NS_PER_US;

    if (us < 9950)
        (void)snprintf(text, sizeof texts[0], "%.2f ms", (double)us / 1e3);
    else if (us < 999500)
        (void)snprintf(text, sizeof texts[0], "%.0f ms", (double)us / 1e3);
    else
        (void)snprintf(text, sizeof texts[0], "%lld,%03lld ms",
                       (long long)((us + 500) / 1000000),
                       (long long)((us + 500) / 1000 % 1000));
    return text;
}

bool
call_sleeps(const struct event *e)
{
    return e->phase == 'X' && e->dur_ns >= SLEEP_NS && !event_has(e, "times");
}

/* --- the other ends ------------------------------------------------------ */

int
view_lane(const struct view *view, int conn)
{
    for (int i = 0; i < view->lane_count; i++)
        for (int k = 0; k < view->lanes[i].life_count; k++)
            if (view->lanes[i].lives[k].conn == conn)
                return i;
    return -1;
}

static struct life *
life_of(const struct view *view, int conn)
{
    for (int i = 0; i < view->lane_count; i++)
        for (int k = 0; k < view->lanes[i].life_count; k++)
            if (view->lanes[i].lives[k].conn == conn)
                return &view->lanes[i].lives[k];
    return NULL;
}

/* A connection of whoever is called `name`. */
static void
add_life(struct view *view, const char *name, int conn, int64_t began_ns)
{
    struct lane *lane = NULL;

    for (int i = 0; i < view->lane_count; i++)
        if (strcmp(view->lanes[i].name, name) == 0)
            lane = &view->lanes[i];
    if (lane == NULL) {
        GROW(view->lanes, view->lane_count);
        lane = &view->lanes[view->lane_count++];
        *lane = (struct lane){.lives = NULL};
        (void)snprintf(lane->name, sizeof lane->name, "%s", name);
    }
    GROW(lane->lives, lane->life_count);
    lane->lives[lane->life_count++] = (struct life){.conn = conn,
                                                    .began_ns = began_ns,
                                                    .ended_ns = view->to_ns,
                                                    .accepted_ns = -1,
                                                    .end = "open"};
}

static bool
is_call(const struct event *e, const char *name)
{
    return e->phase == 'X' && strncmp(e->name, name, strlen(name)) == 0;
}

/* Without packets: what accept and connect tell. */
static void
add_called(struct view *view, const struct event *e)
{
    int conn = (int)event_number(e, "conn", 0);
    char name[NAME_SIZE];

    if (conn == 0 || (!is_call(e, "accept") && !is_call(e, "connect")) ||
        life_of(view, conn) != NULL)
        return;
    (void)snprintf(name, sizeof name, "connection %d", conn);
    add_life(view, name, conn, e->ts_ns);
}

static void
note_accept(struct view *view, const struct event *e)
{
    struct life *life = life_of(view, (int)event_number(e, "conn", 0));

    if (life == NULL || life->accepted_ns >= 0)
        return;
    if (is_call(e, "accept") && event_number(e, "result", -1) >= 0)
        life->accepted_ns = e->ts_ns + e->dur_ns;
    else if (is_call(e, "connect"))
        life->accepted_ns = e->ts_ns;
}

static void
add_lives(struct view *view)
{
    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];

        if (e->phase == 'b') {
            view->has_packets = true;
            add_life(view, e->name, e->tid, e->ts_ns);
        }
    }
    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];
        struct life *life = e->phase == 'e' ? life_of(view, e->tid) : NULL;

        if (life != NULL) {
            life->end = event_text(e, "end");
            if (strcmp(life->end, "open") != 0)
                life->ended_ns = e->ts_ns;
        }
        add_called(view, e);
        note_accept(view, e);
        if (is_call(e, "close") && !view->has_packets &&
            (life = life_of(view, (int)event_number(e, "conn", 0))) != NULL)
            life->ended_ns = e->ts_ns;
    }
}

/* --- waits --------------------------------------------------------------- */

static void
add_send(struct lane *lane, int64_t ts_ns)
{
    GROW(lane->sends, lane->send_count);
    lane->sends[lane->send_count++] = ts_ns;
}

static void
add_wait(struct lane *lane, int64_t from_ns, int64_t to_ns, bool answered)
{
    GROW(lane->waits, lane->wait_count);
    lane->waits[lane->wait_count++] =
        (struct wait){.from_ns = from_ns, .to_ns = to_ns, .answered = answered};
}

/* One connection: from the last send to the first byte that comes back. */
static void
add_waits(struct view *view, struct lane *lane, const struct life *life)
{
    const char *asks = view->is_client ? "peer" : "program";
    int64_t asked_ns = -1;

    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];

        if (e->phase != 'i' || e->pid != WIRE || e->tid != life->conn ||
            event_number(e, "bytes", 0) <= event_number(e, "again", 0))
            continue;
        if (strcmp(event_text(e, "to"), asks) == 0) {
            asked_ns = e->ts_ns;
            add_send(lane, e->ts_ns);
        } else if (asked_ns >= 0) {
            add_wait(lane, asked_ns, e->ts_ns, true);
            asked_ns = -1;
        }
    }
    if (asked_ns >= 0)
        add_wait(lane, asked_ns, life->ended_ns, false);
}

/* --- how much of the time ------------------------------------------------ */

int64_t
last_seen(const struct view *view)
{
    int64_t last_ns = 0;

    for (int i = 0; i < view->lane_count; i++)
        for (int k = 0; k < view->lanes[i].life_count; k++)
            if (last_ns < view->lanes[i].lives[k].ended_ns)
                last_ns = view->lanes[i].lives[k].ended_ns;
    return last_ns > 0 && last_ns < view->to_ns ? last_ns : view->to_ns;
}

/* From the first packet (or call) on; until `enough` all answers had come, and
 * what is long after that is only somebody giving up. */
static void
find_limits(struct view *view)
{
    int64_t answered_ns = 0;

    view->from_ns = view->to_ns;
    for (int i = 0; i < view->lane_count; i++) {
        const struct lane *lane = &view->lanes[i];

        for (int k = 0; k < lane->life_count; k++)
            if (lane->lives[k].began_ns < view->from_ns)
                view->from_ns = lane->lives[k].began_ns;
        for (int k = 0; k < lane->wait_count; k++)
            if (lane->waits[k].answered && lane->waits[k].to_ns > answered_ns)
                answered_ns = lane->waits[k].to_ns;
    }
    if (view->lane_count == 0)
        view->from_ns = 0;
    view->enough_ns = last_seen(view);
    answered_ns -= view->from_ns;
    if (answered_ns >= EARLY_NS &&
        (view->enough_ns - view->from_ns) > answered_ns * EARLY_FACTOR)
        view->enough_ns = view->from_ns + answered_ns + answered_ns / 8;
}

/* The last event; the end of a program that was stopped from outside is none.
 */
static int64_t
last_time(const struct trace *trace)
{
    int64_t last = 0;

    for (size_t i = 0; i < trace->count; i++) {
        const struct event *e = &trace->events[i];
        int64_t end_ns = e->ts_ns + (e->phase == 'X' ? e->dur_ns : 0);

        if (e->phase == 'i' && strcmp(e->name, "signal") == 0 &&
            strcmp(event_text(e, "signal"), "SIGTERM") == 0)
            return e->ts_ns;
        if (last < end_ns)
            last = end_ns;
    }
    return last;
}

struct view
view_of(const struct trace *trace)
{
    const struct event *header = &trace->events[0];
    struct view view = {.trace = trace,
                        .program = event_text(header, "name"),
                        .lab = event_text(header, "lab"),
                        .title = event_text(header, "title"),
                        .is_client =
                            strcmp(event_text(header, "role"), "client") == 0,
                        .to_ns = last_time(trace)};

    add_lives(&view);
    for (int i = 0; i < view.lane_count; i++)
        for (int k = 0; k < view.lanes[i].life_count; k++)
            add_waits(&view, &view.lanes[i], &view.lanes[i].lives[k]);
    view_add_threads(&view);
    view_name_tasks(&view);
    find_limits(&view);
    return view;
}

void
view_free(struct view *view)
{
    for (int i = 0; i < view->lane_count; i++) {
        free(view->lanes[i].lives);
        free(view->lanes[i].waits);
        free(view->lanes[i].sends);
    }
    for (int i = 0; i < view->thread_count; i++)
        free(view->threads[i].periods);
    free(view->tasks);
    free(view->lanes);
    free(view->threads);
}
