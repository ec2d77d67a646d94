/* box_memory: how much memory a box uses, where no control group bounds it. */
#ifndef GRADE_BOX_MEMORY_H
#define GRADE_BOX_MEMORY_H

#include <sys/types.h>

enum { KIB_OF_MIB = 1024 };

/* Memory of all descendants of a process that is no file's, in MiB. It is read
 * from /proc; so what is used can be more for some milliseconds. */
long box_memory_mib(pid_t pid);

#endif
