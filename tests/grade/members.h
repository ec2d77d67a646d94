/* members: the submissions of a class. */
#ifndef GRADE_MEMBERS_H
#define GRADE_MEMBERS_H

#include "grade.h"

/* One submission of the class. */
struct member {
    char *path, *result; /* where it lies, and where its result goes */
    char *shown;         /* its name, harmless */
    int attempts;        /* so far */
    pid_t pid;           /* of its grader; 0: none runs */
    int64_t before_ns;   /* when the result that there was then was written */
};

/* Lists the submissions in a folder by name (folders and archives; what else
 * lies there is named on stdout), each with a result of its own in the folder
 * `results`. NULL, with one line said, when there are none. */
GPtrArray *members_find(const char *folder, const char *results);

/* True for the name of an archive, by its ending. */
bool is_archive(const char *name);

/* "alice" of "/handed/in/alice.tar.gz"; to be freed. */
char *member_name(const char *path);

#endif
