/* intake: see intake.h. */
#include "intake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "entry.h"
#include "evidence.h"
#include "stage.h"
#include "suite.h"

enum {
    ANSWER_MOST = 4 * 1024, /* bytes */
    IGNORED_MOST = 100,     /* that are listed */
    NAME_MOST = 120,        /* bytes of a name that are shown */
    SEEDS = 100000,
};

static void
ignore(struct grade *grade, const char *path, const char *why)
{
    g_autofree char *shown = clean_text(path, strlen(path), NAME_MOST, 0);

    if (grade->ignored->len == IGNORED_MOST)
        grade->ignored_more++;
    else
        g_ptr_array_add(grade->ignored, g_strdup_printf("%s: %s", shown, why));
}

/* --- where the labs lie --------------------------------------------------- */

/* The parts of a path, without those that say nothing; to be freed. NULL for
 * one that would lead out of the submission. */
static char **
parts_of(const char *path)
{
    g_autofree char *slashes = g_strdelimit(g_strdup(path), "\\", '/');
    g_auto(GStrv) all = g_strsplit(slashes, "/", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();

    if (*slashes == '/')
        return NULL;
    for (char **part = all; *part != NULL; part++) {
        if (strcmp(*part, "..") == 0) {
            while (kept->len > 0)
                g_free(g_ptr_array_steal_index(kept, 0));
            return NULL;
        }
        if (**part != '\0' && strcmp(*part, ".") != 0)
            g_ptr_array_add(kept, g_strdup(*part));
    }
    g_ptr_array_add(kept, NULL);
    return (char **)g_ptr_array_steal(kept, NULL);
}

/* At which of its parts a path names a lab's folder; -1 when at none. */
static int
lab_depth(char **parts)
{
    for (int i = 0; parts != NULL && parts[i] != NULL && i <= ENTRY_DEPTH_MOST;
         i++)
        if (entry_is_lab(parts[i]) && parts[i + 1] != NULL)
            return i;
    return -1;
}

/* The folder that an entry's lab lies in, "" for the submission itself; NULL
 * when it lies in none. */
static char *
base_of(const struct entry *entry)
{
    g_auto(GStrv) parts = parts_of(entry->path);
    int depth = lab_depth(parts);

    if (depth < 0)
        return NULL;
    g_clear_pointer(&parts[depth], g_free); /* the end, for g_strjoinv */
    for (char **rest = parts + depth + 1; *rest != NULL; rest++)
        g_clear_pointer(rest, g_free);
    return g_strjoinv("/", parts);
}

static int
count_slashes(const char *path)
{
    int count = *path != '\0';

    for (; *path != '\0'; path++)
        count += *path == '/';
    return count;
}

/* The folder with the labs that count: the one nearest to the top, of several
 * the first by name. NULL when there is none. */
static char *
find_base(const GPtrArray *entries)
{
    char *best = NULL;

    for (guint i = 0; i < entries->len; i++) {
        char *base = base_of(entries->pdata[i]);
        int order = base == NULL   ? 1
                    : best == NULL ? -1
                                   : count_slashes(base) - count_slashes(best);

        if (order < 0 || (order == 0 && strcmp(base, best) < 0)) {
            g_free(best);
            best = base;
        } else {
            g_free(base);
        }
    }
    return best;
}

/* --- taking --------------------------------------------------------------- */

/* True when these are the bytes that students begin with. */
static bool
is_handed_out(const struct grade_case *one, const guint8 *bytes, size_t n)
{
    g_autofree char *path = g_build_filename(one->folder, "broken.c", NULL);
    g_autofree char *broken = NULL;
    gsize size = 0;

    return g_file_get_contents(path, &broken, &size, NULL) && size == n &&
           memcmp(broken, bytes, n) == 0;
}

void
intake_source(struct grade *grade, struct grade_case *one, const guint8 *bytes,
              size_t n)
{
    g_autofree char *file = g_strdup_printf("%s.c", one->name);
    g_autofree char *folder = stage_path(grade, "kit", "work", one->lab, NULL);
    g_autofree char *programs = stage_path(grade, "programs", one->lab, NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    int fd;

    (void)mkdir(folder, 0755); /* or it is there */
    (void)mkdir(programs, 0755);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
    one->handed_in = fd >= 0 && write(fd, bytes, n) == (ssize_t)n;
    if (fd >= 0)
        (void)close(fd);
    if (one->handed_in)
        one->source = g_base64_encode(bytes, n);
    one->untouched = is_handed_out(one, bytes, n);
}

/* Takes one file of a lab's folder if it is one of ours; else says why not. */
static const char *
take_file(struct grade *grade, const char *lab, const char *name,
          const struct entry *entry)
{
    const char *dot =
        strrchr(name, '.') != NULL ? strrchr(name, '.') : name + strlen(name);
    g_autofree char *stem = g_strndup(name, (gsize)(dot - name));
    struct grade_case *one = suite_find(grade, lab, stem);
    bool is_source = strcmp(dot, ".c") == 0;

    if (one == NULL || (!is_source && strcmp(dot, ".txt") != 0))
        return "no file of a case";
    if (entry->bytes == NULL)
        return entry->why;
    if (is_source ? one->handed_in : one->answered)
        return "there under another name, too";
    if (is_source) {
        intake_source(grade, one, entry->bytes->data, entry->bytes->len);
        return NULL;
    }
    if (entry->bytes->len > ANSWER_MOST)
        return "too large";
    one->answered = true;
    one->evidence = evidence_judge(one, entry->bytes);
    return NULL;
}

/* What becomes of one entry: NULL when it was taken, or the reason. Of what has
 * been put into an archive twice, the last counts, as for tar. */
static const char *
take_entry(struct grade *grade, const char *base, const struct entry *entry,
           GHashTable *last)
{
    g_auto(GStrv) parts = parts_of(entry->path);
    g_autofree char *own_base = base_of(entry);
    int depth = lab_depth(parts);

    if (parts == NULL)
        return "a name that leads out of the submission";
    if (own_base == NULL || strcmp(own_base, base) != 0)
        return entry->why != NULL ? entry->why : "not in a lab's folder";
    if (!suite_has_lab(grade, parts[depth]))
        return "the kit knows no such lab";
    if (parts[depth + 2] != NULL)
        return "in a folder of its own";
    if (entry->bytes != NULL && g_hash_table_lookup(last, entry->path) != entry)
        return "there twice; the last one counts";
    return take_file(grade, parts[depth], parts[depth + 1], entry);
}

/* Takes what lies in the labs' folders in `base`. */
static void
take_entries(struct grade *grade, const char *base, const GPtrArray *entries)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < entries->len; i++) {
        struct entry *entry = entries->pdata[i];

        if (entry->bytes != NULL)
            (void)g_hash_table_replace(last, entry->path, entry);
    }
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *entry = entries->pdata[i];
        const char *why = take_entry(grade, base, entry, last);

        if (why != NULL)
            ignore(grade, entry->path, why);
    }
    if (entries->len >= ENTRIES_MOST)
        ignore(grade, "more files", "not looked at");
}

