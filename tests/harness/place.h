/* place: where things lie, found from where this test program lies.
 *
 * Meson puts the tests of labs/lab03-nonblocking into
 * BUILD/tests/labs/lab03_nonblocking, and the programs into
 * BUILD/labs/lab03-nonblocking.
 */
#ifndef HARNESS_PLACE_H
#define HARNESS_PLACE_H

enum { PLACE_SIZE = 1024 };

/* The lab that this test program belongs to: "lab03-nonblocking". */
const char *place_lab(void);

/* The path of something built for this lab; static, until the next call. */
const char *place_built(const char *name);

/* The same for the file `file` of the case `case_name`. */
const char *place_in_case(const char *case_name, const char *file);

#endif
