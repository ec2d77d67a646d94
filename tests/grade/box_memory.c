/* box_memory: see box_memory.h. */
#include "box_memory.h"

#include <stdio.h>

#include "proc.h"

static long
own_kib(pid_t pid)
{
    char path[64], line[128];
    long kib = 0, number;
    FILE *status;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    status = fopen(path, "re");
    if (status == NULL)
        return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "RssAnon: %ld", &number) == 1 ||
            sscanf(line, "RssShmem: %ld", &number) == 1)
            kib += number;
    (void)fclose(status);
    return kib;
}

long
box_memory_mib(pid_t pid)
{
    pid_t pids[PROC_TREE_MOST];
    int count = proc_tree(pid, pids);
    long kib = 0;

    for (int i = 0; i < count; i++)
        kib += own_kib(pids[i]);
    return kib / KIB_OF_MIB;
}
