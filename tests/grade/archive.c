/* archive: a tar or zip as a list of entries; see entry.h.
 *
 * `unpack` reads it in a box that has neither a network nor any file of ours;
 * what it says is believed only as far as it fits the caps here.
 */
#include "entry.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "clock.h"
#include "command.h"
#include "stage.h"
#include "unpack.h"

enum {
    ARCHIVE_MOST = 16 * 1024 * 1024, /* bytes of one that is handed in */
    UNPACK_S = 60,
    UNPACK_MIB = 256,
    SAID_MOST = 400,
    HEADS_MOST = ENTRIES_MOST * (int)(sizeof(struct unpack_head) + 64),
};

static const char *const reasons[] = {
    [UNPACK_LARGE] = "too large",           [UNPACK_LINK] = "a link",
    [UNPACK_OTHER] = "not a regular file",  [UNPACK_ENCRYPTED] = "encrypted",
    [UNPACK_LONG_NAME] = "too long a name",
};

/* Takes the next entry from `stream`, which it shortens. False when that does
 * not hold one, or is at its end; then `*kind` is UNPACK_END. */
static bool
take_entry(GPtrArray *entries, const guint8 **stream, size_t *left,
           uint32_t *kind)
{
    struct unpack_head head;
    g_autofree char *name = NULL;
    struct entry *added;

    if (*left < sizeof head)
        return false;
    memcpy(&head, *stream, sizeof head);
    *kind = head.kind;
    if (head.kind >= UNPACK_END || head.name_bytes > UNPACK_NAME_MOST ||
        head.file_bytes > ENTRY_FILE_MOST ||
        *left - sizeof head < (size_t)head.name_bytes + head.file_bytes)
        return false;
    name = g_strndup((const char *)*stream + sizeof head, head.name_bytes);
    if (head.kind != UNPACK_FOLDER) {
        added = entries_add(entries, name);
        added->why = reasons[head.kind];
        if (head.kind == UNPACK_FILE)
            added->bytes = g_byte_array_append(
                g_byte_array_new(), *stream + sizeof head + head.name_bytes,
                head.file_bytes);
    }
    *stream += sizeof head + head.name_bytes + head.file_bytes;
    *left -= sizeof head + head.name_bytes + head.file_bytes;
    return true;
}

/* Runs `unpack` in its box. */
static int
run_unpack(const struct grade *grade, int fd, struct outcome *outcome)
{
    static const char *const environment[] = {"PATH=/usr/bin", "LC_ALL=C.UTF-8",
                                              NULL};
    g_autoptr(GPtrArray) words = stage_box(
        grade, &(struct stage_wish){.memory_mib = UNPACK_MIB,
                                    .limits = "fsize:0,cpu:20,nproc:8,"
                                              "core:0,memlock:0,msgqueue:0",
                                    .offline = true});

    g_ptr_array_add(words, stage_path(grade, "unpack", NULL));
    g_ptr_array_add(words, g_strdup_printf("%d", ENTRY_FILE_MOST));
    g_ptr_array_add(words, g_strdup_printf("%d", ENTRIES_MOST));
    g_ptr_array_add(words, g_strdup_printf("%d", ENTRIES_BYTES_MOST));
    g_ptr_array_add(words, NULL);
    return command_run(
        &(struct command){.argv = (const char *const *)words->pdata,
                          .environment = environment,
                          .input = fd,
                          .seconds = patience_ms(UNPACK_S),
                          .out_most = ENTRIES_BYTES_MOST + HEADS_MOST,
                          .said_most = SAID_MOST},
        outcome);
}

/* Everything that it has told, or NULL when that is not all of it. */
static GPtrArray *
take_entries(const struct outcome *outcome)
{
    GPtrArray *entries = entries_new();
    const guint8 *stream = outcome->out->data;
    size_t left = outcome->out->len;
    uint32_t kind = UNPACK_FILE;

    while (entries->len <= ENTRIES_MOST &&
           take_entry(entries, &stream, &left, &kind))
        ;
    if (outcome->status == 0 && kind == UNPACK_END)
        return entries;
    g_ptr_array_unref(entries);
    return NULL;
}

GPtrArray *
entries_of_archive(struct grade *grade, int fd, enum grade_status *status)
{
    g_autofree char *trouble = NULL, *said = NULL;
    GPtrArray *entries = NULL;
    struct outcome outcome;
    struct stat file;
    int err;

    if (fstat(fd, &file) == 0 && file.st_size > ARCHIVE_MOST) {
        *status = grade_because(grade, CANNOT_BE_GRADED,
                                "%s: too large: more than %d MiB",
                                grade->submission, ARCHIVE_MOST >> 20);
        return NULL;
    }
    err = run_unpack(grade, fd, &outcome);
    trouble = stage_trouble(grade);
    if (err == 0 && trouble == NULL)
        entries = take_entries(&outcome);
    g_byte_array_append(outcome.said, (const guint8 *)"", 1); /* a string */
    said = clean_text((const char *)outcome.said->data,
                      strcspn((const char *)outcome.said->data, "\n"),
                      SAID_MOST, 0);
    if (err < 0 || trouble != NULL)
        *status = grade_because(grade, KIT_TROUBLE, "%s",
                                trouble != NULL ? trouble : g_strerror(-err));
    else if (entries == NULL)
        *status =
            grade_because(grade, CANNOT_BE_GRADED, "%s: %s", grade->submission,
                          *said != '\0' ? said : "unpacking it took too much");
    outcome_clear(&outcome);
    return entries;
}
