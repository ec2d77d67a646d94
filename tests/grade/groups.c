/* groups: see groups.h. */
#include "groups.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "stage.h"

enum { GONE_MS = 5000, LOOK_MS = 2 };

/* The two versions, as /proc/self/mounts and /proc/self/cgroup call them. */
static const struct version {
    const char *type, *option, *controllers;
} versions[] = {{"cgroup2", NULL, ""}, {"cgroup", "memory", "memory"}};

/* --- places --------------------------------------------------------------- */

/* Where a version is mounted, or NULL. */
static char *
find_mount(const struct version *version)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/proc/self/mounts", &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        g_auto(GStrv) options = NULL;

        if (g_strv_length(words) < 4 || strcmp(words[2], version->type) != 0)
            continue;
        options = g_strsplit(words[3], ",", -1);
        if (version->option == NULL ||
            g_strv_contains((const char *const *)options, version->option))
            return g_strdup(words[1]);
    }
    return NULL;
}

/* The group that we are in, as a path from the mount, or NULL. */
static char *
find_own(const struct version *version)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, ":", 3); /* number:what:path */

        if (g_strv_length(fields) == 3 &&
            strcmp(fields[1], version->controllers) == 0)
            return g_strdup(fields[2]);
    }
    return NULL;
}

/* Calls `visit` with our own group and each one above it, until it returns
 * true: where we may make a folder is a matter of who started us. */
static bool
each_place(const struct version *version,
           bool (*visit)(const char *folder, void *context), void *context)
{
    g_autofree char *mount = find_mount(version);
    g_autofree char *own = mount != NULL ? find_own(version) : NULL;

    while (own != NULL) {
        g_autofree char *folder = g_strconcat(mount, own, NULL);
        char *end = strrchr(own, '/');

        if (visit(folder, context))
            return true;
        if (end == NULL || own[1] == '\0')
            break;
        end[end == own] = '\0'; /* "/a" becomes "/" */
    }
    return false;
}

/* --- removing ------------------------------------------------------------- */

static bool
write_to(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

    if (fd >= 0)
        (void)close(fd);
    return written;
}

/* Version 1 cannot kill a group, so each process in it is. */
static void
kill_members(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "cgroup.procs", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (write_to(folder, "cgroup.kill", "1") ||
        !g_file_get_contents(path, &text, NULL, NULL))
        return;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
            (void)kill((pid_t)strtol(*line, NULL, 10), SIGKILL);
}

/* Ends what is in a group and in those below it, and removes them. */
static void
remove_group(const char *folder)
{
    GDir *entries = g_dir_open(folder, 0, NULL);
    const char *name;

    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *inner = g_build_filename(folder, name, NULL);

        if (g_file_test(inner, G_FILE_TEST_IS_DIR))
            remove_group(inner);
    }
    if (entries != NULL)
        g_dir_close(entries);
    for (int ms = 0; g_rmdir(folder) < 0 && errno == EBUSY && ms < GONE_MS;
         ms += LOOK_MS) {
        kill_members(folder);
        pause_ms(LOOK_MS);
    }
}

/* The folder of one who grades has the name of the stage, which nobody else
 * has: a process number may be another's, too, in another PID namespace. */
static char *
folder_of(const char *place, const struct grade *grade)
{
    g_autofree char *name = g_path_get_basename(grade->stage);

    return g_build_filename(place, name, NULL);
}

static bool
remove_from(const char *place, void *grade)
{
    g_autofree char *folder = folder_of(place, grade);

    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        remove_group(folder);
    return false;
}

void
groups_remove(struct grade *grade)
{
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
        (void)each_place(&versions[i], remove_from, grade);
}

/* --- whose it is ---------------------------------------------------------- */

/* A folder is somebody's as long as he holds a lock on it (flock(2)), which
 * ends with him and is seen from every PID namespace. Takes the lock of one
 * that is nobody's; returns what holds it, or -1. */
static int
take(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* What a grader has left that was killed together with those who look after it.
 */
static void
remove_orphans(const char *place)
{
    GDir *entries = g_dir_open(place, 0, NULL);
    const char *name;

    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *folder = g_build_filename(place, name, NULL);
        int lock = g_str_has_prefix(name, STAGE_PREFIX) ? take(folder) : -1;

        if (lock < 0)
            continue;
        remove_group(folder);
        (void)close(lock);
    }
    if (entries != NULL)
        g_dir_close(entries);
}

/* --- making --------------------------------------------------------------- */

struct search {
    const struct grade *grade;
    char *kills, *bounds; /* folders that do, or NULL */
};

/* True when a process can be moved into a group below this folder. */
static bool
can_join(const char *folder)
{
    g_autofree char *group = g_build_filename(folder, "probe", NULL);
    int status = 1;
    pid_t child;

    if (g_mkdir(group, 0755) < 0)
        return false;
    child = fork();
    if (child == 0)
        _exit(!write_to(group, "cgroup.procs", "0"));
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    remove_group(group);
    return child > 0 && status == 0;
}

static bool
has_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, "probe", name, NULL);
    g_autofree char *group = g_build_filename(folder, "probe", NULL);
    bool has = g_mkdir(group, 0755) == 0 && g_access(path, W_OK) == 0;

    (void)g_rmdir(group);
    return has;
}

/* Makes a folder and takes its lock; returns what holds it, or -1. Before it is
 * locked, one who removes what is nobody's may have come; then once more. */
static int
make_own(const char *folder)
{
    for (int ms = 0; ms < GONE_MS; ms += LOOK_MS) {
        int lock;

        if (g_mkdir(folder, 0755) < 0 && errno != EEXIST)
            return -1;
        lock = take(folder);
        if (lock >= 0 && g_file_test(folder, G_FILE_TEST_IS_DIR))
            return lock;
        if (lock >= 0)
            (void)close(lock);
        pause_ms(LOOK_MS);
    }
    return -1;
}

/* Tries a place; it is the right one when memory is bounded there. One that
 * only kills is kept until a better one is found. The lock of one that is kept
 * stays with us until we end. */
static bool
try_place(const char *place, void *context)
{
    struct search *search = context;
    g_autofree char *folder = folder_of(place, search->grade);
    int lock = make_own(folder);

    if (lock < 0)
        return false;
    remove_orphans(place);
    (void)write_to(folder, "cgroup.subtree_control", "+memory");
    if (can_join(folder)) {
        if (has_file(folder, "memory.max") ||
            has_file(folder, "memory.limit_in_bytes"))
            search->bounds = g_strdup(folder);
        else if (search->kills == NULL && has_file(folder, "cgroup.kill"))
            search->kills = g_strdup(folder);
    }
    if (search->bounds == NULL && g_strcmp0(search->kills, folder) != 0) {
        remove_group(folder);
        (void)close(lock);
    }
    return search->bounds != NULL;
}

void
groups_make(struct grade *grade)
{
    struct search search = {.grade = grade};

    for (size_t i = 0; i < G_N_ELEMENTS(versions) && search.bounds == NULL; i++)
        (void)each_place(&versions[i], try_place, &search);
    grade->groups[0] = search.kills;
    grade->groups[1] = search.bounds;
}
