/* die: see die.h. */
#include "die.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
warn(const char *what, const char *object)
{
    int err = errno;
    const char *name = strerrorname_np(err);

    /* One call, so that two processes' lines do not mix. */
    (void)fprintf(stderr, "%s: %s: %s%s%s (%s)\n",
                  program_invocation_short_name, what, object ? object : "",
                  object ? ": " : "", name ? name : "unknown error",
                  strerror(err));
    errno = err;
}

_Noreturn void
die(const char *what, const char *object)
{
    warn(what, object);
    exit(EXIT_FAILURE);
}
