/* entry: see entry.h. */
#include "entry.h"

#include <ctype.h>
#include <string.h>

static void
entry_free(void *data)
{
    struct entry *entry = data;

    g_free(entry->path);
    if (entry->bytes != NULL)
        g_byte_array_unref(entry->bytes);
    g_free(entry);
}

GPtrArray *
entries_new(void)
{
    return g_ptr_array_new_with_free_func(entry_free);
}

struct entry *
entries_add(GPtrArray *entries, const char *path)
{
    struct entry *added = g_new0(struct entry, 1);

    added->path = g_strdup(path);
    g_ptr_array_add(entries, added);
    return added;
}

bool
entry_is_lab(const char *name)
{
    return strlen(name) == 5 && strncmp(name, "lab", 3) == 0 &&
           isdigit((unsigned char)name[3]) && isdigit((unsigned char)name[4]);
}
