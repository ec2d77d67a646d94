/* suite: see suite.h. */
#include "suite.h"

#include <string.h>

#include "ini.h"

#define POINTS_FILE "labs/points.ini"

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

static void
add_case(struct grade *grade, const char *stem, const char *name, int points)
{
    g_autofree char *ini =
        g_build_filename(grade->kit, "labs", stem, name, "case.ini", NULL);
    char role[16] = "";
    struct grade_case *added = g_new0(struct grade_case, 1);

    (void)ini_value(ini, "role", role, sizeof role);
    added->stem = g_strdup(stem);
    added->lab = g_strndup(stem, strcspn(stem, "-"));
    added->name = g_strdup(name);
    added->points = points;
    added->is_server = strcmp(role, "server") == 0;
    added->evidence = "none";
    added->checks = json_array();
    g_ptr_array_add(grade->cases, added);
}

/* Adds the cases of one lab; returns their points, or -1 with a reason. */
static int
load_lab(struct grade *grade, GKeyFile *file, const char *stem)
{
    g_auto(GStrv) names = g_key_file_get_keys(file, stem, NULL, NULL);
    int sum = 0;

    for (char **name = names; *name != NULL; name++) {
        g_autofree char *ini =
            g_build_filename(grade->kit, "labs", stem, *name, "case.ini", NULL);
        int points = g_key_file_get_integer(file, stem, *name, NULL);

        if (!g_file_test(ini, G_FILE_TEST_IS_REGULAR) || points < 0) {
            grade_because(grade, KIT_TROUBLE, "%s: [%s] %s: %s", POINTS_FILE,
                          stem, *name,
                          points < 0 ? "not a number of points"
                                     : "there is no such case");
            return -1;
        }
        add_case(grade, stem, *name, points);
        sum += points;
    }
    return sum;
}

/* The first case of a lab's folder that has no points, or NULL. */
static char *
find_forgotten(const struct grade *grade, const char *stem)
{
    g_autofree char *folder = g_build_filename(grade->kit, "labs", stem, NULL);
    g_autofree char *lab = g_strndup(stem, strcspn(stem, "-"));
    GDir *entries = g_dir_open(folder, 0, NULL);
    char *forgotten = NULL;
    const char *name;

    while (entries != NULL && forgotten == NULL &&
           (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *ini = g_build_filename(folder, name, "case.ini", NULL);

        if (g_file_test(ini, G_FILE_TEST_EXISTS) &&
            suite_find(grade, lab, name) == NULL)
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
            g_ptr_array_add(paths, suite_runner(grade, one->stem));
        last = one->stem;
    }
    g_ptr_array_add(paths, g_build_filename(grade->kit, POINTS_FILE, NULL));
    g_ptr_array_add(paths, g_build_filename(grade->build, "tests", "grade",
                                            "libcommon.a", NULL));
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

enum grade_status
suite_load(struct grade *grade)
{
    g_autofree char *path = g_build_filename(grade->kit, POINTS_FILE, NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) groups = NULL;
    int sum = 0, total;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error))
        return grade_because(grade, KIT_TROUBLE, "%s: %s", POINTS_FILE,
                             error->message);
    groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        int points =
            strcmp(*group, "sum") == 0 ? 0 : load_lab(grade, file, *group);

        if (points < 0)
            return KIT_TROUBLE;
        sum += points;
    }
    total = g_key_file_get_integer(file, "sum", "points", NULL);
    if (sum != total)
        return grade_because(grade, KIT_TROUBLE,
                             "%s: the points are %d, [sum] says %d",
                             POINTS_FILE, sum, total);
    return check_complete(grade) == GRADED ? find_version(grade) : KIT_TROUBLE;
}
