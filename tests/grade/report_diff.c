/* report_diff: see report_diff.h.
 *
 * GNU diff (diffutils, which every Debian has) compares two folders, so that a
 * submission costs one process. The names of the files are ours.
 */
#include "report_diff.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "report_text.h"

static const char *hidden_cases; /* the folder; NULL: none */

void
diff_look_in(const char *hidden)
{
    hidden_cases = hidden;
}

char *
diff_key(const json_t *one)
{
    return g_strdup_printf("%s/%s", text_of(one, "lab"), text_of(one, "case"));
}

/* "lab01" -> "lab01-blocking". */
static const char *
find_stem(const char *lab)
{
    static GHashTable *stems; /* reached until the end */
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (stems == NULL) {
        stems = g_hash_table_new(g_str_hash, g_str_equal);
        dir = g_dir_open(GRADE_KIT "/labs", 0, NULL);
        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
            if (strchr(name, '-') != NULL)
                g_hash_table_insert(stems, g_strndup(name, strcspn(name, "-")),
                                    g_strdup(name));
    }
    return g_hash_table_lookup(stems, lab);
}

/* A file of a case, read once: the kit's, or a hidden one's. */
static const char *
kit_file(const json_t *one, const char *name, gsize *length)
{
    static GHashTable *known; /* as find_stem's */
    const char *stem = find_stem(text_of(one, "lab"));
    const char *const tops[] = {GRADE_KIT, hidden_cases};
    GString *text = NULL;

    if (known == NULL)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < 2 && stem != NULL && text == NULL; i++) {
        g_autofree char *path = NULL, *bytes = NULL;

        if (tops[i] == NULL)
            continue;
        path = g_build_filename(tops[i], "labs", stem, text_of(one, "case"),
                                name, NULL);
        text = g_hash_table_lookup(known, path);
        if (text == NULL && g_file_get_contents(path, &bytes, length, NULL)) {
            text = g_string_new_len(bytes, (gssize)*length);
            g_hash_table_insert(known, g_steal_pointer(&path), text);
        }
    }
    if (text != NULL)
        *length = text->len;
    return text != NULL ? text->str : NULL;
}

const char *
diff_original(const json_t *one, gsize *length)
{
    return kit_file(one, "broken.c", length);
}

const char *
diff_solution(const json_t *one, gsize *length)
{
    return kit_file(one, "fixed.c", length);
}

char *
diff_submitted(const json_t *one, gsize *length)
{
    const char *source = json_string_value(json_object_get(one, "source"));

    return source != NULL ? (char *)g_base64_decode(source, length) : NULL;
}

static bool
put_file(const char *path, const char *bytes, gsize n)
{
    return g_file_set_contents_full(path, bytes, (gssize)n,
                                    G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

/* Both files of a case, where they differ, into the folders; true when they are
 * there. */
static bool
put_files(const json_t *one, const char *top, bool remove)
{
    gsize n, n_old;
    const char *old = diff_original(one, &n_old);
    g_autofree char *new = diff_submitted(one, &n);
    g_autofree char *name = g_strdelimit(diff_key(one), "/", '.');
    g_autofree char *from = g_build_filename(top, "old", name, NULL);
    g_autofree char *to = g_build_filename(top, "new", name, NULL);

    if (old == NULL || new == NULL || (n == n_old && memcmp(old, new, n) == 0))
        return true;
    if (remove)
        return unlink(from) == 0 && unlink(to) == 0;
    for (gsize i = 0; i < n; i++)
        if (new[i] == '\0')
            new[i] = '\x1a'; /* what is said of it must be a text */
    return put_file(from, old, n_old) && put_file(to, new, n);
}

/* Splits what was said of all files: a line that begins with "diff" is no part
 * of a difference, and ends in the name; two lines with names follow. */
static GHashTable *
split(const char *said)
{
    GHashTable *cases =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GString) one = g_string_new(NULL);
    char *key = NULL;
    int skip = 0;

    for (const char *line = said, *end; *line != '\0'; line = end) {
        end = strchr(line, '\n');
        end = end != NULL ? end + 1 : line + strlen(line);
        if (g_str_has_prefix(line, "diff ")) {
            g_autofree char *whole = g_strndup(line, (gsize)(end - line));
            const char *name = strrchr(whole, '/');

            if (key != NULL)
                g_hash_table_insert(cases, key, g_strdup(one->str));
            g_string_truncate(one, 0);
            key = g_strdelimit(g_strchomp(g_strdup(name + 1)), ".", '/');
            skip = 2;
        } else if (skip > 0) {
            skip--;
        } else {
            g_string_append_len(one, line, end - line);
        }
    }
    if (key != NULL)
        g_hash_table_insert(cases, key, g_strdup(one->str));
    return cases;
}

static GHashTable *
run_diff(const char *top)
{
    static const char *const command[] = {
        "diff", "-r",  "-U", "2", "--text", "--strip-trailing-cr",
        "old",  "new", NULL};
    static const char *const environment[] = {"LC_ALL=C", "PATH=/usr/bin:/bin",
                                              NULL};
    g_autofree char *said = NULL;

    if (!g_spawn_sync(top, (char **)command, (char **)environment,
                      G_SPAWN_SEARCH_PATH, NULL, NULL, &said, NULL, NULL, NULL))
        return NULL;
    return split(said);
}

/* Makes or removes the folders in `top`. */
static bool
make_folders(const char *top, bool remove)
{
    static const char *const names[] = {"old", "new"};
    bool done = true;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_build_filename(top, names[i], NULL);

        done = (remove ? rmdir(folder) : g_mkdir_with_parents(folder, 0700)) ==
                   0 &&
               done;
    }
    return done;
}

static GHashTable *
compare_in(const char *top, const json_t *cases)
{
    GHashTable *differences = NULL;
    bool there = make_folders(top, false);

    for (size_t i = 0; i < json_array_size(cases); i++)
        there = there && put_files(json_array_get(cases, i), top, false);
    if (there)
        differences = run_diff(top);
    for (size_t i = 0; i < json_array_size(cases); i++)
        (void)put_files(json_array_get(cases, i), top, true);
    (void)make_folders(top, true);
    (void)rmdir(top);
    return differences;
}

GHashTable *
diff_cases(const json_t *cases)
{
    GHashTable *differences = NULL;
    g_autofree char *top = NULL;
    sigset_t all, before;

    /* Whoever ends this ends it when the folder is gone. */
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    top = g_dir_make_tmp("lab-report-XXXXXX", NULL);
    if (top != NULL)
        differences = compare_in(top, cases);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return differences;
}
