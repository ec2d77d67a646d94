/* text: bytes from the network, made fit to be read. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Prints `n` bytes in double quotes; a byte that is not a printable ASCII
 * character appears as in C: \n, \r, \t, \0, \x1b, and \" and \\. */
void text_print(FILE *out, const void *bytes, size_t n);

#endif
