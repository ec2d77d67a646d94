/* box_group: see box_group.h. */
#include "box_group.h"
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GROUPS_MOST = 2,
    LOOK_MS = 1,
    GONE_MS = 10000,
};

static struct {
    char path[PATH_MAX];
    bool bounds_memory;
} groups[GROUPS_MOST];
static int group_count;

static int
open_in_group(int group, const char *name, int flags)
{
    char path[PATH_MAX + 64];

    (void)snprintf(path, sizeof path, "%s/%s", groups[group].path, name);
    return open(path, flags | O_CLOEXEC);
}

static bool
write_in_group(int group, const char *name, const char *text)
{
    int fd = open_in_group(group, name, O_WRONLY);
    bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

    if (fd >= 0)
        (void)close(fd);
    return written;
}

/* The number behind a word of a file of "word number" lines; -1 without. */
static long
number_in_group(int group, const char *name, const char *word)
{
    char text[1024];
    const char *found = text;
    int fd = open_in_group(group, name, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0)
        (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    while ((found = strstr(found, word)) != NULL) {
        size_t length = strlen(word);

        if ((found == text || found[-1] == '\n') && found[length] == ' ')
            return strtol(found + length, NULL, 10);
        found += length;
    }
    return -1;
}

/* Version 2 has memory.max, version 1 has memory.limit_in_bytes; swap would
 * only prolong it. */
static bool
bound_memory(int group, long mib)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%ld", mib * BOX_MIB);
    if (write_in_group(group, "memory.max", text)) {
        (void)write_in_group(group, "memory.swap.max", "0");
        (void)write_in_group(group, "memory.oom.group", "1");
        return true;
    }
    if (!write_in_group(group, "memory.limit_in_bytes", text))
        return false;
    (void)write_in_group(group, "memory.memsw.limit_in_bytes", text);
    return true;
}

bool
box_group_make(const char *folder, long mib)
{
    int group = group_count;

    if (group == GROUPS_MOST) {
        errno = E2BIG;
        return false;
    }
    (void)snprintf(groups[group].path, sizeof groups[group].path, "%s/box-%d",
                   folder, (int)getpid());
    if (mkdir(groups[group].path, 0755) < 0)
        return false;
    group_count++;
    groups[group].bounds_memory = bound_memory(group, mib);
    return true;
}

bool
box_group_join(void)
{
    for (int i = 0; i < group_count; i++)
        if (!write_in_group(i, "cgroup.procs", "0"))
            return false;
    return true;
}

bool
box_group_bounds_memory(void)
{
    bool bounds = false;

    for (int i = 0; i < group_count; i++)
        bounds |= groups[i].bounds_memory;
    return bounds;
}

bool
box_group_was_full(void)
{
    for (int i = 0; i < group_count; i++)
        if (number_in_group(i, "memory.events", "oom_kill") > 0 ||
            number_in_group(i, "memory.oom_control", "oom_kill") > 0)
            return true;
    return false;
}

/* Version 1 cannot kill; there what is left is gone when the caller has ended
 * its descendants. */
void
box_group_end(void)
{
    struct pollfd nothing;

    for (int i = 0; i < group_count; i++) {
        (void)write_in_group(i, "cgroup.kill", "1");
        for (int ms = 0; ms < GONE_MS; ms += LOOK_MS) {
            if (rmdir(groups[i].path) == 0 || errno == ENOENT)
                break;
            (void)poll(&nothing, 0, LOOK_MS);
        }
    }
    group_count = 0;
}
