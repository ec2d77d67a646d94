/* hopper: a server that forks and ends, and its child does the same, and so
 * on: whoever wants to kill it knows a process id that is gone already.
 */
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "options.h"

enum { HOPS_MOST = 100000 }; /* should nobody manage to kill it */

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);

    (void)listener_open(&address);
    for (int hop = 0; hop < HOPS_MOST; hop++) {
        pid_t child = fork();

        if (child < 0)
            return EXIT_FAILURE;
        if (child != 0)
            _exit(EXIT_SUCCESS);
    }
    return EXIT_SUCCESS;
}
