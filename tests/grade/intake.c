/* intake: see intake.h. */
#include "intake.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "evidence.h"
#include "stage.h"
#include "suite.h"

enum {
    SOURCE_MOST = 64 * 1024, /* bytes */
    ANSWER_MOST = 4 * 1024,
    ENTRIES_MOST = 10000, /* of one folder that are looked at */
    IGNORED_MOST = 100,   /* that are listed */
    NAME_MOST = 120,      /* bytes of a name that are shown */
    DEPTH_MOST = 2,       /* folders above the labs: NAME/work */
    SIBLINGS_MOST = 20,   /* entries of such a folder */
    SEEDS = 100000,
};

static void
ignore(struct grade *grade, const char *folder, const char *name,
       const char *why)
{
    g_autofree char *shown = clean_text(name, strlen(name), NAME_MOST, 0);

    if (grade->ignored->len == IGNORED_MOST)
        grade->ignored_more++;
    else
        g_ptr_array_add(grade->ignored,
                        g_strdup_printf("%s%s%s: %s", folder,
                                        *folder != '\0' ? "/" : "", shown,
                                        why));
}

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
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (entries == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    names = g_ptr_array_new_with_free_func(g_free);
    while (names->len < ENTRIES_MOST && (entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(entry->d_name));
    (void)closedir(entries);
    g_ptr_array_sort(names, by_name);
    return names;
}

/* A folder in a folder, no link; -1 when it is none. */
static int
open_folder(int parent, const char *name)
{
    return openat(parent, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool
is_lab_name(const char *name)
{
    return strlen(name) == 5 && strncmp(name, "lab", 3) == 0 &&
           isdigit((unsigned char)name[3]) && isdigit((unsigned char)name[4]);
}

/* Reads a regular file, which O_NONBLOCK opens at once even if it is a FIFO
 * that nobody writes to. NULL with the reason. */
static GByteArray *
read_file(int folder, const char *name, size_t most, const char **why)
{
    int fd = openat(folder, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    GByteArray *bytes = NULL;
    struct stat status;
    guint8 chunk[8192];
    ssize_t n = 0;

    *why = errno == ELOOP ? "a link" : "cannot be read";
    if (fd < 0)
        return NULL;
    *why = "not a regular file";
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *why = "too large";
        bytes = g_byte_array_new();
        while (bytes->len <= most && (n = read(fd, chunk, sizeof chunk)) > 0)
            g_byte_array_append(bytes, chunk, (guint)n);
        if (bytes->len > most || n < 0)
            g_clear_pointer(&bytes, g_byte_array_unref);
    }
    (void)close(fd);
    return bytes;
}

/* Takes one source file. */
static void
take_source(struct grade *grade, struct grade_case *one, GByteArray *bytes)
{
    g_autofree char *file = g_strdup_printf("%s.c", one->name);
    g_autofree char *path =
        stage_path(grade, "kit", "work", one->lab, file, NULL);
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);

    one->handed_in =
        fd >= 0 && write(fd, bytes->data, bytes->len) == (ssize_t)bytes->len;
    if (fd >= 0)
        (void)close(fd);
    if (one->handed_in)
        one->source = g_base64_encode(bytes->data, bytes->len);
}

/* Takes one file of a lab's folder, if it is one of ours. */
static void
take_file(struct grade *grade, int folder, const char *lab, const char *name,
          GChecksum *sum)
{
    const char *dot =
        strrchr(name, '.') != NULL ? strrchr(name, '.') : name + strlen(name);
    g_autofree char *stem = g_strndup(name, (gsize)(dot - name));
    struct grade_case *one = suite_find(grade, lab, stem);
    bool is_source = strcmp(dot, ".c") == 0;
    g_autoptr(GByteArray) bytes = NULL;
    const char *why;

    if (one == NULL || (!is_source && strcmp(dot, ".txt") != 0)) {
        ignore(grade, lab, name, "no file of a case");
        return;
    }
    bytes =
        read_file(folder, name, is_source ? SOURCE_MOST : ANSWER_MOST, &why);
    if (bytes == NULL) {
        ignore(grade, lab, name, why);
        return;
    }
    if (!is_source) {
        one->evidence = evidence_judge(grade, one, bytes);
        return;
    }
    take_source(grade, one, bytes);
    g_checksum_update(sum, (const guchar *)lab, (gssize)strlen(lab));
    g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));
    g_checksum_update(sum, bytes->data, bytes->len);
}

