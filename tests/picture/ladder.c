/* ladder: see ladder.h. */
#include "ladder.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "svg.h"

static struct place
make_place(const struct view *view, int most)
{
    struct place p = {.view = view, .rows = rows_of(view, most)};
    int lanes = view->lane_count > 0 ? view->lane_count : 1;

    p.lane_step =
        lanes * LANE_STEP > LANES_WIDE ? LANES_WIDE / (double)lanes : LANE_STEP;
    p.threads =
        view->thread_count < THREADS_MOST ? view->thread_count : THREADS_MOST;
    p.kernel_x = FIRST_LANE + lanes * p.lane_step + 4;
    p.kernel_width = lanes * STRIP + 8;
    p.thread_x = p.kernel_x + p.kernel_width + 26;
    p.text_x = p.thread_x + (p.threads > 1 ? p.threads - 1 : 0) * THREAD_STEP +
               BAR + 6;
    return p;
}

/* --- rows ---------------------------------------------------------------- */

/* As much of it as there is room for. */
static void
draw_text(FILE *file, const char *class, double x, double y, const char *text,
          double size)
{
    char cut[ROW_TEXT + 8];
    size_t most = (size_t)((WIDTH - x) / (size * 0.605));

    (void)snprintf(cut, sizeof cut, "%s", text);
    if (strlen(text) > most && most > 2)
        (void)snprintf(cut + most - 1, sizeof cut - most + 1, "\xe2\x80\xa6");
    svg_text(file, class, x, y, cut);
}

static void
draw_gap(FILE *file, const struct place *p, int i)
{
    double y = row_y(i);

    svg_line(file, "dots", FIRST_LANE - 8, y, p->text_x - 4, y);
    draw_text(file, "small quiet", p->text_x, y + 3.6, p->rows.list[i].text,
              10);
}

static void
draw_arrows(FILE *file, const struct place *p, const struct row *row, double y)
{
    double client = row->lane >= 0 ? lane_x(p, row->lane) : p->kernel_x;
    double left = p->kernel_x, right = p->kernel_x + p->kernel_width;
    double program =
        thread_x(p, row->thread >= 0 ? row->thread : 0) - BAR / 2.0;
    const char *class = row->lane >= 0 ? lane_colour(row->lane) : "thin";
    bool through = (row->arrows & FROM_PROGRAM) && (row->arrows & FROM_KERNEL);

    if ((row->arrows & TO_KERNEL) && (row->arrows & FROM_KERNEL)) {
        svg_arrow(file, class, client, left, y);
        svg_arrow(file, class, left, client, y);
        return;
    }
    if (row->arrows & TO_KERNEL)
        svg_arrow(file, class, client, left, y);
    if (row->arrows & TO_PROGRAM)
        svg_arrow(file, class, right, program, y);
    if (through)
        svg_arrow(file, class, program, client, y);
    else if (row->arrows & FROM_KERNEL)
        svg_arrow(file, class, left, client, y);
    else if (row->arrows & FROM_PROGRAM)
        svg_arrow(file, class, program, right, y);
}

static void
draw_row(FILE *file, const struct place *p, int i, int64_t *told_ns)
{
    const struct row *row = &p->rows.list[i];
    char time[24], class[32];
    double y = row_y(i);

    if (row->is_gap) {
        draw_gap(file, p, i);
        *told_ns = -1;
        return;
    }
    if (*told_ns < 0 || row->ts_ns - *told_ns >= 100000) {
        (void)snprintf(time, sizeof time, "%.1f",
                       (double)(row->ts_ns - p->view->from_ns) / 1e6);
        svg_text(file, "small quiet end", TIME_END, y + 3.6, time);
        *told_ns = row->ts_ns;
    }
    draw_arrows(file, p, row, y);
    (void)snprintf(class, sizeof class, "%s%s%s", row->is_call ? "mono" : "",
                   row->is_call && row->lane >= 0 ? " " : "",
                   row->in_vain     ? " quiet"
                   : row->lane >= 0 ? lane_colour(row->lane)
                                    : "");
    draw_text(file, class, p->text_x, y + 3.8, row->text, TEXT_SIZE);
}

