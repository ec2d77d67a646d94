/* rows: what the ladder shows, from top to bottom: the events of a run, those
 * that belong together on one line, and what passed in between. */
#ifndef PICTURE_ROWS_H
#define PICTURE_ROWS_H

#include "view.h"

enum { ROW_TEXT = 160 };

/* Between whom a row goes. The kernel stands between the client's column and
 * the program's; an arrow may stop there, or go through. */
enum ends {
    TO_KERNEL = 1,    /* client -> kernel */
    FROM_KERNEL = 2,  /* kernel -> client */
    TO_PROGRAM = 4,   /* kernel -> program: something was got */
    FROM_PROGRAM = 8, /* program -> kernel */
};

struct row {
    int64_t ts_ns;
    bool is_gap;     /* nothing but time; or rows that are left out */
    bool is_call;    /* of the program: named as in C */
    bool in_vain;    /* a call that got nothing */
    unsigned arrows; /* enum ends, or-ed */
    int lane;        /* of the client, or -1 */
    int thread;      /* of the program, or -1 */
    char text[ROW_TEXT];
};

struct rows {
    struct row *list; /* owned */
    int count;
    int left_out; /* so many rows were in the middle */
};

/* At most `most` rows: then the beginning and the end. */
struct rows rows_of(const struct view *view, int most);
void rows_free(struct rows *rows);

#endif
