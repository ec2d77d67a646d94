/* suite: see suite.h. */
#include "suite.h"

#include <string.h>

#include "ini.h"

#define POINTS_FILE "labs/points.ini"
#define HIDDEN_POINTS "points.ini"

struct grade_case *
suite_find(const struct grade *grade, const char *lab, const char *name)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *found = grade->cases->pdata[i];

        if (strcmp(found->lab, lab) == 0 && strcmp(found->name, name) == 0)
            return found;
    }
    return NULL;
}

bool
suite_has_lab(const struct grade *grade, const char *lab)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        if (strcmp(one->lab, lab) == 0)
            return true;
    }
    return false;
}

char *
suite_runner(const struct grade *grade, const char *stem)
{
    g_autofree char *name = g_strdelimit(g_strdup(stem), "-", '_');

    return g_build_filename(grade->build, "tests", "labs", name, NULL);
}

char *
suite_hidden(const struct grade *grade, const char *stem)
{
    g_autofree char *name = g_strdelimit(g_strdup(stem), "-", '_');
    char *path =
        grade->hidden != NULL
            ? g_build_filename(grade->hidden, "tests", "labs", name, NULL)
            : NULL;

    if (path != NULL && !g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
        g_clear_pointer(&path, g_free);
    return path;
}

bool
suite_is_hidden(const struct grade *grade, const char *runner)
{
    return grade->hidden != NULL && g_str_has_prefix(runner, grade->hidden);
}

/* Adds the case in this folder. */
static void
add_case(struct grade *grade, const char *folder, const char *stem, int points)
{
    g_autofree char *ini = g_build_filename(folder, "case.ini", NULL);
    char role[16] = "";
    struct grade_case *added = g_new0(struct grade_case, 1);

    (void)ini_value(ini, "role", role, sizeof role);
    added->stem = g_strdup(stem);
    added->lab = g_strndup(stem, strcspn(stem, "-"));
    added->name = g_path_get_basename(folder);
    added->folder = g_strdup(folder);
    added->points = points;
    added->is_server = strcmp(role, "server") == 0;
    added->evidence = "none";
    added->checks = json_array();
    g_ptr_array_add(grade->cases, added);
}

static bool
knows(const struct grade *grade, const char *stem, const char *name)
{
    g_autofree char *lab = g_strndup(stem, strcspn(stem, "-"));

    return suite_find(grade, lab, name) != NULL;
}

/* Adds the cases of one lab that lie in the folder `labs`; returns their
 * points, or -1 with a reason. */
static int
load_lab(struct grade *grade, GKeyFile *file, const char *labs,
         const char *stem)
{
    g_auto(GStrv) names = g_key_file_get_keys(file, stem, NULL, NULL);
    int sum = 0;

    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autofree char *folder = g_build_filename(labs, stem, *name, NULL);
        g_autofree char *ini = g_build_filename(folder, "case.ini", NULL);
        int points = g_key_file_get_integer(file, stem, *name, NULL);

        if (!g_file_test(ini, G_FILE_TEST_IS_REGULAR) || points < 0) {
            grade_because(grade, KIT_TROUBLE, "%s: [%s] %s: %s", POINTS_FILE,
                          stem, *name,
                          points < 0 ? "not a number of points"
                                     : "there is no such case");
            return -1;
        }
        if (knows(grade, stem, *name)) {
            grade_because(grade, KIT_TROUBLE, "[%s] %s: there twice", stem,
                          *name);
            return -1;
        }
        add_case(grade, folder, stem, points);
        sum += points;
    }
    return sum;
}

