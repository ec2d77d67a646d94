/* story: each event of a trace as a sentence: for those who read instead of
 * looking, and for the labels in a picture. Facts, never causes. */
#ifndef PICTURE_STORY_H
#define PICTURE_STORY_H

#include "view.h"

/* A call as a label: "recv(4)", "select(3 4 5)", "wait". */
void story_call(const struct view *view, const struct event *e, char *out,
                size_t size);

/* Parts of sentences: appends text as far as there is room (printf-like); ": "
 * and what was sent or got; "6 bytes"; who is at the other end. */
void story_add(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void story_add_data(const struct event *e, int64_t bytes, char *out,
                    size_t size);
const char *bytes_text(int64_t bytes);
const char *story_name(const struct view *view, int conn);

/* Appends a system call as a sentence. */
void story_tell_call(const struct view *view, const struct event *e, char *out,
                     size_t size);

/* The whole run, an event a line with its time, and what passed in between. */
void story_tell(FILE *file, const struct view *view);

/* One event as a sentence without its full stop, and when it is told: a call
 * that waits, when it is over. False for those that are not told (names). */
bool story_sentence(const struct view *view, const struct event *e, char *out,
                    size_t size);
int64_t story_time(const struct event *e);

/* An event, and when it is told. */
struct told {
    const struct event *event;
    int64_t ts_ns;
};

/* All that are told, in their order; the caller frees them. */
struct told *story_order(const struct view *view, size_t *count);

#endif
