/* children: see children.h. */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void
children_end(void)
{
    char path[64];
    int child;

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children",
                   (int)getpid());
    for (;;) {
        FILE *children = fopen(path, "re");

        while (children != NULL && fscanf(children, "%d", &child) == 1)
            (void)kill(child, SIGKILL);
        if (children != NULL)
            (void)fclose(children);
        if (wait(NULL) < 0 && errno == ECHILD)
            return;
    }
}
