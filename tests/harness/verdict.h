/* verdict: how a check ends, and what its verdict tells.
 *
 * For the files that check.h is made of. A check sends one verdict, the first;
 * what comes later is ignored. This half runs in the process of the check,
 * results.h is the other one; report.h tells how a verdict travels.
 */
#ifndef HARNESS_VERDICT_H
#define HARNESS_VERDICT_H

#include "peer.h"

struct verdict {
    const char *word;                /* as in the contracts */
    const char *what;                /* one sentence */
    const char *expected, *received; /* or NULL */
    const struct peer *peer;         /* or NULL */
};

/* How many seconds a check may take; the runner asks, too. */
int check_limit_s(void);

/* Opens what the verdict goes out by; set_limit then ends the check with
 * `timed out` after this time. */
void open_verdict(void);
void set_limit(void);

/* Something is asked of the program: what comes next took so long since now. */
void asked(void);

/* Counts an expectation that held. */
void held(void);

/* End the check: with this verdict, or `crashed` where a program has; with
 * `failed` and a sentence (printf-like); with `kit problem`. */
_Noreturn void conclude(const struct verdict *verdict);
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void kit_problem(const char *what);

/* Sends the verdict and goes on: for a check that is over. */
void send_verdict(const struct verdict *verdict);

#endif
