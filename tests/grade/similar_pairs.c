/* similar_pairs: see similar_pairs.h. */
#include "similar_pairs.h"

#include <math.h>
#include <string.h>

enum { SHOWN_THINGS = 6, HALVES_MOST = 60 };

/* For each student the numbers of what it has, the rarest first. */
static GPtrArray *
things_of_each(const GPtrArray *ranked, guint students)
{
    GPtrArray *lists = g_ptr_array_new();

    for (guint i = 0; i < students; i++)
        g_ptr_array_add(lists, g_array_new(FALSE, FALSE, sizeof(guint)));
    for (guint number = 0; number < ranked->len; number++) {
        const struct thing *thing = ranked->pdata[number];

        for (guint i = 0; i < thing->students->len; i++)
            g_array_append_val(
                (GArray *)
                    lists->pdata[g_array_index(thing->students, guint, i)],
                number);
    }
    return lists;
}

/* What pairs are compared by. */
struct comparing {
    const GPtrArray *ranked, *lists; /* as above */
    guint cases, keys;
    /* How often each has come already, in the pair at hand. */
    guint8 *of_case, *of_key;
    double *whole; /* what each student shares with anybody */
};

/* Adds a thing to what a pair shares; things come with the rarest first. */
static void
add_shared(const struct comparing *comparing, struct similar_pair *pair,
           struct thing *thing)
{
    guint8 *of_case = &comparing->of_case[thing->case_number];
    guint8 *of_key = &comparing->of_key[thing->key_number];

    pair->bits += ldexp(thing->shared.bits, -(*of_case + *of_key));
    pair->shared++;
    if (pair->things != NULL && pair->things->len < SHOWN_THINGS &&
        *of_case == 0 && *of_key == 0)
        g_ptr_array_add(pair->things, &thing->shared);
    *of_case = (guint8)MIN(*of_case + 1, HALVES_MOST);
    *of_key = (guint8)MIN(*of_key + 1, HALVES_MOST);
}

static void
count_pair(const struct comparing *comparing, struct similar_pair *pair)
{
    const GArray *mine = comparing->lists->pdata[pair->one];
    const GArray *theirs = comparing->lists->pdata[pair->other];

    for (guint a = 0, b = 0; a < mine->len && b < theirs->len;) {
        guint left = g_array_index(mine, guint, a);
        guint right = g_array_index(theirs, guint, b);

        if (left == right)
            add_shared(comparing, pair, comparing->ranked->pdata[left]);
        a += left <= right ? 1 : 0;
        b += right <= left ? 1 : 0;
    }
}

static int
by_weight(gconstpointer left, gconstpointer right)
{
    const struct similar_pair *const *a = left, *const *b = right;

    if ((*a)->weight != (*b)->weight)
        return (*a)->weight < (*b)->weight ? 1 : -1;
    if ((*a)->one != (*b)->one)
        return (*a)->one < (*b)->one ? -1 : 1;
    return (*a)->other < (*b)->other ? -1 : 1;
}

/* Finds what the two students of a pair share, or one with itself. */
static void
compare(const struct comparing *comparing, struct similar_pair *pair)
{
    memset(comparing->of_case, 0, comparing->cases);
    memset(comparing->of_key, 0, comparing->keys);
    count_pair(comparing, pair);
}

static struct similar_pair *
new_pair(const struct comparing *comparing, guint one, guint other)
{
    struct similar_pair *pair = g_new0(struct similar_pair, 1);

    pair->one = one;
    pair->other = other;
    pair->things = g_ptr_array_new();
    compare(comparing, pair);
    if (pair->bits > 0)
        pair->part =
            pair->bits / sqrt(comparing->whole[one] * comparing->whole[other]);
    pair->weight = pair->bits * pair->part;
    return pair;
}

static GPtrArray *
compare_all(const struct comparing *comparing)
{
    GPtrArray *pairs = g_ptr_array_new();
    guint students = comparing->lists->len;

    for (guint one = 0; one < students; one++) {
        struct similar_pair self = {.one = one, .other = one};

        compare(comparing, &self);
        comparing->whole[one] = self.bits;
    }
    for (guint one = 0; one < students; one++)
        for (guint other = one + 1; other < students; other++)
            g_ptr_array_add(pairs, new_pair(comparing, one, other));
    g_ptr_array_sort(pairs, by_weight);
    return pairs;
}

GPtrArray *
similar_pairs(const GPtrArray *ranked, guint students, guint cases, guint keys)
{
    struct comparing comparing = {
        .ranked = ranked,
        .lists = things_of_each(ranked, students),
        .cases = cases + 1,
        .keys = keys + 1,
        .of_case = g_new(guint8, cases + 1),
        .of_key = g_new(guint8, keys + 1),
        .whole = g_new0(double, students + 1),
    };
    GPtrArray *pairs = compare_all(&comparing);

    g_free(comparing.of_case);
    g_free(comparing.of_key);
    g_free(comparing.whole);
    return pairs;
}
