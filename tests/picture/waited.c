/* waited: see waited.h. */
#include "waited.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"
#include "svg.h"

enum {
    WIDTH = 440,
    MARGIN = 8,
    AXIS_X = 70,     /* where the names end, and time begins */
    AXIS_END = 344,  /* and ends; behind it stand the numbers */
    NUMBERS_X = 352, /* what each waited */
    LANE = 21,       /* from one lane to the next */
    BAR = 11,
    HEAD = 24,
    TITLE = 46,
    FOOT = 64,
    THREADS_MOST = 6,
    NS_PER_MS = 1000000,
};

struct axis {
    int64_t span_ns; /* of each run, from its own beginning */
    bool cut;        /* some run went on after that */
};

static double
x_of(const struct axis *axis, const struct view *view, int64_t ts_ns)
{
    double share = (double)(ts_ns - view->from_ns) / (double)axis->span_ns;

    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return AXIS_X + share * (AXIS_END - AXIS_X);
}

/* One axis for all: long enough for the slowest answer of any of them. */
static struct axis
make_axis(const struct view views[], int count)
{
    struct axis axis = {.span_ns = NS_PER_MS};

    for (int i = 0; i < count; i++) {
        int64_t span = views[i].enough_ns - views[i].from_ns;

        if (axis.span_ns < span)
            axis.span_ns = span;
    }
    for (int i = 0; i < count; i++)
        if (last_seen(&views[i]) - views[i].from_ns > axis.span_ns)
            axis.cut = true;
    return axis;
}

/* --- lanes of clients ---------------------------------------------------- */

static void
draw_life(FILE *file, const struct axis *axis, const struct view *view,
          const struct life *life, const char *colour, double y)
{
    int64_t taken_ns =
        life->accepted_ns < 0 ? life->ended_ns : life->accepted_ns;
    double x1 = x_of(axis, view, life->began_ns);
    double x2 = x_of(axis, view, taken_ns);
    double x3 = x_of(axis, view, life->ended_ns);
    char class[32];

    if (taken_ns < life->began_ns)
        x2 = x1;
    (void)snprintf(class, sizeof class, "dash %s", colour);
    if (x2 - x1 > 1)
        svg_line(file, class, x1, y, x2, y);
    if (life->accepted_ns >= 0 && x3 > x2)
        svg_line(file, colour, x2, y, x3, y);
    (void)snprintf(class, sizeof class, "fat %s", colour);
    svg_line(file, class, x1, y - 4, x1, y + 4);
    if (strcmp(life->end, "open") != 0 && x3 < AXIS_END)
        svg_line(file, class, x3, y - 4, x3, y + 4);
}

/* A wait: a bar; one that was never answered is open at its end. */
static void
draw_wait(FILE *file, const struct axis *axis, const struct view *view,
          const struct wait *wait, const char *colour, double y)
{
    double x1 = x_of(axis, view, wait->from_ns);
    double x2 = x_of(axis, view, wait->to_ns);
    char class[32];

    if (x2 - x1 < 2.2)
        x2 = x1 + 2.2;
    if (wait->answered) {
        svg_box(file, colour, x1, y - BAR / 2.0, x2 - x1, BAR);
        return;
    }
    (void)snprintf(class, sizeof class, "open %s", colour);
    svg_box(file, class, x1, y - BAR / 2.0, x2 - x1, BAR);
    (void)snprintf(class, sizeof class, "small mid %s", colour);
    if (x2 - x1 > 100)
        svg_text(file, class, (x1 + x2) / 2, y + 3.5, "no answer");
}

/* The dashes of a connection that nobody has accepted go on over its bar. */
static void
draw_unaccepted(FILE *file, const struct axis *axis, const struct view *view,
                const struct lane *lane, const struct life *life, double y)
{
    int64_t until_ns =
        life->accepted_ns < 0 ? life->ended_ns : life->accepted_ns;

    for (int i = 0; i < lane->wait_count; i++) {
        const struct wait *w = &lane->waits[i];
        int64_t to_ns = w->to_ns < until_ns ? w->to_ns : until_ns;

        if (w->answered && to_ns > w->from_ns)
            svg_line(file, "dash paper", x_of(axis, view, w->from_ns) + 3, y,
                     x_of(axis, view, to_ns), y);
    }
}

