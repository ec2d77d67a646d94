/* members: see members.h. */
#include "members.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "clean.h"

enum { SHOWN_MOST = 60 };

static const char *const endings[] = {".tar",    ".tar.gz",  ".tgz", ".tar.bz2",
                                      ".tar.xz", ".tar.zst", ".zip", NULL};

/* The ending of an archive's name; NULL for another one. */
static const char *
find_ending(const char *name)
{
    for (int i = 0; endings[i] != NULL; i++)
        if (g_str_has_suffix(name, endings[i]) &&
            strlen(name) > strlen(endings[i]))
            return endings[i];
    return NULL;
}

bool
is_archive(const char *name)
{
    return find_ending(name) != NULL;
}

char *
member_name(const char *path)
{
    char *name = g_path_get_basename(path);
    const char *ending = find_ending(name);

    if (ending != NULL)
        name[strlen(name) - strlen(ending)] = '\0';
    return name;
}

static gint
by_path(gconstpointer a, gconstpointer b)
{
    const struct member *const *left = a, *const *right = b;

    return strcmp((*left)->path, (*right)->path);
}

static bool
has_result(const GPtrArray *members, const char *path)
{
    for (guint i = 0; i < members->len; i++) {
        const struct member *member = members->pdata[i];

        if (g_strcmp0(member->result, path) == 0)
            return true;
    }
    return false;
}

/* A file for the result: what is no letter, digit or harmless mark in the name
 * becomes _, and names that are the same then get a number. */
static char *
choose_result(const GPtrArray *members, const char *results, const char *path)
{
    g_autofree char *name = member_name(path);
    g_autofree char *file = g_str_to_ascii(name, "C");
    char *chosen;

    (void)g_strcanon(file,
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789-_.+@",
                     '_');
    chosen = g_strdup_printf("%s/%s.json", results, file);
    for (int number = 2; has_result(members, chosen); number++) {
        g_free(chosen);
        chosen = g_strdup_printf("%s/%s~%d.json", results, file, number);
    }
    return chosen;
}

static void
add_member(GPtrArray *members, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *shown = clean_text(name, strlen(name), SHOWN_MOST, 0);
    struct member *added;
    struct stat status;

    if (*name == '.' || stat(path, &status) < 0)
        return;
    if (!S_ISDIR(status.st_mode) &&
        (!S_ISREG(status.st_mode) || !is_archive(name))) {
        (void)printf("left out: %s: neither a folder nor an archive\n", shown);
        return;
    }
    added = g_new0(struct member, 1);
    added->path = g_steal_pointer(&path);
    added->shown = g_steal_pointer(&shown);
    g_ptr_array_add(members, added);
}

GPtrArray *
members_find(const char *folder, const char *results)
{
    GPtrArray *members = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    GDir *entries = g_dir_open(folder, 0, &error);
    const char *name;

    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL)
        add_member(members, folder, name);
    if (entries != NULL)
        g_dir_close(entries);
    g_ptr_array_sort(members, by_path);
    for (guint i = 0; i < members->len; i++) {
        struct member *member = members->pdata[i];

        member->result = choose_result(members, results, member->path);
    }
    if (members->len > 0)
        return members;
    (void)fprintf(stderr, "grade: %s: %s\n", folder,
                  error != NULL ? error->message : "no submission is in it");
    g_ptr_array_unref(members);
    return NULL;
}
