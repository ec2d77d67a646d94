/* folder: a folder as a list of entries; see entry.h. */
#include "entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gint
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder, in order. NULL when it cannot be read. */
static GPtrArray *
list(int folder)
{
    GPtrArray *names;
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *open_folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *found;

    if (open_folder == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    names = g_ptr_array_new_with_free_func(g_free);
    while (names->len < ENTRIES_MOST && (found = readdir(open_folder)) != NULL)
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(found->d_name));
    (void)closedir(open_folder);
    g_ptr_array_sort(names, by_name);
    return names;
}

/* Reads what is open as a regular file, or says why not. */
static void
read_entry(struct entry *entry, int fd)
{
    struct stat status;
    guint8 chunk[8192];
    ssize_t n = 0;

    entry->why = "not a regular file";
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return;
    entry->why = "too large";
    entry->bytes = g_byte_array_new();
    while (entry->bytes->len <= ENTRY_FILE_MOST &&
           (n = read(fd, chunk, sizeof chunk)) > 0)
        g_byte_array_append(entry->bytes, chunk, (guint)n);
    if (entry->bytes->len > ENTRY_FILE_MOST || n < 0)
        g_clear_pointer(&entry->bytes, g_byte_array_unref);
    else
        entry->why = NULL;
}

/* A folder in a folder, no link; -1 when it is none. */
static int
open_folder(int parent, const char *name)
{
    return openat(parent, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static char *
join(const char *path, const char *name)
{
    return g_strdup_printf("%s%s%s", path, *path != '\0' ? "/" : "", name);
}

/* What lies in a lab's folder. O_NONBLOCK opens even a FIFO at once that
 * nobody writes to. */
static void
add_files(GPtrArray *entries, int lab, const char *path)
{
    g_autoptr(GPtrArray) names = list(lab);

    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *inner = join(path, names->pdata[i]);
        struct entry *added = entries_add(entries, inner);
        int fd =
            openat(lab, names->pdata[i],
                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        added->why = errno == ELOOP ? "a link" : "cannot be read";
        if (fd < 0)
            continue;
        read_entry(added, fd);
        (void)close(fd);
    }
}

/* True when one of these names is a lab's folder. */
static bool
has_labs(int folder, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        int fd = entry_is_lab(names->pdata[i])
                     ? open_folder(folder, names->pdata[i])
                     : -1;

        if (fd < 0)
            continue;
        (void)close(fd);
        return true;
    }
    return false;
}

/* Goes into the labs where there are any, else into each folder that is not
 * hidden; what is beside the way is named. */
static void
add_folder(GPtrArray *entries, int folder, const char *path, int depth)
{
    g_autoptr(GPtrArray) names = list(folder);
    bool at_labs = names != NULL && has_labs(folder, names);

    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *inner = join(path, name);
        bool enters = at_labs ? entry_is_lab(name)
                              : depth < ENTRY_DEPTH_MOST && *name != '.';
        int fd = enters ? open_folder(folder, name) : -1;

        if (entries->len >= ENTRIES_MOST)
            return;
        if (fd < 0)
            entries_add(entries, inner)->why = "not in a lab's folder";
        else if (at_labs)
            add_files(entries, fd, inner);
        else
            add_folder(entries, fd, inner, depth + 1);
        if (fd >= 0)
            (void)close(fd);
    }
}

GPtrArray *
entries_of_folder(int folder)
{
    GPtrArray *entries = entries_new();

    add_folder(entries, folder, "", 0);
    return entries;
}
