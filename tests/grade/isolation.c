/* isolation: see isolation.h. */
#include "isolation.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "groups.h"
#include "network.h"
#include "stage.h"

enum { PROBE_S = 30, PROBE_MIB = 64 };

/* Whether a program runs in such a box. */
static bool
box_works(const struct grade *grade)
{
    static const char *const environment[] = {NULL};
    g_autoptr(GPtrArray) words =
        stage_box(grade, &(struct stage_wish){.limits = "core:0",
                                              .memory_mib = PROBE_MIB});
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

static const char *const names[] = {"none", "reduced", "full"};

enum isolation
isolation_of(const struct grade *grade)
{
    if (grade->namespaces && grade->private_network)
        return ISOLATION_FULL;
    return grade->namespaces || grade->slot != 0 ? ISOLATION_REDUCED
                                                 : ISOLATION_NONE;
}

const char *
isolation_name(const struct grade *grade)
{
    return names[isolation_of(grade)];
}

const char *
isolation_level(int level)
{
    return names[level];
}

int
isolation_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

const char *
isolation_meaning(const struct grade *grade)
{
    if (grade->namespaces && grade->private_network)
        return "they have a file system, processes and a network of their own";
    if (grade->namespaces)
        return "they have a file system and processes of their own, and the "
               "network of this machine";
    return grade->slot != 0 ? "they run as a user of their own, who sees the "
                              "files and processes of this machine"
                            : "they see what you see";
}

enum grade_status
isolation_probe(struct grade *grade)
{
    groups_make(grade);
    grade->private_network = has_private_network();
    grade->namespaces = true;
    if (!box_works(grade)) {
        grade->namespaces = false;
        if (!box_works(grade))
            return grade_because(grade, KIT_TROUBLE,
                                 "no program can be kept apart here, not even "
                                 "with limits and a filter of system calls");
    }
    if ((int)isolation_of(grade) < grade->wanted)
        return grade_because(
            grade, KIT_TROUBLE,
            "isolation would be %s, %s is wanted: of the programs it is true "
            "that %s (make doctor may know a remedy)",
            isolation_name(grade), names[grade->wanted],
            isolation_meaning(grade));
    return GRADED;
}
