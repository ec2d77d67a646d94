/* check: does a trace keep the rules of trace.md?
 *
 *     check TRACE...
 *
 * Status: 0 each does; 1 one does not, and "FILE:LINE: REASON" says where; 2
 * wrong usage.
 */
#include <stdlib.h>

#include "event.h"
#include "rules.h"

int
main(int argc, char *argv[])
{
    int wrong = 0;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: check TRACE...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        struct trace trace;
        int complaints = trace_read(&trace, argv[i]) < 0
                             ? 1
                             : rules_check(&trace, argv[i], stderr);

        if (complaints == 0)
            (void)printf("%s: %zu events%s\n", argv[i], trace.count,
                         trace.closed ? "" : ", not closed");
        wrong += complaints;
        trace_free(&trace);
    }
    return wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
