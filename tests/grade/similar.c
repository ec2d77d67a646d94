/* similar: see similar.h. */
#include "similar.h"

#include <math.h>
#include <string.h>

#include "clean.h"
#include "report_diff.h"
#include "report_text.h"
#include "similar_pairs.h"
#include "similar_things.h"

enum {
    THINGS_MOST = 1000,
    SHOWN_MOST = 200,
    SHOWN_THINGS = 6,
    HALVES_MOST = 60
};

struct search {
    GHashTable *things; /* "lab/case\nkey" -> struct thing */
    GHashTable *keys;   /* key -> number + 1 */
    GHashTable *cases;  /* "lab/case" -> struct in_case */
};

/* A file that is being looked at. */
struct looking {
    struct search *search;
    struct in_case *in_case;
    guint student;
    int found;
};

static void
note_given(const char *key, const char *shown, void *data)
{
    (void)shown;
    g_hash_table_add(data, g_strdup(key));
}

/* What was handed out and how the kit mends it is nobody's. */
static struct in_case *
find_case(struct search *search, const json_t *one)
{
    g_autofree char *key = diff_key(one);
    struct in_case *in_case = g_hash_table_lookup(search->cases, key);
    const char *given;
    gsize n;

    if (in_case != NULL)
        return in_case;
    in_case = g_new0(struct in_case, 1);
    in_case->lab = text_of(one, "lab");
    in_case->name = text_of(one, "case");
    in_case->number = g_hash_table_size(search->cases);
    in_case->given =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int solution = 0; solution < 2; solution++) {
        given = solution ? diff_solution(one, &n) : diff_original(one, &n);
        if (given != NULL)
            find_things(given, n, note_given, in_case->given);
    }
    g_hash_table_insert(search->cases, g_steal_pointer(&key), in_case);
    return in_case;
}

static guint
number_of_key(struct search *search, const char *key)
{
    gpointer number = g_hash_table_lookup(search->keys, key);

    if (number == NULL) {
        number = GUINT_TO_POINTER(g_hash_table_size(search->keys) + 1);
        g_hash_table_insert(search->keys, g_strdup(key), number);
    }
    return GPOINTER_TO_UINT(number) - 1;
}

static struct thing *
new_thing(struct looking *looking, const char *key, const char *shown)
{
    struct thing *thing = g_new0(struct thing, 1);

    thing->shared.shown = clean_text(shown, strlen(shown), SHOWN_MOST, 0);
    thing->shared.lab = looking->in_case->lab;
    thing->shared.case_name = looking->in_case->name;
    thing->in_case = looking->in_case;
    thing->case_number = looking->in_case->number;
    thing->key_number = number_of_key(looking->search, key);
    thing->students = g_array_new(FALSE, FALSE, sizeof(guint));
    return thing;
}

static void
note_thing(const char *key, const char *shown, void *data)
{
    struct looking *looking = data;
    g_autofree char *place = NULL;
    struct thing *thing;
    const GArray *has;

    if (looking->found >= THINGS_MOST ||
        g_hash_table_contains(looking->in_case->given, key))
        return;
    place = g_strdup_printf("%u\n%s", looking->in_case->number, key);
    thing = g_hash_table_lookup(looking->search->things, place);
    if (thing == NULL) {
        thing = new_thing(looking, key, shown);
        g_hash_table_insert(looking->search->things, g_steal_pointer(&place),
                            thing);
    }
    has = thing->students;
    if (has->len > 0 &&
        g_array_index(has, guint, has->len - 1) == looking->student)
        return;
    g_array_append_val(thing->students, looking->student);
    looking->found++;
}

static void
look_at_student(struct search *search, const json_t *cases, guint student)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        gsize n = 0;
        g_autofree char *source = diff_submitted(one, &n);
        struct looking looking = {.search = search, .student = student};

        if (source == NULL)
            continue;
        looking.in_case = find_case(search, one);
        looking.in_case->all++;
        find_things(source, n, note_thing, &looking);
    }
}

static int
by_rarity(gconstpointer left, gconstpointer right)
{
    const struct thing *const *a = left, *const *b = right;
    double difference = (*b)->shared.bits - (*a)->shared.bits;

    if (difference != 0)
        return difference > 0 ? 1 : -1;
    if ((*a)->case_number != (*b)->case_number)
        return (*a)->case_number < (*b)->case_number ? -1 : 1;
    return (*a)->key_number < (*b)->key_number ? -1 : 1;
}

/* What at least two have and not all, the rarest first. */
static GPtrArray *
rank_things(struct search *search)
{
    GPtrArray *ranked = g_ptr_array_new();
    GHashTableIter each;
    struct thing *thing;

    g_hash_table_iter_init(&each, search->things);
    while (g_hash_table_iter_next(&each, NULL, (gpointer *)&thing)) {
        thing->shared.holders = (int)thing->students->len;
        thing->shared.all = thing->in_case->all;
        if (thing->shared.holders < 2 ||
            thing->shared.holders == thing->shared.all)
            continue;
        thing->shared.bits =
            log2((thing->shared.all - 1.0) / (thing->shared.holders - 1.0));
        g_ptr_array_add(ranked, thing);
    }
    g_ptr_array_sort(ranked, by_rarity);
    return ranked;
}

static double
weight_at(const GPtrArray *pairs, double part)
{
    const struct similar_pair *pair;

    if (pairs->len == 0)
        return 0;
    pair = pairs->pdata[(guint)((pairs->len - 1) * part)];
    return pair->weight;
}

/* Drops those that share nothing, and what is more than `most`. */
static void
keep_first(GPtrArray *pairs, guint most)
{
    guint kept = 0;

    while (kept < pairs->len && kept < most) {
        const struct similar_pair *pair = pairs->pdata[kept];

        if (pair->shared == 0)
            break;
        kept++;
    }
    g_ptr_array_set_size(pairs, (gint)kept);
}

struct similar *
similar_find(const struct report *report, guint most)
{
    struct search search = {
        .things = g_hash_table_new(g_str_hash, g_str_equal),
        .keys = g_hash_table_new(g_str_hash, g_str_equal),
        .cases = g_hash_table_new(g_str_hash, g_str_equal),
    };
    static struct similar found; /* reached until the end */
    struct similar *similar = &found;

    for (guint i = 0; i < report->students->len; i++) {
        const struct student *student = report->students->pdata[i];

        look_at_student(&search, json_object_get(student->result, "cases"), i);
    }
    similar->pairs = similar_pairs(rank_things(&search), report->students->len,
                                   g_hash_table_size(search.cases),
                                   g_hash_table_size(search.keys));
    similar->count = similar->pairs->len;
    similar->half = weight_at(similar->pairs, 0.5);
    similar->hundred = weight_at(similar->pairs, 0.01);
    keep_first(similar->pairs, most);
    return similar;
}