static void
take_lab(struct grade *grade, int base, const char *lab, GChecksum *sum)
{
    int folder = open_folder(base, lab);
    g_autoptr(GPtrArray) names = folder >= 0 ? list(folder) : NULL;

    if (names == NULL)
        ignore(grade, "", lab, "not a folder");
    for (guint i = 0; names != NULL && i < names->len; i++)
        take_file(grade, folder, lab, names->pdata[i], sum);
    if (folder >= 0)
        (void)close(folder);
}

/* True when a folder named like a lab lies in here. */
static bool
has_labs(int folder)
{
    g_autoptr(GPtrArray) names = list(folder);

    for (guint i = 0; names != NULL && i < names->len; i++) {
        int lab = is_lab_name(names->pdata[i])
                      ? open_folder(folder, names->pdata[i])
                      : -1;

        if (lab >= 0) {
            (void)close(lab);
            return true;
        }
    }
    return false;
}

/* Looks for the folder in which the labs lie, `depth` folders down at most; a
 * descriptor of it, or -1. What lies beside the way is ignored. */
static int
find_labs(struct grade *grade, int folder, int depth)
{
    g_autoptr(GPtrArray) names = NULL;
    guint chosen;
    int found = -1;

    if (has_labs(folder))
        return fcntl(folder, F_DUPFD_CLOEXEC, 3);
    names = depth > 0 ? list(folder) : NULL;
    if (names == NULL || names->len > SIBLINGS_MOST)
        return -1;
    for (chosen = 0; chosen < names->len; chosen++) {
        int inner = open_folder(folder, names->pdata[chosen]);

        found = inner >= 0 ? find_labs(grade, inner, depth - 1) : -1;
        if (inner >= 0)
            (void)close(inner);
        if (found >= 0)
            break;
    }
    for (guint i = 0; found >= 0 && i < names->len; i++)
        if (i != chosen)
            ignore(grade, "", names->pdata[i], "not in a lab's folder");
    return found;
}

static void
make_lab_folders(const struct grade *grade)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];
        g_autofree char *sources =
            stage_path(grade, "kit", "work", one->lab, NULL);
        g_autofree char *programs =
            stage_path(grade, "programs", one->lab, NULL);

        (void)mkdir(sources, 0755); /* or it is there */
        (void)mkdir(programs, 0755);
    }
}

/* The same submission is judged with the same random numbers, wherever; others
 * with others. */
static void
choose_seed(struct grade *grade, GChecksum *sum)
{
    guint8 digest[32];
    gsize n = sizeof digest;

    grade->taken = g_strdup(g_checksum_get_string(sum));
    if (grade->seed != NULL)
        return;
    g_checksum_get_digest(sum, digest, &n);
    grade->seed = g_strdup_printf(
        "%u", (digest[0] << 16 | digest[1] << 8 | digest[2]) % SEEDS);
}

enum grade_status
intake(struct grade *grade)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    int folder = open(grade->submission, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    g_autoptr(GPtrArray) names = NULL;
    struct stat status;
    int labs;

    if (folder < 0 || fstat(folder, &status) < 0)
        return grade_because(grade, CANNOT_BE_GRADED, "%s: %s",
                             grade->submission, g_strerror(errno));
    labs = S_ISDIR(status.st_mode) ? find_labs(grade, folder, DEPTH_MOST) : -1;
    (void)close(folder);
    if (!S_ISDIR(status.st_mode))
        return grade_because(grade, CANNOT_BE_GRADED,
                             "%s: not a folder: unpack it first",
                             grade->submission);
    names = labs >= 0 ? list(labs) : NULL;
    if (names == NULL)
        return grade_because(grade, CANNOT_BE_GRADED,
                             "%s: no folder lab01, lab02, ... is in it",
                             grade->submission);
    make_lab_folders(grade);
    for (guint i = 0; i < names->len; i++)
        if (is_lab_name(names->pdata[i]) &&
            suite_has_lab(grade, names->pdata[i]))
            take_lab(grade, labs, names->pdata[i], sum);
        else
            ignore(grade, "", names->pdata[i], "the kit knows no such lab");
    (void)close(labs);
    choose_seed(grade, sum);
    return GRADED;
}
