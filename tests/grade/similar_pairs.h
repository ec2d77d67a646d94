/* similar_pairs: what each two submissions share of what is rare. */
#ifndef GRADE_SIMILAR_PAIRS_H
#define GRADE_SIMILAR_PAIRS_H

#include "similar.h"

/* What is known of a case. */
struct in_case {
    const char *lab, *name;
    guint number;
    int all;           /* who has handed it in */
    GHashTable *given; /* keys that are nobody's own */
};

/* A thing in a case, over the class. */
struct thing {
    struct similar_thing shared;
    const struct in_case *in_case;
    guint case_number, key_number;
    GArray *students; /* who has it, in their order */
};

/* All pairs of so many students, the most alike first. The things come with the
 * rarest first, and are of so many cases and keys. */
GPtrArray *similar_pairs(const GPtrArray *ranked, guint students, guint cases,
                         guint keys);

#endif