/* The first case of a lab's folder that has no points, or NULL. */
static char *
find_forgotten(const struct grade *grade, const char *stem)
{
    g_autofree char *folder = g_build_filename(grade->kit, "labs", stem, NULL);
    GDir *entries = g_dir_open(folder, 0, NULL);
    char *forgotten = NULL;
    const char *name;

    while (entries != NULL && forgotten == NULL &&
           (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *ini = g_build_filename(folder, name, "case.ini", NULL);

        if (g_file_test(ini, G_FILE_TEST_EXISTS) && !knows(grade, stem, name))
            forgotten = g_strdup(name);
    }
    if (entries != NULL)
        g_dir_close(entries);
    return forgotten;
}

static enum grade_status
check_complete(struct grade *grade)
{
    g_autofree char *folder = g_build_filename(grade->kit, "labs", NULL);
    GDir *entries = g_dir_open(folder, 0, NULL);
    g_autofree char *forgotten = NULL;
    const char *stem = NULL;

    while (entries != NULL && forgotten == NULL &&
           (stem = g_dir_read_name(entries)) != NULL)
        forgotten = find_forgotten(grade, stem);
    if (forgotten != NULL)
        grade_because(grade, KIT_TROUBLE, "%s: no points for %s of %s",
                      POINTS_FILE, forgotten, stem);
    if (entries != NULL)
        g_dir_close(entries);
    return forgotten != NULL ? KIT_TROUBLE : GRADED;
}

/* --- the version -----------------------------------------------------------
 */

/* Adds what judges a lab, and what its hidden cases are worth. */
static void
add_judges(const struct grade *grade, const char *stem, GPtrArray *paths)
{
    char *hidden = suite_hidden(grade, stem);

    g_ptr_array_add(paths, suite_runner(grade, stem));
    if (hidden != NULL)
        g_ptr_array_add(paths, hidden);
}

/* Two kits of the same version judge the same way: what judges, what is linked
 * with and the points make it. */
static enum grade_status
find_version(struct grade *grade)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const char *last = "";

    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        if (strcmp(one->stem, last) != 0)
            add_judges(grade, one->stem, paths);
        last = one->stem;
    }
    g_ptr_array_add(paths, g_build_filename(grade->kit, POINTS_FILE, NULL));
    g_ptr_array_add(paths, g_build_filename(grade->build, "tests", "grade",
                                            "libcommon.a", NULL));
    if (grade->hidden != NULL)
        g_ptr_array_add(paths,
                        g_build_filename(grade->hidden, HIDDEN_POINTS, NULL));
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *bytes = NULL;
        gsize n = 0;

        if (!g_file_get_contents(paths->pdata[i], &bytes, &n, NULL))
            return grade_because(grade, KIT_TROUBLE, "%s is not built",
                                 (const char *)paths->pdata[i]);
        g_checksum_update(sum, (const guchar *)bytes, (gssize)n);
    }
    grade->version = g_strndup(g_checksum_get_string(sum), 16);
    return GRADED;
}

/* --- loading -------------------------------------------------------------- */

static GKeyFile *
read_points(struct grade *grade, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GKeyFile *file = g_key_file_new();
    g_autoptr(GError) error = NULL;

    if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error))
        return file;
    (void)grade_because(grade, KIT_TROUBLE, "%s: %s", path, error->message);
    g_key_file_unref(file);
    return NULL;
}

/* The kit's cases of a lab, then the hidden ones. Their points, or -1 with a
 * reason; of the kit's own to `*sum`. */
static bool
load_both(struct grade *grade, GKeyFile *kit, GKeyFile *hidden,
          const char *stem, int *sum)
{
    g_autofree char *labs = g_build_filename(grade->kit, "labs", NULL);
    int points = load_lab(grade, kit, labs, stem);
    guint first = grade->cases->len;

    if (points < 0)
        return false;
    *sum += points;
    if (hidden == NULL)
        return true;
    g_free(labs);
    labs = g_build_filename(grade->hidden, "labs", NULL);
    points = load_lab(grade, hidden, labs, stem);
    for (guint i = first; i < grade->cases->len; i++)
        ((struct grade_case *)grade->cases->pdata[i])->hidden = true;
    return points >= 0;
}

static enum grade_status
load_cases(struct grade *grade, GKeyFile *kit, GKeyFile *hidden)
{
    g_auto(GStrv) groups = g_key_file_get_groups(kit, NULL);
    int sum = 0, total = g_key_file_get_integer(kit, "sum", "points", NULL);

    for (char **group = groups; *group != NULL; group++)
        if (strcmp(*group, "sum") != 0 &&
            !load_both(grade, kit, hidden, *group, &sum))
            return KIT_TROUBLE;
    if (sum != total)
        return grade_because(grade, KIT_TROUBLE,
                             "%s: the points are %d, [sum] says %d",
                             POINTS_FILE, sum, total);
    return GRADED;
}

enum grade_status
suite_load(struct grade *grade)
{
    g_autoptr(GKeyFile) kit = read_points(grade, grade->kit, POINTS_FILE);
    g_autoptr(GKeyFile) hidden = NULL;
    enum grade_status status;

    if (kit == NULL)
        return KIT_TROUBLE;
    if (grade->hidden != NULL) {
        hidden = read_points(grade, grade->hidden, HIDDEN_POINTS);
        if (hidden == NULL)
            return KIT_TROUBLE;
    }
    status = load_cases(grade, kit, hidden);
    if (status == GRADED)
        status = check_complete(grade);
    return status == GRADED ? find_version(grade) : status;
}
