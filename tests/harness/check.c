/* check: how a check begins and ends; see check.h. */
#include "check.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check_network.h"
#include "ladder.h"
#include "network.h"
#include "program.h"
#include "record.h"
#include "subject.h"
#include "verdict.h"

enum { PEERS_MOST = 2048 }; /* descriptors for hundreds of connections */

/* Allows this process `count` descriptors; returns how many it may have. */
static int
allow_descriptors(int count)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        kit_problem("the limit of open files is not known");
    if (files.rlim_cur < (rlim_t)count) {
        files.rlim_cur =
            files.rlim_max < (rlim_t)count ? files.rlim_max : (rlim_t)count;
        if (setrlimit(RLIMIT_NOFILE, &files) < 0)
            kit_problem("the limit of open files cannot be raised");
    }
    return files.rlim_cur < (rlim_t)count ? (int)files.rlim_cur : count;
}

void
check_begin(void)
{
    open_verdict();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody outlives the runner */
    (void)signal(SIGPIPE, SIG_IGN);
    set_limit();
    (void)allow_descriptors(PEERS_MOST);
    if (has_private_network() && network_enter() < 0)
        kit_problem("the private network could not be made");
    ladder_begin();
    record_begin();
}

void
need_descriptors(int count)
{
    int allowed = allow_descriptors(count);
    char what[96];

    if (allowed >= count)
        return;
    (void)snprintf(what, sizeof what, "'ulimit -Hn' must be %d, and is %d",
                   count, allowed);
    kit_problem(what);
}

void
check_end(void)
{
    const char *crash;

    programs_end();
    record_end();
    crash = crash_found();
    if (crash != NULL)
        send_verdict(&(struct verdict){.word = "crashed", .what = crash});
    send_verdict(&(struct verdict){.word = "passed"});
    (void)alarm(0);
}
