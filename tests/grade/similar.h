/* similar: which submissions share what few others have.
 *
 * All begin with the same file, and most mend it in one of few ways: how alike
 * two programs are says nothing. What does is what is in both, not in what was
 * handed out nor in the kit's own solution, and rare in the class. A thing that
 * d of n submissions have is worth log2((n - 1) / (d - 1)) bits to a pair that
 * both have it: so surprising it is that the second has it too.
 *
 * Things come in company: in one case each further one counts half of the one
 * before, and so does a thing that comes again in another case, since it may be
 * a habit. Who writes much shares much with many: so pairs are ranked by the
 * sum times its part of what the two share with anybody at all. That is no
 * verdict, and there is no limit above which it would be one. People look at
 * what is shared.
 */
#ifndef GRADE_SIMILAR_H
#define GRADE_SIMILAR_H

#include "report.h"

enum { SIMILAR_MOST = 20 }; /* pairs to show, where nobody says how many */

struct similar_thing {
    const char *shown;           /* clean, as the first one has it */
    const char *lab, *case_name; /* where */
    int holders, all;            /* of how many has it how many */
    double bits;
};

struct similar_pair {
    guint one, other;  /* places in report->students */
    double bits, part; /* the sum, and which part it is, 0 to 1 */
    double weight;     /* their product */
    int shared;        /* things in all */
    GPtrArray *things; /* the rarest, of struct similar_thing, borrowed */
};

struct similar {
    GPtrArray *pairs;     /* of struct similar_pair, the most alike first */
    guint count;          /* of pairs in all */
    double half, hundred; /* half of all weights are below, and 99 of 100 */
};

/* Compares all that is graded; keeps at most `most` pairs, which share anything
 * at all. The caller never frees it. */
struct similar *similar_find(const struct report *report, guint most);

#endif
