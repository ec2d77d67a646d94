/* isolation: see isolation.h. */
#include "isolation.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "network.h"
#include "stage.h"

enum { PROBE_S = 30 };

/* Whether a program runs in such a box. */
static bool
box_works(const struct grade *grade)
{
    static const char *const environment[] = {NULL};
    g_autoptr(GPtrArray) words =
        stage_box(grade, &(struct stage_wish){.limits = "core:0"});
    struct outcome outcome;
    int err;

    g_ptr_array_add(words, g_strdup("/usr/bin/true"));
    g_ptr_array_add(words, NULL);
    err =
        command_run(&(struct command){.argv = (const char *const *)words->pdata,
                                      .environment = environment,
                                      .seconds = PROBE_S},
                    &outcome);
    outcome_clear(&outcome);
    g_free(stage_trouble(grade)); /* that it does not work is no news here */
    return err == 0 && outcome.status == 0;
}

/* In a child, because a namespace cannot be left. */
static bool
has_private_network(void)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(network_allow() < 0);
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum grade_status
isolation_probe(struct grade *grade)
{
    grade->private_network = has_private_network();
    grade->namespaces = true;
    if (!box_works(grade)) {
        grade->namespaces = false;
        if (!box_works(grade))
            return grade_because(grade, KIT_TROUBLE,
                                 "no program can be kept apart here, not even "
                                 "with limits and a filter of system calls");
    }
    return GRADED;
}

const char *
isolation_name(const struct grade *grade)
{
    return grade->namespaces && grade->private_network ? "full" : "reduced";
}

const char *
isolation_meaning(const struct grade *grade)
{
    if (grade->namespaces && grade->private_network)
        return "a file system, processes and a network of their own, limits, "
               "a filter of system calls; memory is limited per process";
    if (grade->namespaces)
        return "as full, but in the machine's network";
    return grade->slot != 0
               ? "a user of their own, limits, a filter of system calls; "
                 "they see the machine's files and processes"
               : "limits and a filter of system calls; they see what you see";
}
