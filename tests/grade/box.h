/* box: what the launcher (box.c) and the first process of the box (box_init.c)
 * agree about.
 *
 * A submission's program never runs but in a box. Four processes make one:
 * `box`, which whoever runs the program starts and waits for; bwrap, which
 * makes the namespaces and waits in them no more; `box_init`, process 1 inside;
 * and the program. box_init tells box through a pipe that the program runs, and
 * later how it ended and how large it was; box then ends everything and ends
 * the same way itself.
 */
#ifndef GRADE_BOX_H
#define GRADE_BOX_H

#include <sys/resource.h>

/* What stands in the pipe from box_init to box. */
struct box_news {
    enum { BOX_STARTED, BOX_EXITED, BOX_KILLED } what;
    int value;     /* exit status or signal */
    long most_kib; /* at the end: what the largest process had in memory */
};

enum {
    /* Descriptors of box_init besides 0, 1, 2; the program gets neither. */
    BOX_NEWS_FD = 3,
    BOX_FILTER_FD = 4,
    BOX_MIB = 1 << 20,
};

/* What box writes to stderr when the memory was used up. */
#define BOX_WAS_FULL "box: out of memory"

/* Where things lie inside the box. */
#define BOX_INIT "/box/init"
#define BOX_SHIM "/box/libshim.so"
/* What a compiler makes; in a light box OUT_FOLDER/program. */
#define BOX_EMITTED "/tmp/program"
#define BOX_OUT_FOLDER "out"

/* The limits of a program, in one word of box_init's command line:
 * "as:1024,cpu:20"; a name that is missing leaves its limit as it is. */
struct box_limit {
    const char *name;
    __rlimit_resource_t resource;
    rlim_t unit; /* bytes, for what is told in MiB */
};

static const struct box_limit box_limits[] = {
    {"as", RLIMIT_AS, BOX_MIB},     {"fsize", RLIMIT_FSIZE, BOX_MIB},
    {"cpu", RLIMIT_CPU, 1},         {"nproc", RLIMIT_NPROC, 1},
    {"nofile", RLIMIT_NOFILE, 1},   {"core", RLIMIT_CORE, 1},
    {"memlock", RLIMIT_MEMLOCK, 1}, {"msgqueue", RLIMIT_MSGQUEUE, 1},
};

#endif
