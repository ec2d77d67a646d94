/* callers: see callers.h. */
#include "callers.h"

#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>

enum { FRAMES = 24, DIGITS = 18 };

static uintptr_t loaded_at; /* addresses in the file count from here */
extern const char etext;    /* end(3): where the program's code ends */

/* Called for each file in memory, for the program first: stops there. */
static int
find_program(struct dl_phdr_info *info, size_t size, void *nothing)
{
    void *frame;

    (void)size;
    (void)nothing;
    loaded_at = (uintptr_t)info->dlpi_addr;
    /* The first call takes more room than a task's stack may have. */
    (void)backtrace(&frame, 1);
    return 1;
}

void
callers_begin(void)
{
    (void)dl_iterate_phdr(find_program, NULL);
}

const char *
callers_text(void)
{
    static char text[FRAMES * DIGITS];
    void *frames[FRAMES];
    int n = backtrace(frames, FRAMES);
    char *end = text;

    *end = '\0';
    for (int i = 2; i < n; i++) { /* without this function and its caller */
        uintptr_t at = (uintptr_t)frames[i];

        if (at >= loaded_at && at < (uintptr_t)&etext)
            end += sprintf(end, "%s%llx", end > text ? " " : "",
                           (unsigned long long)(at - loaded_at));
    }
    return text;
}
