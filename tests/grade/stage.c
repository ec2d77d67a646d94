/* stage: see stage.h. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "filter.h"

enum {
    TROUBLE_MOST = 400, /* bytes of it that are told */
    FOLDERS_OPEN = 16,
    SLOTS_FROM = 70000, /* users that no machine has */
    SLOTS = 20000,
};

char *
stage_path(const struct grade *grade, const char *first, ...)
{
    GString *path = g_string_new(grade->stage);
    va_list parts;

    va_start(parts, first);
    for (const char *part = first; part != NULL;
         part = va_arg(parts, const char *))
        g_string_append_printf(path, "/%s", part);
    va_end(parts);
    return g_string_free(path, FALSE);
}

GPtrArray *
stage_box(const struct grade *grade, const struct stage_wish *wish)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(words, stage_path(grade, "box", NULL));
    if (!grade->namespaces)
        g_ptr_array_add(words, g_strdup("-l"));
    if (grade->slot != 0) {
        g_ptr_array_add(words, g_strdup("-u"));
        g_ptr_array_add(words, g_strdup_printf("%u", grade->slot));
    }
    if (wish->source != NULL) {
        g_ptr_array_add(words, g_strdup("-c"));
        g_ptr_array_add(words, g_strdup(wish->source));
    }
    if (wish->offline)
        g_ptr_array_add(words, g_strdup("-n"));
    g_ptr_array_add(words, g_strdup("-m"));
    g_ptr_array_add(words, g_strdup_printf("%ld", wish->memory_mib));
    for (size_t i = 0; i < G_N_ELEMENTS(grade->groups); i++)
        if (grade->groups[i] != NULL) {
            g_ptr_array_add(words, g_strdup("-g"));
            g_ptr_array_add(words, g_strdup(grade->groups[i]));
        }
    g_ptr_array_add(words, g_strdup(grade->stage));
    g_ptr_array_add(words, g_strdup(wish->limits));
    return words;
}

char *
stage_trouble(const struct grade *grade)
{
    g_autofree char *path = stage_path(grade, "trouble", NULL);
    g_autofree char *text = NULL;
    gsize n = 0;

    if (!g_file_get_contents(path, &text, &n, NULL) || n == 0)
        return NULL;
    (void)truncate(path, 0);
    return clean_text(text, strcspn(text, "\n"), TROUBLE_MOST, 0);
}

/* Copies one file of the kit; boxes may read it, and execute where `mode`
 * says so. */
static bool
copy_in(struct grade *grade, const char *from, const char *name, mode_t mode)
{
    g_autofree char *to = stage_path(grade, name, NULL);
    g_autofree char *bytes = NULL;
    gsize n = 0;

    if (g_file_get_contents(from, &bytes, &n, NULL) &&
        g_file_set_contents(to, bytes, (gssize)n, NULL) && chmod(to, mode) == 0)
        return true;
    (void)grade_because(grade, KIT_TROUBLE, "%s: cannot be copied", from);
    return false;
}

static bool
copy_headers(struct grade *grade, const char *folder)
{
    g_autofree char *from = g_build_filename(grade->kit, folder, NULL);
    GDir *entries = g_dir_open(from, 0, NULL);
    bool copied = entries != NULL;
    const char *name;

    while (copied && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename("kit", folder, name, NULL);

        if (g_str_has_suffix(name, ".h") || strcmp(name, "cflags") == 0)
            copied = copy_in(grade, source, target, 0444);
    }
    if (entries != NULL)
        g_dir_close(entries);
    return copied;
}

/* Copies what is built; `from` counts from the build folder. */
static bool
copy_built(struct grade *grade, const char *from, const char *to, mode_t mode)
{
    g_autofree char *path = g_build_filename(grade->build, from, NULL);

    return copy_in(grade, path, to, mode);
}

static bool
make_folders(struct grade *grade)
{
    static const char *const folders[] = {"kit",
                                          "kit/common",
                                          "kit/common/coro",
                                          "kit/build",
                                          "kit/build/common",
                                          "kit/work",
                                          "programs",
                                          "out",
                                          NULL};
    g_autofree char *out = NULL;

    for (int i = 0; folders[i] != NULL; i++) {
        g_autofree char *path = stage_path(grade, folders[i], NULL);

        if (mkdir(path, 0755) < 0)
            return false;
    }
    out = stage_path(grade, "out", NULL);
    /* A container's root may be nobody outside, and have no other users. */
    if (grade->slot != 0 && chown(out, grade->slot, grade->slot) < 0)
        grade->slot = 0;
    return true;
}

static bool
make_files(struct grade *grade)
{
    g_autofree char *filter = stage_path(grade, "filter", NULL);
    g_autofree char *trouble = stage_path(grade, "trouble", NULL);
    int fd = open(filter, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    int err = fd < 0 ? -errno : filter_write(fd);

    if (fd >= 0)
        (void)close(fd);
    if (err < 0) {
        (void)grade_because(grade, KIT_TROUBLE, "the filter: %s",
                            g_strerror(-err));
        return false;
    }
    fd = open(trouble, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0 && copy_built(grade, "tests/grade/box", "box", 0555) &&
           copy_built(grade, "tests/grade/box_init", "box_init", 0555) &&
           copy_built(grade, "tests/grade/unpack", "unpack", 0555) &&
           copy_built(grade, "tests/harness/libshim.so", "libshim.so", 0444) &&
           copy_built(grade, "tests/grade/libcommon.a",
                      "kit/build/common/libcommon.a", 0444) &&
           copy_headers(grade, "common") && copy_headers(grade, "common/coro");
}

void
stage_choose(struct grade *grade)
{
    g_autofree char *id = g_uuid_string_random();
    g_autofree char *name = g_strconcat(STAGE_PREFIX, id, NULL);

    grade->stage = g_build_filename(g_get_tmp_dir(), name, NULL);
}

enum grade_status
stage_make(struct grade *grade)
{
    /* The harness parts the words of a launcher at blanks. */
    if (strchr(grade->stage, ' ') != NULL)
        return grade_because(grade, KIT_TROUBLE,
                             "TMPDIR: a name without blanks is needed: %s",
                             g_get_tmp_dir());
    if (g_mkdir(grade->stage, 0700) < 0)
        return grade_because(grade, KIT_TROUBLE, "%s: %s", g_get_tmp_dir(),
                             g_strerror(errno));
    (void)umask(022);
    if (geteuid() == 0) {
        grade->slot = SLOTS_FROM + (uid_t)getpid() % SLOTS;
        (void)chmod(grade->stage, 0711);
    }
    if (!make_folders(grade))
        return grade_because(grade, KIT_TROUBLE, "%s: %s", grade->stage,
                             g_strerror(errno));
    return make_files(grade) ? GRADED : KIT_TROUBLE;
}

static int
remove_one(const char *path, const struct stat *status, int kind,
           struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

void
stage_remove(void *grade)
{
    (void)nftw(((struct grade *)grade)->stage, remove_one, FOLDERS_OPEN,
               FTW_DEPTH | FTW_PHYS);
}
