/* unpack: tells on stdout what is in the archive on stdin; see unpack.h.
 *
 *     unpack FILE_MOST ENTRIES_MOST BYTES_MOST
 *
 * It runs in a box, since whoever made the archive may know more about the
 * library than we do, and writes no file. Status 0, or 1 with one line on
 * stderr when it is no archive, a damaged one, or too large.
 */
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BLOCK_BYTES = 64 * 1024,
    EXPANDED_MOST = 256 * 1024 * 1024, /* of the whole archive */
};

struct limits {
    size_t file, entries, bytes;
};

_Noreturn static void
give_up(const char *what)
{
    (void)fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

_Noreturn static void
give_up_reading(struct archive *archive, const char *what)
{
    const char *why = archive_error_string(archive);

    (void)fprintf(stderr, "%s: %s\n", what, why != NULL ? why : "it is empty");
    exit(EXIT_FAILURE);
}

static void
put(const void *bytes, size_t n)
{
    if (n > 0 && fwrite(bytes, n, 1, stdout) != 1)
        give_up("nobody listens");
}

static void
put_entry(enum unpack_kind kind, const char *name, const void *bytes, size_t n)
{
    size_t length = strnlen(name, UNPACK_NAME_MOST);
    const struct unpack_head head = {kind, (uint32_t)length, (uint32_t)n};

    put(&head, sizeof head);
    put(name, head.name_bytes);
    put(bytes, n);
}

/* The name as bytes: what is no UTF-8 there stays as it is. */
static const char *
name_of(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);

    if (name == NULL)
        name = archive_entry_pathname_utf8(entry);
    return name != NULL ? name : "?";
}

static enum unpack_kind
kind_of(struct archive_entry *entry, const struct limits *limits)
{
    if (strlen(name_of(entry)) > UNPACK_NAME_MOST)
        return UNPACK_LONG_NAME;
    if (archive_entry_hardlink(entry) != NULL ||
        archive_entry_filetype(entry) == AE_IFLNK)
        return UNPACK_LINK;
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return UNPACK_FOLDER;
    if (archive_entry_filetype(entry) != AE_IFREG)
        return UNPACK_OTHER;
    if (archive_entry_is_encrypted(entry))
        return UNPACK_ENCRYPTED;
    if (archive_entry_size_is_set(entry) &&
        archive_entry_size(entry) > (la_int64_t)limits->file)
        return UNPACK_LARGE;
    return UNPACK_FILE;
}

/* Reads a file of at most limits->file bytes, whatever its head has promised;
 * returns how many came, one more when there are more. */
static size_t
read_file(struct archive *archive, char *bytes, size_t most)
{
    size_t used = 0;
    la_ssize_t n;

    while (used <= most &&
           (n = archive_read_data(archive, bytes + used, most + 1 - used)) > 0)
        used += (size_t)n;
    if (used <= most && n < 0)
        give_up_reading(archive, "damaged");
    return used;
}

static void
tell_entry(struct archive *archive, struct archive_entry *entry,
           const struct limits *limits, size_t *told)
{
    static char *bytes;
    enum unpack_kind kind = kind_of(entry, limits);
    size_t n = 0;

    if (bytes == NULL && (bytes = malloc(limits->file + 1)) == NULL)
        give_up("out of memory");
    if (kind == UNPACK_FILE)
        n = read_file(archive, bytes, limits->file);
    if (n > limits->file) {
        kind = UNPACK_LARGE;
        n = 0;
    }
    *told += n;
    if (*told > limits->bytes)
        give_up("more is in it than any work of a student needs");
    put_entry(kind, name_of(entry), bytes, n);
}

static struct archive *
open_archive(void)
{
    struct archive *archive = archive_read_new();

    if (archive == NULL || archive_read_support_format_tar(archive) < 0 ||
        archive_read_support_format_zip(archive) < 0)
        give_up("out of memory");
    /* Where a filter is missing, only such archives are not read. */
    (void)archive_read_support_filter_gzip(archive);
    (void)archive_read_support_filter_bzip2(archive);
    (void)archive_read_support_filter_xz(archive);
    (void)archive_read_support_filter_zstd(archive);
    if (archive_read_open_fd(archive, 0, BLOCK_BYTES) != ARCHIVE_OK)
        give_up_reading(archive, "neither tar nor zip");
    return archive;
}

int
main(int argc, char *argv[])
{
    struct limits limits;
    struct archive *archive;
    struct archive_entry *entry;
    size_t count = 0, told = 0;
    int result;

    if (argc != 4)
        give_up("usage: unpack FILE_MOST ENTRIES_MOST BYTES_MOST");
    limits =
        (struct limits){strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10),
                        strtoul(argv[3], NULL, 10)};
    archive = open_archive();
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN) {
        if (count++ == limits.entries)
            give_up("there are too many files in it");
        tell_entry(archive, entry, &limits, &told);
        if (archive_filter_bytes(archive, 0) > EXPANDED_MOST)
            give_up("it grows too large when it is unpacked");
    }
    if (result != ARCHIVE_EOF)
        give_up_reading(archive,
                        count == 0 ? "neither tar nor zip" : "damaged");
    put_entry(UNPACK_END, "", NULL, 0);
    if (fflush(stdout) != 0)
        give_up("nobody listens");
    return EXIT_SUCCESS;
}