static bool
has_taken_something(const struct grade *grade)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];

        if (one->handed_in || one->answered)
            return true;
    }
    return false;
}

/* The checksum of what counts, and, unless one was given, the random numbers
 * that it is judged with: wherever it is judged the same, others with others.
 */
static void
sum_up(struct grade *grade)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < grade->cases->len; i++) {
        const struct grade_case *one = grade->cases->pdata[i];
        g_autofree char *line =
            g_strdup_printf("%s/%s %s %s\n", one->lab, one->name, one->evidence,
                            one->source != NULL ? one->source : "-");

        g_checksum_update(sum, (const guchar *)line, -1);
    }
    grade->taken = g_strdup(g_checksum_get_string(sum));
    if (grade->seed == NULL)
        grade->seed = g_strdup_printf(
            "%lu", strtoul(grade->taken + 56, NULL, 16) % SEEDS);
}

/* Everything in the submission, or NULL with a status and a reason. */
static GPtrArray *
list_entries(struct grade *grade, enum grade_status *status)
{
    int fd = open(grade->submission, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    GPtrArray *entries = NULL;
    struct stat kind;

    if (fd < 0 || fstat(fd, &kind) < 0)
        *status = grade_because(grade, CANNOT_BE_GRADED, "%s: %s",
                                grade->submission, g_strerror(errno));
    else if (S_ISDIR(kind.st_mode))
        entries = entries_of_folder(fd);
    else if (S_ISREG(kind.st_mode))
        entries = entries_of_archive(grade, fd, status);
    else
        *status =
            grade_because(grade, CANNOT_BE_GRADED,
                          "%s: neither a folder nor a file", grade->submission);
    if (fd >= 0)
        (void)close(fd);
    return entries;
}

enum grade_status
intake(struct grade *grade)
{
    enum grade_status status = GRADED;
    g_autoptr(GPtrArray) entries = list_entries(grade, &status);
    g_autofree char *base = NULL;

    if (entries == NULL)
        return status;
    base = find_base(entries);
    if (base == NULL)
        return grade_because(grade, CANNOT_BE_GRADED,
                             "%s: no folder lab01, lab02, ... is in it",
                             grade->submission);
    take_entries(grade, base, entries);
    if (!has_taken_something(grade))
        return grade_because(
            grade, CANNOT_BE_GRADED, "%s: nothing in it is a case's: %s",
            grade->submission, (const char *)grade->ignored->pdata[0]);
    sum_up(grade);
    return GRADED;
}
