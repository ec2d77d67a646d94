/* columns: see columns.h. */
#include "columns.h"

#include <stdlib.h>

#include "bytes.h"
#include "svg.h"

double
lane_x(const struct place *p, int lane)
{
    return FIRST_LANE + lane * p->lane_step + p->lane_step / 2 - 8;
}

double
thread_x(const struct place *p, int thread)
{
    return p->thread_x +
           (thread < p->threads ? thread : p->threads - 1) * THREAD_STEP;
}

double
row_y(int row)
{
    return TOP + row * ROW + ROW / 2.0;
}

const char *
lane_colour(int lane)
{
    static const char *const names[CLIENT_COLOURS] = {"c1", "c2", "c3",
                                                      "c4", "c5", "c6"};

    return names[lane % CLIENT_COLOURS];
}

/* --- what stands from top to bottom -------------------------------------- */

/* The row behind which a moment lies; -1 before the first. */
static int
row_at(const struct place *p, int64_t ts_ns)
{
    int row = -1;

    for (int i = 0; i < p->rows.count; i++)
        if (!p->rows.list[i].is_gap && p->rows.list[i].ts_ns <= ts_ns)
            row = i;
    return row;
}

void
draw_lifelines(FILE *file, const struct place *p)
{
    for (int i = 0; i < p->view->lane_count; i++) {
        const struct lane *lane = &p->view->lanes[i];

        for (int k = 0; k < lane->life_count; k++) {
            int from = row_at(p, lane->lives[k].began_ns);
            int to = row_at(p, lane->lives[k].ended_ns);

            svg_line(file, lane_colour(i), lane_x(p, i),
                     row_y(from < 0 ? 0 : from), lane_x(p, i), row_y(to));
        }
    }
}

/* Bytes of a client that lie in the kernel: its strip of the band is filled. */
void
draw_unread(FILE *file, const struct place *p)
{
    struct flow *flows = calloc(CONNECTIONS_MOST, sizeof *flows);
    size_t count, next = 0;
    struct moment *moments = bytes_moments(p->view->trace, &count);

    if (flows == NULL)
        abort();
    for (int i = 0; i < p->rows.count; i++) {
        const struct row *after =
            i + 1 < p->rows.count ? &p->rows.list[i + 1] : NULL;

        while (next < count && moments[next].ts_ns <= p->rows.list[i].ts_ns) {
            bytes_count(&flows[moments[next].conn], &moments[next]);
            next++;
        }
        for (int conn = 1; after != NULL && conn < CONNECTIONS_MOST; conn++) {
            int lane = flows[conn].arrived > flows[conn].read
                           ? view_lane(p->view, conn)
                           : -1;

            if (lane >= 0)
                svg_box(file, lane_colour(lane), p->kernel_x + 4 + lane * STRIP,
                        row_y(i), STRIP - 1, ROW);
        }
    }
    free(moments);
    free(flows);
}

/* Does the thread sleep between two moments? */
static bool
sleeps(const struct thread_lane *thread, int64_t from_ns, int64_t to_ns)
{
    int64_t middle = from_ns + (to_ns - from_ns) / 2;

    for (int i = 0; i < thread->period_count; i++) {
        const struct period *period = &thread->periods[i];

        if (period->from_ns <= middle && middle < period->to_ns)
            return period->stay == STAY_SLEEPS;
    }
    return false;
}

/* A thread's bar: light where it sleeps between two rows, dark where not. */
void
draw_thread(FILE *file, const struct place *p, int n)
{
    const struct thread_lane *thread = &p->view->threads[n];
    double x = thread_x(p, n) - BAR / 2.0;

    for (int i = 0; i < p->rows.count;) {
        int64_t from = p->rows.list[i].ts_ns;
        int64_t to =
            i + 1 < p->rows.count ? p->rows.list[i + 1].ts_ns : p->view->to_ns;
        bool asleep = sleeps(thread, from, to);
        int k = i + 1;

        if (to <= thread->began_ns || from >= thread->ended_ns) {
            i++;
            continue;
        }
        while (k < p->rows.count && p->rows.list[k].ts_ns < thread->ended_ns &&
               sleeps(thread, p->rows.list[k].ts_ns,
                      k + 1 < p->rows.count ? p->rows.list[k + 1].ts_ns
                                            : p->view->to_ns) == asleep)
            k++;
        svg_box(file, asleep ? "sleep" : "run", x, row_y(i), BAR,
                (k - i) * (double)ROW);
        i = k;
    }
}
