/* report_forms: the forms in which a run is told: checks, a board, JSON lines.
 *
 * All print what results.h has gathered; people's forms go to stdout.
 */
#ifndef HARNESS_REPORT_FORMS_H
#define HARNESS_REPORT_FORMS_H

#include "results.h"

/* One line a check, failed ones explained; and the totals. */
void print_checks(void);
void print_summary(void);

/* One line a case, the next one explained. */
void print_board(void);

/* Parts of both: a state word, padded to `width`; the name of a check as a
 * sentence and a line; why it failed, with the last so many steps and last
 * words of the program. */
void print_word(const char *word, int width);
void print_sentence(const char *check);
void print_details(const struct result *result, int steps, int said);

/* JSON lines to the file LT_JSON names, or nothing without it. First the plan,
 * so that a reader sees what is missing when the rest does not come; then one
 * line a check; then the totals. open_json: 0, or -1 with errno set. */
int open_json(void);
void print_json_plan(void);
void print_json_results(void);

#endif
