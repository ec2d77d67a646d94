/* excerpt: bytes, cut to what fits a line of a verdict.
 *
 * The texts returned are static. Those of `shown` and `around` outlive one more
 * call, as a verdict needs it; that of `difference_note` does not.
 */
#ifndef HARNESS_EXCERPT_H
#define HARNESS_EXCERPT_H

#include <stddef.h>

enum {
    SHOWN_BYTES = 28,  /* of sent, expected and received bytes at most */
    VIEW_COLUMNS = 26, /* for the bytes alone where `around` cuts them */
};

/* `n` bytes as text_print shows them, cut to what fits a sentence. */
const char *shown(const void *bytes, size_t n);

/* Where two texts of `n` bytes differ first; `n` when they do not. */
size_t first_difference(const char *a, const char *b, size_t n);

/* From which byte on a long text is shown, so that the place that matters is
 * in view. Another text that is the same up to there fits the same view. */
size_t view_of(const char *bytes, size_t n, size_t offset);

/* The note behind `n` received bytes: where they go wrong. */
const char *difference_note(size_t difference, size_t n);

/* The bytes from `start` on, as many as fit a line of the verdict together
 * with how many there are in all and the note. */
const char *around(const char *bytes, size_t n, size_t start, const char *note);

#endif
