/* report_read: see report_read.h. */
#include "report_read.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "clean.h"
#include "report_check.h"
#include "report_text.h"

enum {
    FILE_MOST = 64 << 20,
    NAME_MOST = 200,
    REASON_MOST = 600,
    REPAIRED_MOST = 5
};

/* The last part of a path, without what an archive's name ends in. */
static char *
last_part(const char *path)
{
    static const char *const ends[] = {".tar.gz", ".tgz", ".tar", ".zip"};
    g_autofree char *whole = g_strdup(path);
    const char *slash;

    while (g_str_has_suffix(whole, "/"))
        whole[strlen(whole) - 1] = '\0';
    slash = strrchr(whole, '/');
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(whole, ends[i])) {
            whole[strlen(whole) - strlen(ends[i])] = '\0';
            break;
        }
    return g_strdup(slash != NULL && slash < whole + strlen(whole) ? slash + 1
                                                                   : whole);
}

/* NULL, and what is wrong in `*problem` (owned by the caller). */
static json_t *
load(const char *path, char **problem, int *repaired)
{
    json_error_t error;
    json_t *json, *checked = NULL;
    struct stat about;

    if (stat(path, &about) < 0 || !S_ISREG(about.st_mode)) {
        *problem = g_strdup("it is not a file");
        return NULL;
    }
    if (about.st_size > FILE_MOST) {
        *problem = g_strdup_printf("more than %d MiB", FILE_MOST >> 20);
        return NULL;
    }
    json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        *problem = g_strdup_printf("line %d: %s", error.line, error.text);
    else
        checked = report_check(json, problem, repaired);
    json_decref(json);
    return checked;
}

static void
fill_student(struct student *student)
{
    const char *name = text_of(student->result, "submission");

    student->label = last_part(name);
    student->state = g_strdup(text_of(student->result, "state"));
    student->reason = g_strdup(text_of(student->result, "reason"));
    student->points = number_of(student->result, "points");
    student->of = number_of(student->result, "of");
}

static void
read_one(struct report *report, const char *path)
{
    struct student *student = g_new0(struct student, 1);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *problem = NULL;
    struct stat about = {0};
    int repaired = 0;

    if (g_str_has_suffix(base, ".json"))
        base[strlen(base) - strlen(".json")] = '\0';
    if (*base == '.')
        *base = '_'; /* it becomes the name of a folder */
    student->file = clean_text(base, strlen(base), NAME_MOST, 0);
    student->result = load(path, &problem, &repaired);
    (void)stat(path, &about); /* load() has said what is wrong with it */
    student->written = about.st_mtime;
    if (student->result != NULL) {
        fill_student(student);
    } else {
        student->result = json_object();
        student->state = g_strdup("damaged");
        student->reason = clean_text(problem, strlen(problem), REASON_MOST, 0);
        report->refused++;
        report_say("%s.json is damaged, and not used: %s", student->file,
                   student->reason);
    }
    if (student->label == NULL || *student->label == '\0') {
        g_free(student->label);
        student->label = g_strdup(student->file);
    }
    student->name = g_strdup(student->label);
    if (repaired > 0 && ++report->repaired <= REPAIRED_MOST)
        report_say("%s.json: characters that no report can hold are shown as "
                   "\\x.. or \\u.... (%d texts)",
                   student->file, repaired);
    g_ptr_array_add(report->students, student);
}

static bool
read_folder(struct report *report, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL) {
        report_say("%s", error->message);
        return false;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".json") && *name != '.')
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(names, order_texts);
    for (guint i = 0; i < names->len; i++)
        read_one(report, names->pdata[i]);
    return true;
}

/* `*name` with a number, where another has it already. */
static void
make_unique(GHashTable *names, char **name)
{
    char *first = *name;

    for (int n = 2; g_hash_table_contains(names, *name); n++) {
        if (*name != first)
            g_free(*name);
        *name = g_strdup_printf("%s (%d)", first, n);
    }
    if (*name != first)
        g_free(first);
    g_hash_table_add(names, *name);
}

/* Two submissions of one name, from two folders say. */
static void
tell_apart(GPtrArray *students)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < students->len; i++) {
        struct student *student = students->pdata[i];

        make_unique(names, &student->name);
        make_unique(files, &student->file);
    }
}

static int
by_student_name(gconstpointer left, gconstpointer right)
{
    const struct student *const *a = left, *const *b = right;
    int order = g_utf8_collate((*a)->name, (*b)->name);

    return order != 0 ? order : strcmp((*a)->name, (*b)->name);
}

bool
report_read(struct report *report, char **names)
{
    report->students = g_ptr_array_new();
    report->is_class = names[0] != NULL && names[1] != NULL;
    for (char **name = names; *name != NULL; name++) {
        if (g_file_test(*name, G_FILE_TEST_IS_DIR)) {
            report->is_class = true;
            if (!read_folder(report, *name))
                return false;
        } else if (g_file_test(*name, G_FILE_TEST_EXISTS)) {
            read_one(report, *name);
        } else {
            report_say("%s: %s", *name, g_strerror(ENOENT));
            return false;
        }
    }
    if (report->repaired > REPAIRED_MOST)
        report_say("so it is in %d more results",
                   report->repaired - REPAIRED_MOST);
    tell_apart(report->students);
    g_ptr_array_sort(report->students, by_student_name);
    return true;
}
