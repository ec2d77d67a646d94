/* columns: where things stand in a ladder, and what goes from its top to its
 * bottom; for ladder.c, which draws the rows. */
#ifndef PICTURE_COLUMNS_H
#define PICTURE_COLUMNS_H

#include "rows.h"
#include "view.h"

enum {
    WIDTH = 440,  /* of one run */
    BETWEEN = 20, /* two of them */
    TIME_END = 40,
    FIRST_LANE = 56,
    LANES_WIDE = 120, /* at most, for all clients */
    LANE_STEP = 24,
    STRIP = 5, /* of the kernel's band, for each client */
    THREAD_STEP = 20,
    BAR = 9,
    ROW = 16,
    TOP = 74,
    FOOT = 40,
    THREADS_MOST = 5,
    TEXT_SIZE = 11,
};

/* Where things stand, for one run. */
struct place {
    const struct view *view;
    struct rows rows;
    double lane_step, kernel_x, kernel_width, thread_x, text_x;
    int threads;
};

/* The middle of a client's column, of a thread's bar, of a row; the colour of a
 * client. */
double lane_x(const struct place *p, int lane);
double thread_x(const struct place *p, int thread);
double row_y(int row);
const char *lane_colour(int lane);

/* The lives of the connections; the bytes that lie in the kernel; a thread. */
void draw_lifelines(FILE *file, const struct place *p);
void draw_unread(FILE *file, const struct place *p);
void draw_thread(FILE *file, const struct place *p, int n);

#endif
