/* callers: private: where in the program's own source the running task is. */
#ifndef CORO_CALLERS_H
#define CORO_CALLERS_H

/* Finds out where the program lies in memory; before the first task. */
void callers_begin(void);

/* The places from which the running task came here, the nearest first, as
 * addresses in the program's file, for addr2line: "1a2b 3c4d". Valid until the
 * next call. The caller's own place is left out, and what lies in libraries. */
const char *callers_text(void);

#endif
