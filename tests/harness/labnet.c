/* labnet: runs a command in a private network of its own, or in somebody's.
 *
 *     labnet COMMAND [ARGUMENT...]         a new network, loopback up
 *     labnet -j PID COMMAND [ARGUMENT...]  the network that PID is in
 *     labnet -t                            says whether that works here
 *
 * tcpdump, lsof, ss and strace work inside, without root. Status: that of the
 * command; 2 usage; 75 no private network; 127 no such command.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "network.h"

enum { USAGE_STATUS = 2, KIT_PROBLEM = 75, NOT_FOUND = 127 };

_Noreturn static void
usage(void)
{
    (void)fprintf(stderr, "usage: labnet [-j PID] COMMAND [ARGUMENT...]\n"
                          "       labnet -t\n");
    exit(USAGE_STATUS);
}

static void
require(int result)
{
    int err = errno;

    if (result == 0)
        return;
    (void)fprintf(stderr, "labnet: no private network: %s: %s\n", strerror(err),
                  network_remedy(err));
    exit(KIT_PROBLEM);
}

int
main(int argc, char *argv[])
{
    long pid = 0;
    int option;

    while ((option = getopt(argc, argv, "+j:t")) != -1) {
        switch (option) {
        case 'j':
            pid = strtol(optarg, NULL, 10);
            if (pid <= 0)
                usage();
            break;
        case 't':
            require(network_allow());
            (void)printf("private networks work here\n");
            return EXIT_SUCCESS;
        default:
            usage();
        }
    }
    if (optind == argc)
        usage();
    if (pid > 0) {
        if (network_join((pid_t)pid) < 0)
            die("join the network of process", argv[optind - 1]);
    } else {
        require(network_allow());
        require(network_enter());
    }
    (void)execvp(argv[optind], argv + optind);
    warn("exec", argv[optind]);
    return NOT_FOUND;
}
