/* rows: see rows.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"

enum {
    GAP_THREADS = 3, /* of which it is told what they are in meanwhile */
};

void
row_add(struct row *row, const char *format, ...)
{
    size_t used = strlen(row->text);
    va_list values;

    va_start(values, format);
    if (used < sizeof row->text)
        (void)vsnprintf(row->text + used, sizeof row->text - used, format,
                        values);
    va_end(values);
}

/* --- gaps ---------------------------------------------------------------- */

/* What a thread was in at that time. */
static const struct period *
period_at(const struct thread_lane *thread, int64_t ts_ns)
{
    for (int i = 0; i < thread->period_count; i++)
        if (thread->periods[i].from_ns <= ts_ns &&
            ts_ns < thread->periods[i].to_ns)
            return &thread->periods[i];
    return NULL;
}

static struct row *
append(struct maker *m, int64_t ts_ns)
{
    struct rows *rows = &m->rows;

    rows->list =
        realloc(rows->list, ((size_t)rows->count + 1) * sizeof *rows->list);
    if (rows->list == NULL)
        abort();
    rows->list[rows->count] =
        (struct row){.ts_ns = ts_ns, .lane = -1, .thread = -1};
    return &rows->list[rows->count++];
}

static bool
all_asleep(const struct view *view, int64_t ts_ns)
{
    for (int i = 0; i < view->thread_count; i++) {
        const struct period *p = period_at(&view->threads[i], ts_ns);

        if (p != NULL && p->stay != STAY_SLEEPS)
            return false;
    }
    return true;
}

/* What each of the threads is in. */
static void
tell_threads(struct maker *m, struct row *row, int64_t ts_ns)
{
    char call[LABEL_SIZE];
    int told = 0;

    for (int i = 0; i < m->view->thread_count && i < GAP_THREADS; i++) {
        const struct thread_lane *thread = &m->view->threads[i];
        const struct period *p = period_at(thread, ts_ns);

        if (p == NULL)
            continue;
        row_add(row, told++ == 0 ? ": " : "; ");
        if (m->view->thread_count > 1)
            row_add(row, "%s ", thread->name);
        if (p->call == NULL) {
            row_add(row, "awake");
            continue;
        }
        story_call(m->view, p->call, call, sizeof call);
        row_add(row, p->stay == STAY_SLEEPS ? "asleep in %.*s" : "%.*s",
                (int)strcspn(call, ":"), call);
    }
}

/* "29 ms: asleep in select(3 4)". */
static void
add_gap(struct maker *m, int64_t from_ns, int64_t to_ns)
{
    struct row *row = append(m, from_ns);

    row->is_gap = true;
    row_add(row, "%s", ms_text(to_ns - from_ns));
    if (all_asleep(m->view, (from_ns + to_ns) / 2) && m->view->thread_count > 1)
        row_add(row, ": all asleep");
    else
        tell_threads(m, row, (from_ns + to_ns) / 2);
}
struct row *
add_row(struct maker *m, int64_t ts_ns)
{
    int64_t last_ns =
        m->rows.count > 0 ? m->rows.list[m->rows.count - 1].ts_ns : ts_ns;

    if (ts_ns - last_ns >= GAP_NS)
        add_gap(m, last_ns, ts_ns);
    return append(m, ts_ns);
}

/* --- moments ----------------------------------------------------------- */

static void
make_moment(struct maker *m, size_t i)
{
    const struct event *e = m->told[i].event;
    struct row *row = add_row(m, m->told[i].ts_ns);

    row->thread = view_thread(m->view, e);
    row->lane = e->pid == WIRE ? view_lane(m->view, e->tid) : -1;
    if (strcmp(e->name, "lost") == 0)
        row_add(row, "%lld bytes not recorded",
                (long long)event_number(e, "bytes", 0));
    else if (strcmp(e->name, "unseen") == 0)
        row_add(row, "%lld bytes of an unknown call",
                (long long)event_number(e, "bytes", 0));
    else if (strcmp(e->name, "signal") == 0)
        row_add(row, "%s", event_text(e, "signal"));
    else if (event_has(e, "signal"))
        row_add(row, "ended by %s", event_text(e, "signal"));
    else
        row_add(row, "ends, status %lld",
                (long long)event_number(e, "status", 0));
}

/* --- all of them --------------------------------------------------------- */

/* By the signal that ended the recording, or another one: the call goes on. */
static bool
is_interrupted(const struct event *e)
{
    return e->phase == 'X' && event_has(e, "error") && !event_has(e, "result");
}

static bool
is_shown(const struct maker *m, const struct told *told)
{
    const struct event *e = told->event;

    return told->ts_ns >= m->view->from_ns && told->ts_ns < m->view->to_ns &&
           !is_interrupted(e) &&
           (e->phase == 'X' ||
            (e->phase == 'i' && strcmp(e->name, "ready") != 0 &&
             strcmp(e->name, "ended") != 0 &&
             strcmp(e->name, "cancelled") != 0));
}

/* Takes the middle away; a gap says how much it was. */
static void
shorten(struct rows *rows, int most)
{
    int first = most * 2 / 3, last = most - first - 1;
    int out = rows->count - first - last;
    struct row *gap = &rows->list[first];

    if (rows->count <= most)
        return;
    rows->left_out = out;
    *gap = (struct row){
        .ts_ns = gap->ts_ns, .is_gap = true, .lane = -1, .thread = -1};
    row_add(gap, "%d rows left out: the text has them", out);
    memmove(gap + 1, rows->list + rows->count - last,
            (size_t)last * sizeof *gap);
    rows->count = most;
}

/* Is a connection open when the recording ends? */
static bool
somebody_stays(const struct view *view)
{
    for (int i = 0; i < view->lane_count; i++)
        for (int k = 0; k < view->lanes[i].life_count; k++)
            if (strcmp(view->lanes[i].lives[k].end, "open") == 0)
                return true;
    return false;
}

struct rows
rows_of(const struct view *view, int most)
{
    struct maker m = {.view = view, .woken_thread = -1};
    struct told *told = story_order(view, &m.count);

    m.told = told;
    m.done = calloc(m.count + 1, sizeof *m.done);
    if (m.done == NULL)
        abort();
    for (size_t i = 0; i < m.count; i++) {
        const struct event *e = told[i].event;

        if (m.done[i] || !is_shown(&m, &told[i]))
            continue;
        if (e->phase == 'X')
            make_call(&m, i);
        else if (strcmp(e->name, "packet") == 0)
            make_packet(&m, i);
        else
            make_moment(&m, i);
    }
    if (m.rows.count > 0 && somebody_stays(view) &&
        view->to_ns - m.rows.list[m.rows.count - 1].ts_ns >= GAP_NS)
        add_gap(&m, m.rows.list[m.rows.count - 1].ts_ns, view->to_ns);
    free(told);
    free(m.done);
    shorten(&m.rows, most);
    return m.rows;
}

void
rows_free(struct rows *rows)
{
    free(rows->list);
    *rows = (struct rows){0};
}