static void
draw_lane(FILE *file, const struct axis *axis, const struct view *view, int n,
          double y)
{
    const struct lane *lane = &view->lanes[n];
    char colour[16], class[32], numbers[LABEL_SIZE];

    (void)snprintf(colour, sizeof colour, "c%d", n % CLIENT_COLOURS + 1);
    (void)snprintf(class, sizeof class, "end %s", colour);
    svg_text(file, class, AXIS_X - 8, y + 4, lane->name);
    for (int i = 0; i < lane->life_count; i++)
        draw_life(file, axis, view, &lane->lives[i], colour, y);
    for (int i = 0; i < lane->wait_count; i++)
        draw_wait(file, axis, view, &lane->waits[i], colour, y);
    for (int i = 0; i < lane->life_count; i++)
        draw_unaccepted(file, axis, view, lane, &lane->lives[i], y);
    for (int i = 0; i < lane->send_count; i++) {
        double x = x_of(axis, view, lane->sends[i]);

        svg_line(file, colour, x, y - 8, x, y);
    }
    waits_list(lane, numbers, sizeof numbers, 15);
    if (lane->wait_count == 0)
        (void)snprintf(numbers, sizeof numbers, "%s",
                       strcmp(lane->lives[0].end, "refused") == 0 ? "refused"
                                                                  : "-");
    svg_text(file, "", NUMBERS_X, y + 4, numbers);
}

/* --- lanes of threads ---------------------------------------------------- */

static void
draw_period(FILE *file, const struct axis *axis, const struct view *view,
            const struct period *period, double y)
{
    double x1 = x_of(axis, view, period->from_ns);
    double x2 = x_of(axis, view, period->to_ns);
    char label[LABEL_SIZE];

    if (period->to_ns <= view->from_ns || x2 <= x1)
        return;
    svg_box(file, period->stay == STAY_SLEEPS ? "sleep" : "run", x1, y - 7,
            x2 - x1, 14);
    if (period->call == NULL)
        return;
    story_call(view, period->call, label, sizeof label);
    if (text_width(label, 10.5) > x2 - x1 - 4) /* then only its name */
        label[strcspn(label, "(:")] = '\0';
    if (text_width(label, 10.5) <= x2 - x1 - 4)
        svg_text(file,
                 period->stay == STAY_SLEEPS ? "small mid" : "small mid on",
                 (x1 + x2) / 2, y + 3.6, label);
}

static void
draw_thread(FILE *file, const struct axis *axis, const struct view *view, int n,
            double y)
{
    const struct thread_lane *thread = &view->threads[n];
    char text[32];

    svg_text(file, "end", AXIS_X - 8, y + 4, thread->name);
    for (int i = 0; i < thread->period_count; i++)
        draw_period(file, axis, view, &thread->periods[i], y);
    (void)snprintf(text, sizeof text, "awake %.0f %%",
                   100 * share_awake(thread, view->from_ns, view->enough_ns));
    svg_text(file, "quiet", NUMBERS_X, y + 4, text);
}

/* --- a run --------------------------------------------------------------- */

static int
threads_shown(const struct view *view)
{
    return view->thread_count < THREADS_MOST ? view->thread_count
                                             : THREADS_MOST;
}

static double
panel_height(const struct view *view)
{
    return HEAD + (view->lane_count + threads_shown(view)) * LANE + 12;
}

static void
draw_panel(FILE *file, const struct axis *axis, const struct view *view,
           double y)
{
    svg_text(file, "bold", MARGIN, y + 13, view->title);
    y += HEAD;
    for (int i = 0; i < view->lane_count; i++)
        draw_lane(file, axis, view, i, y + (i + 0.5) * LANE);
    y += view->lane_count * LANE + 3;
    for (int i = 0; i < threads_shown(view); i++)
        draw_thread(file, axis, view, i, y + (i + 0.5) * LANE);
    y += threads_shown(view) * LANE;
    if (view->thread_count > THREADS_MOST) {
        char text[48];

        (void)snprintf(text, sizeof text, "and %d threads more",
                       view->thread_count - THREADS_MOST);
        svg_text(file, "quiet small", AXIS_X, y + 6, text);
    }
}

