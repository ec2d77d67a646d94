/* ini: reads one value from a file of "key = value" lines. */
#ifndef HARNESS_INI_H
#define HARNESS_INI_H

#include <stddef.h>

/* Copies the value of `key` into `value`, blanks round it removed. 0, or -1
 * when the file or the key is missing or the value does not fit; `value` is
 * then "". A line that begins with # or ; is a comment. */
int ini_value(const char *path, const char *key, char *value, size_t size);

#endif
