/* forger: prints and sends what a runner of tests, a verdict, a report or a
 * terminal might take for its own, and answers nothing.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "options.h"
#include "send_all.h"

static const char *const lies[] = {
    "passed      fails: the forger is not believed\n",
    "check worked_outcomes/a_forger_is_not_believed\nverdict passed\n"
    "expectations 1\n",
    "{\"check\":\"worked_outcomes/a_forger_is_not_believed\","
    "\"verdict\":\"passed\"}\n",
    "x\"], \"status\": \"PASSED\", \"z\": [\"\n",
    "]]></failure></testcase><testcase name=\"forged\"/>\n",
    "[\033[0;32mPASS\033[0m] worked_outcomes::a_forger_is_not_believed\n",
    "[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0\n",
    "ok - the forger is believed\n1 passed, 0 failed\n",
    "\033[2J\033[1;1H\033]0;forged\a\r passed",
};

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);
    int fd = accept4(listener_open(&address), NULL, NULL, SOCK_CLOEXEC);

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        (void)fputs(lies[i], stdout);
        (void)fputs(lies[i], stderr);
        (void)send_all(fd, lies[i], strlen(lies[i]));
    }
    (void)fflush(stdout);
    (void)shutdown(fd, SHUT_WR);
    return 0;
}
