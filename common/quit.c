/* quit: see quit.h. */
#include "quit.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

static void
quit(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_SUCCESS); /* exit() may not be called in a signal handler */
}

void
quit_on_signals(void)
{
    struct sigaction action = {.sa_handler = quit};

    if (sigaction(SIGINT, &action, NULL) < 0 ||
        sigaction(SIGTERM, &action, NULL) < 0)
        die("sigaction", NULL);
}
