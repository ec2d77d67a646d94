/* result: what came out, as a file of JSON.
 *
 * One object; every text in it is UTF-8 without a character that does anything
 * (clean.h). Keys that have nothing to say are left out.
 *
 *   format        1
 *   state         "graded"; "unfinished"; "cannot be graded" (the submission's
 *                 fault) or "kit trouble" (ours), then reason says why
 *   submission    its name; taken: a checksum of what was taken from it
 *   kit, seed, compiler, isolation {level, meaning}
 *                 by what it was judged: the same come to the same verdicts
 *   points, of    reached, and to be reached
 *   ignored       what was not taken, a text each
 *   cases         {lab, case, verdict, points, of, evidence, compiler_said,
 *                 source: what was handed in, as base64,
 *                 checks: {check, verdict, what, step [], expected, received,
 *                 took, kernel, ladder [], output, listens, printed [],
 *                 said []}}; a case and a check may be hidden: true, then
 *                 they are the instructor's
 */
#ifndef GRADE_RESULT_H
#define GRADE_RESULT_H

#include "grade.h"

/* Writes the result in one piece (a new file that takes the old one's place):
 * whoever reads it finds a whole one. `state` is "unfinished" before the work
 * and, for each status, result_state() after it. 0, or -1 with errno set. */
int result_write(const struct grade *grade, const char *state);

/* True when the result that there is would come out again: it is whole, graded,
 * of the same work, by the same kit, with the same numbers, and as isolated. */
bool result_is_valid(const struct grade *grade);

/* Reads a result: an object to be released, or NULL with what is wrong with it
 * in `*why` (to be freed). */
json_t *result_read(const char *path, char **why);

const char *result_state(enum grade_status status);

/* Points reached; what there is to reach goes to `*of`. */
int result_points(const struct grade *grade, int *of);

#endif
