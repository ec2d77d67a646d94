/* clean: text that strangers wrote, made fit to be shown. */
#ifndef GRADE_CLEAN_H
#define GRADE_CLEAN_H

#include <stddef.h>

/* Returns valid UTF-8 without a character that does anything: bytes that are
 * none become U+FFFD; control characters (but newline and tab where `lines`),
 * and those that turn the direction of text, become visible, as \x1b or
 * \u202e. At most `most` bytes are looked at; a note says how many were not.
 * Frees nothing; the caller frees with g_free. */
char *clean_text(const char *bytes, size_t n, size_t most, int lines);

#endif
