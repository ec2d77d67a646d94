/* entry: what is in a submission, whatever it came as: folder, tar or zip.
 *
 * A submission is hostile until proven otherwise: no link is followed, nothing
 * but a regular file is opened, and sizes and counts have caps.
 */
#ifndef GRADE_ENTRY_H
#define GRADE_ENTRY_H

#include "grade.h"

enum {
    ENTRY_FILE_MOST = 64 * 1024,           /* bytes of a file that is read */
    ENTRIES_BYTES_MOST = 16 * 1024 * 1024, /* of all of them */
    ENTRIES_MOST = 10000,                  /* that are looked at */
    ENTRY_DEPTH_MOST = 2, /* folders above the labs: NAME/work */
};

struct entry {
    char *path;        /* as it was named: any byte but zero may be in it */
    GByteArray *bytes; /* of a regular file that is small enough */
    const char *why;   /* there are none: "a link", ...; static */
};

/* True for the name of a lab's folder: "lab03". */
bool entry_is_lab(const char *name);

/* Lists a folder: what lies in the labs' folders in it, and beside the way to
 * them. To be freed with g_ptr_array_unref, like the next one's. */
GPtrArray *entries_of_folder(int folder);

/* The same for an archive, read from the file `fd`; `archive.c` has it unpacked
 * in a box. NULL when that fails; then `*status` and the grade's reason say
 * why. */
GPtrArray *entries_of_archive(struct grade *grade, int fd,
                              enum grade_status *status);

/* An empty list that frees its entries, and a new one added to its end. */
GPtrArray *entries_new(void);
struct entry *entries_add(GPtrArray *entries, const char *path);

#endif
