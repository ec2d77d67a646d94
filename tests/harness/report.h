/* report: how a check's verdict travels from its process to the runner.
 *
 * Criterion runs each test in a process of its own and closes the descriptors
 * that it does not know. So that process opens the runner's pipe through /proc
 * and writes one message of "key value" lines, ended by a zero byte; a write of
 * at most PIPE_BUF bytes does not mix with others (pipe(7)). Criterion's own
 * JSON and XML can be forged by what a program under test sends (an assertion
 * message is not escaped in 2.4.1), so they are not used.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include <criterion/criterion.h>
#include <stdbool.h>

enum {
    REPORT_SIZE = 4096, /* PIPE_BUF: bytes of a message at most */
};

/* The variable that tells the process of a test the path of the pipe. */
#define REPORT_PATH_VARIABLE "LT_REPORT"
/* What the runner found out about private networks: "private", or the errno
 * of network_allow as a number. */
#define NETWORK_VARIABLE "LT_NETWORK"

/* The runner's exit status. */
enum { STATUS_USAGE = 2, STATUS_KIT_PROBLEM = 75 };

/* Opens what the verdicts come in by and, with LT_JSON, go out to; to be called
 * in the process that runs Criterion. 0, or -1 with errno set. */
int report_open(void);

/* What happens in the run: these checks shall run, this one has ended (crashed:
 * by a signal), it is over. */
void report_plan(struct criterion_test_set *set);
void report_check(const struct criterion_test_stats *stats, bool crashed);
void report_results(void);

/* 0 all passed, 1 not all, 2 no check matches the filter, 75 the kit's own
 * trouble and nothing else. Valid when the run is over. */
int report_status(void);

/* The reason that a check is not covered where namespaces are barred. */
#define NO_PRIVATE_NETWORK "no private network"

#endif