/* 1, 2 or 5 times a power of ten: at most seven ticks. */
static double
tick_ms(const struct axis *axis)
{
    double least = (double)axis->span_ns / NS_PER_MS / 7;
    double unit = pow(10, floor(log10(least)));
    double times = least / unit;

    return unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void
draw_grid(FILE *file, const struct axis *axis, double top, double bottom)
{
    double step = tick_ms(axis), span = (double)axis->span_ns / NS_PER_MS;

    for (int i = 0; i * step <= span; i++) {
        double x = AXIS_X + i * step / span * (AXIS_END - AXIS_X);

        svg_line(file, "grid", x, top, x, bottom);
    }
}

/* The numbers below; and how far the longest run went on, where it is cut. */
static void
draw_ticks(FILE *file, const struct axis *axis, const struct view views[],
           int count, double y)
{
    double step = tick_ms(axis), span = (double)axis->span_ns / NS_PER_MS;
    int64_t last_ns = 0;
    char text[48];

    for (int i = 0; i * step <= span; i++) {
        (void)snprintf(text, sizeof text, "%g%s", i * step,
                       i == 0 ? " ms" : "");
        svg_text(file, "small quiet mid",
                 AXIS_X + i * step / span * (AXIS_END - AXIS_X), y + 2, text);
    }
    for (int i = 0; i < count; i++)
        if (last_ns < last_seen(&views[i]) - views[i].from_ns)
            last_ns = last_seen(&views[i]) - views[i].from_ns;
    if (!axis->cut)
        return;
    (void)snprintf(text, sizeof text, "on to %s", ms_text(last_ns));
    svg_text(file, "small quiet", NUMBERS_X, y + 2, text);
}

/* What the shapes mean, once, below. */
static void
draw_key(FILE *file, double y)
{
    svg_line(file, "fat c6", MARGIN, y - 4, MARGIN, y + 4);
    svg_line(file, "dash c6", MARGIN, y, MARGIN + 16, y);
    svg_text(file, "small quiet", MARGIN + 20, y + 3.5, "connected");
    svg_line(file, "c6", MARGIN + 84, y, MARGIN + 100, y);
    svg_text(file, "small quiet", MARGIN + 104, y + 3.5, "accepted");
    svg_line(file, "c6", MARGIN + 164, y - 6, MARGIN + 164, y + 4);
    svg_text(file, "small quiet", MARGIN + 169, y + 3.5, "sends");
    svg_box(file, "c6", MARGIN + 210, y - 5, 14, 10);
    svg_text(file, "small quiet", MARGIN + 228, y + 3.5,
             "has asked, no answer yet");
    svg_box(file, "sleep", MARGIN, y + 12, 14, 12);
    svg_text(file, "small quiet", MARGIN + 20, y + 21.5, "asleep in a call");
    svg_box(file, "run", MARGIN + 118, y + 12, 14, 12);
    svg_text(file, "small quiet", MARGIN + 136, y + 21.5,
             "awake (recorded with strace: a little slower)");
}

static void
describe(const struct view views[], int count, char **text)
{
    size_t size;
    FILE *file = open_memstream(text, &size);

    if (file == NULL)
        abort();
    waited_tell(file, views, count);
    (void)fclose(file);
    for (char *c = *text; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
}

void
waited_draw(FILE *file, const struct view views[], int count, const char *name)
{
    struct axis axis = make_axis(views, count);
    double height = TITLE + FOOT, y = TITLE;
    char *description;

    for (int i = 0; i < count; i++)
        height += panel_height(&views[i]);
    describe(views, count, &description);
    svg_begin(file, WIDTH, height, name, "Who waited, and for how long",
              description);
    svg_text(file, "head", MARGIN, 22, "Who waited");
    svg_text(file, "quiet small", NUMBERS_X, 20, "waited for");
    svg_text(file, "quiet small", NUMBERS_X, 33, "a reply, ms");
    for (int i = 0; i < count; i++) {
        draw_grid(file, &axis, y + HEAD - 2, y + panel_height(&views[i]) - 10);
        draw_panel(file, &axis, &views[i], y);
        y += panel_height(&views[i]);
    }
    draw_ticks(file, &axis, views, count, height - FOOT);
    draw_key(file, height - 34);
    svg_end(file);
    free(description);
}
