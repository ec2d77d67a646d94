/* report_roster: see report_roster.h. */
#include "report_roster.h"

#include <stdbool.h>
#include <string.h>

#include "report_text.h"

static GHashTable *
new_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

struct roster *
roster_new(void)
{
    struct roster *roster = g_new0(struct roster, 1);

    for (int i = 0; i < ROSTER_KEYS; i++)
        roster->rows[i] = new_table();
    roster->nameless = g_strdup("");
    roster->mailboxes = new_table();
    roster->names =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return roster;
}

void
roster_free(struct roster *roster)
{
    for (int i = 0; i < ROSTER_KEYS; i++)
        g_hash_table_unref(roster->rows[i]);
    g_hash_table_unref(roster->mailboxes);
    g_hash_table_unref(roster->names);
    g_free(roster->nameless);
    g_free(roster);
}

static int
look_up(GHashTable *table, const char *key)
{
    int value = GPOINTER_TO_INT(g_hash_table_lookup(table, key));

    return value > 0 ? value - 1 : value == 0 ? ROSTER_NOBODY : value;
}

/* A key that two rows have is from then on one of several. Takes the key. */
static void
enter(GHashTable *table, char *key, int row)
{
    int before = look_up(table, key);

    if (*key == '\0')
        g_free(key);
    else
        g_hash_table_replace(
            table, key,
            GINT_TO_POINTER(before == ROSTER_NOBODY || before == row
                                ? row + 1
                                : ROSTER_SEVERAL));
}

/* The words of a name, in small letters without marks on them. */
static GPtrArray *
words_of(const char *name)
{
    g_autofree char *parts = g_utf8_normalize(name, -1, G_NORMALIZE_ALL);
    g_autofree char *folded = g_utf8_casefold(parts != NULL ? parts : "", -1);
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) word = g_string_new(NULL);

    for (const char *at = folded;; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (g_unichar_isalnum(c)) {
            g_string_append_unichar(word, c);
        } else if (!g_unichar_ismark(c) && word->len > 0) {
            g_ptr_array_add(words, g_strdup(word->str));
            g_string_truncate(word, 0);
        }
        if (c == '\0')
            return words;
    }
}

static char *
join(const GPtrArray *words, const char *between)
{
    GString *joined = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? between : "",
                               (char *)words->pdata[i]);
    return g_string_free(joined, FALSE);
}

/* The words in the order of the alphabet, so that theirs does not matter. */
static char *
any_order(const char *name)
{
    g_autoptr(GPtrArray) words = words_of(name);

    g_ptr_array_sort(words, order_texts);
    return join(words, " ");
}

static char *
one_word(const char *name)
{
    g_autoptr(GPtrArray) words = words_of(name);

    return join(words, "");
}

static void
add_name(struct roster *roster, const char *name, int row)
{
    GHashTable *table = roster->rows[ROSTER_NAME];
    const char *comma = strchr(name, ',');

    if (*roster_name(roster, row) == '\0')
        g_hash_table_insert(roster->names, GINT_TO_POINTER(row + 1),
                            g_strdup(name));
    enter(table, any_order(name), row);
    enter(table, one_word(name), row);
    if (comma != NULL) {
        g_autofree char *turned =
            g_strdup_printf("%s %.*s", comma + 1, (int)(comma - name), name);

        enter(table, one_word(turned), row);
    }
}

void
roster_add(struct roster *roster, enum roster_key key, const char *text,
           int row)
{
    const char *at = strchr(text, '@');

    if (key == ROSTER_NAME) {
        add_name(roster, text, row);
        return;
    }
    enter(roster->rows[key], g_utf8_casefold(text, -1), row);
    if (key == ROSTER_LOGIN && at != NULL)
        enter(roster->mailboxes, g_utf8_casefold(text, at - text), row);
}

const char *
roster_name(const struct roster *roster, int row)
{
    const char *name =
        g_hash_table_lookup(roster->names, GINT_TO_POINTER(row + 1));

    return name != NULL ? name : "";
}

/* A piece of what a pattern has matched. */
static char *
piece_of(const char *pattern, const char *text, const char *piece)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(regex, text, 0, &match)
               ? g_match_info_fetch_named(match, piece)
               : NULL;
}

static const char canvas_file[] =
    "^(?<name>.+?)(_LATE)?_(?<number>[0-9]+)_[0-9]+_.";
static const char moodle_file[] =
    "^(?<name>.*)_(?<number>[0-9]+)_assignsubmission_";

/* Whether all words of a name stand in a text (in which those of a group may
 * stand too). */
static bool
is_named(const char *text, const char *name)
{
    g_autoptr(GPtrArray) words = words_of(name), there = words_of(text);

    for (guint i = 0; i < words->len; i++)
        if (!g_ptr_array_find_with_equal_func(there, words->pdata[i],
                                              g_str_equal, NULL))
            return false;
    return true;
}

/* Numbers of Canvas are a student's for ever. Those of Moodle are of one
 * assignment: with another name, the table is that of another one. Where names
 * are hidden, the one of everybody is the word before the number. */
static int
find_number(const struct roster *roster, const char *submission)
{
    g_autofree char *moodle = piece_of(moodle_file, submission, "number");
    g_autofree char *name = piece_of(moodle_file, submission, "name");
    g_autofree char *canvas = piece_of(canvas_file, submission, "number");
    int row;

    if (moodle == NULL)
        return canvas != NULL ? look_up(roster->rows[ROSTER_NUMBER], canvas)
                              : ROSTER_NOBODY;
    row = look_up(roster->rows[ROSTER_NUMBER], moodle);
    if (row >= 0 && !is_named(name, roster_name(roster, row)) &&
        strcmp(name, roster->nameless) != 0)
        return ROSTER_CONTRARY;
    return row;
}

int
roster_find(const struct roster *roster, const char *submission)
{
    g_autofree char *text = g_strstrip(g_strdup(submission));
    g_autofree char *login = g_utf8_casefold(text, -1);
    g_autofree char *of_moodle = piece_of(moodle_file, submission, "name");
    g_autofree char *of_canvas = piece_of(canvas_file, submission, "name");
    const char *name = of_moodle != NULL   ? of_moodle
                       : of_canvas != NULL ? of_canvas
                                           : text;
    g_autofree char *sorted = any_order(name), *joined = one_word(name);
    int row = find_number(roster, text);

    if (row == ROSTER_NOBODY)
        row = look_up(roster->rows[ROSTER_LOGIN], login);
    if (row == ROSTER_NOBODY)
        row = look_up(roster->mailboxes, login);
    if (row == ROSTER_NOBODY)
        row = look_up(roster->rows[ROSTER_NAME], sorted);
    if (row == ROSTER_NOBODY)
        row = look_up(roster->rows[ROSTER_NAME], joined);
    return row;
}