/* --- a run --------------------------------------------------------------- */

static void
draw_head(FILE *file, const struct place *p)
{
    double middle = p->kernel_x + p->kernel_width / 2;
    char number[NAME_SIZE];

    draw_text(file, "bold", 8, 40, p->view->title, 12);
    svg_text(file, "small quiet end", TIME_END, TOP - 6, "ms");
    for (int i = 0; i < p->view->lane_count; i++) {
        const char *name = p->view->lanes[i].name;
        const char *blank = strrchr(name, ' ');
        char class[32];

        (void)snprintf(number, sizeof number, "%s",
                       blank != NULL && strlen(blank) < 4 ? blank + 1 : name);
        number[4] = '\0';
        (void)snprintf(class, sizeof class, "bold mid %s", lane_colour(i));
        svg_text(file, class, lane_x(p, i), TOP - 6, number);
    }
    svg_text(file, "small quiet", FIRST_LANE - 8, TOP - 20,
             p->view->is_client ? "connections" : "clients");
    svg_text(file, "small quiet mid", middle, TOP - 6, "kernel");
    if (p->threads == 1)
        svg_text(file, "small quiet mid", thread_x(p, 0), TOP - 20,
                 p->view->threads[0].name);
    for (int i = 0; p->threads > 1 && i < p->threads; i++) {
        (void)snprintf(number, sizeof number, "%d", i);
        svg_text(file, "small quiet mid", thread_x(p, i), TOP - 6,
                 i == 0 ? "main" : number);
    }
    if (p->threads > 1)
        svg_text(file, "small quiet", p->thread_x - 14, TOP - 20,
                 strncmp(p->view->threads[1].name, "thread", 6) == 0
                     ? "threads"
                     : "processes");
}

static void
draw_run(FILE *file, const struct place *p)
{
    double bottom = row_y(p->rows.count);
    int64_t told_ns = -1;

    draw_head(file, p);
    svg_box(file, "track", p->kernel_x, TOP, p->kernel_width, bottom - TOP);
    draw_lifelines(file, p);
    draw_unread(file, p);
    for (int i = 0; i < p->threads; i++)
        draw_thread(file, p, i);
    for (int i = 0; i < p->rows.count; i++)
        draw_row(file, p, i, &told_ns);
}

static void
draw_key(FILE *file, double y)
{
    svg_box(file, "sleep", 8, y - 9, BAR, 12);
    svg_text(file, "small quiet", 22, y, "asleep");
    svg_box(file, "run", 66, y - 9, BAR, 12);
    svg_text(file, "small quiet", 80, y, "awake");
    svg_box(file, "track", 122, y - 9, 13, 12);
    svg_box(file, "c1", 126, y - 9, STRIP - 1, 12);
    svg_text(file, "small quiet", 141, y, "bytes lie in the kernel, unread");
}

void
ladder_draw(FILE *file, const struct view views[], int count, int most,
            const char *name)
{
    struct place *places = calloc((size_t)count, sizeof *places);
    char description[256];
    int rows = 0;

    if (places == NULL)
        abort();
    for (int i = 0; i < count; i++) {
        places[i] = make_place(&views[i], most);
        if (rows < places[i].rows.count)
            rows = places[i].rows.count;
    }
    (void)snprintf(description, sizeof description,
                   "From top to bottom, in %d rows: packets between clients "
                   "and the kernel, system calls between the kernel and the "
                   "program, and when that slept. The text beside the picture "
                   "tells each event.",
                   rows);
    svg_begin(file, count * WIDTH + (count - 1) * BETWEEN, row_y(rows) + FOOT,
              name, "What happened", description);
    svg_text(file, "head", 8, 20, "What happened");
    for (int i = 0; i < count; i++) {
        (void)fprintf(file, "<g transform=\"translate(%d 0)\">\n",
                      i * (WIDTH + BETWEEN));
        draw_run(file, &places[i]);
        (void)fputs("</g>\n", file);
        rows_free(&places[i].rows);
    }
    draw_key(file, row_y(rows) + 26);
    svg_end(file);
    free(places);
}
