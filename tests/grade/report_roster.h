/* report_roster: whose is a submission? Found by what a gradebook knows of each
 * student; never guessed: what fits nobody, or more than one, is nobody's.
 */
#ifndef GRADE_REPORT_ROSTER_H
#define GRADE_REPORT_ROSTER_H

#include <glib.h>

enum roster_key {
    /* The number that the system puts into names of files. */
    ROSTER_NUMBER,
    ROSTER_LOGIN, /* an ID, a login, a mail address: in any case */
    ROSTER_NAME,  /* "Doe, Jane" is Jane Doe, jane_doe and doejane */
    ROSTER_KEYS,
};

enum {
    ROSTER_NOBODY = -1,
    ROSTER_SEVERAL = -2,
    ROSTER_CONTRARY = -3, /* a number says one, a name another */
};

struct roster {
    GHashTable *rows[ROSTER_KEYS]; /* key -> row + 1, or ROSTER_SEVERAL */
    GHashTable *mailboxes;         /* what stands before the @ */
    GHashTable *names;             /* row + 1 -> the name as it is written */
    char *nameless; /* what all are called when names are hidden */
};

struct roster *roster_new(void);
void roster_free(struct roster *roster);

/* This row's student has this key; an empty one is nobody's. */
void roster_add(struct roster *roster, enum roster_key key, const char *text,
                int row);

/* The row that a submission called so belongs to, or one of the above. The
 * names that Canvas and Moodle give to the files of all students are understood
 * where the gradebook has their numbers. */
int roster_find(const struct roster *roster, const char *submission);

/* The name of a row's student; "" without one. Borrowed. */
const char *roster_name(const struct roster *roster, int row);

#endif
