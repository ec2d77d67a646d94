/* draw: pictures of recorded runs, out of their traces (trace.md).
 *
 *     draw waited TRACE...     who waited: one run, or several on one axis
 *     draw ladder TRACE...     what happened: one run, or several side by side
 *     draw words TRACE...      who waited, in words
 *     draw text TRACE...        both, each event, in words
 *
 * Writes to stdout. Status: 0; 1 a trace is not what it should be; 2 usage.
 */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "ladder.h"
#include "rules.h"
#include "story.h"
#include "view.h"
#include "waited.h"

enum { RUNS_MOST = 8, ROWS_MOST = 60, USAGE_STATUS = 2 };

_Noreturn static void
usage(void)
{
    (void)fprintf(stderr,
                  "usage: draw waited|ladder|words|text TRACE... (1 to %d)\n",
                  RUNS_MOST);
    exit(USAGE_STATUS);
}

int
main(int argc, char *argv[])
{
    struct trace traces[RUNS_MOST];
    struct view views[RUNS_MOST];
    int count = argc - 2;

    if (count < 1 || count > RUNS_MOST)
        usage();
    for (int i = 0; i < count; i++) {
        if (trace_read(&traces[i], argv[2 + i]) < 0 ||
            rules_check(&traces[i], argv[2 + i], stderr) > 0)
            return EXIT_FAILURE;
        views[i] = view_of(&traces[i]);
    }
    if (strcmp(argv[1], "waited") == 0) {
        waited_draw(stdout, views, count);
    } else if (strcmp(argv[1], "ladder") == 0) {
        ladder_draw(stdout, views, count, ROWS_MOST);
    } else if (strcmp(argv[1], "words") == 0) {
        waited_tell(stdout, views, count);
    } else if (strcmp(argv[1], "text") == 0) {
        waited_tell(stdout, views, count);
        for (int i = 0; i < count; i++)
            story_tell(stdout, &views[i]);
    } else {
        usage();
    }
    for (int i = 0; i < count; i++) {
        view_free(&views[i]);
        trace_free(&traces[i]);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
