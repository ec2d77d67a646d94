/* unpack: what the program that unpacks (unpack.c) tells the grader: for each
 * thing in the archive this head, the bytes of its name, the bytes of the file.
 */
#ifndef GRADE_UNPACK_H
#define GRADE_UNPACK_H

#include <stdint.h>

enum unpack_kind {
    UNPACK_FILE,      /* with its bytes */
    UNPACK_LARGE,     /* a file, too large */
    UNPACK_LINK,      /* symbolic or hard */
    UNPACK_FOLDER,    /* named for itself */
    UNPACK_OTHER,     /* a device, a FIFO, a socket */
    UNPACK_ENCRYPTED, /* a file, not to be read */
    UNPACK_LONG_NAME, /* what has a name that is not told to its end */
    UNPACK_END,       /* the archive is read: nothing follows */
};

enum { UNPACK_NAME_MOST = 1024 }; /* bytes of a name that are told */

struct unpack_head {
    uint32_t kind;
    uint32_t name_bytes;
    uint32_t file_bytes;
};

#endif
