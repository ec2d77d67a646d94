/* similar_things: see similar_things.h. */
#include "similar_things.h"

#include <stdbool.h>
#include <string.h>

enum { STATEMENT_MOST = 4096, SHOWN_MOST = 90, WORD_LEAST = 3 };

enum kind { WORD, NUMBER, TEXT, CHARACTER, COMMENT, DIRECTIVE, SIGN, END };

struct token {
    enum kind kind;
    const char *start, *end;
};

struct finding {
    const char *at, *end;     /* of the source */
    GHashTable *functions;    /* that the source itself defines */
    GHashTable *own;          /* of the statement: own name -> number */
    GString *statement;       /* its key so far */
    const char *begin, *last; /* where it stands */
    GString *before;          /* the key of the one before it */
    const char *begin_before;
    char *first; /* its first word */
    int depth;   /* of round brackets */
    thing_found *found;
    void *data;
};

static bool
is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The end of a text or character that begins here, at the latest the line's. */
static const char *
skip_quoted(const char *at, const char *end)
{
    char quote = *at++;

    while (at < end && *at != quote && *at != '\n')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end && *at == quote ? at + 1 : at;
}

/* A directive goes on where its line ends in a backslash. */
static const char *
skip_line(const char *at, const char *end, bool goes_on)
{
    while (at < end && (*at != '\n' || (goes_on && at[-1] == '\\')))
        at++;
    return at;
}

static const char *
skip_comment(const char *at, const char *end)
{
    if (at[1] == '/')
        return skip_line(at, end, false);
    for (at += 2; at + 1 < end; at++)
        if (at[0] == '*' && at[1] == '/')
            return at + 2;
    return end;
}

static struct token
next_token(struct finding *finding)
{
    const char *end = finding->end, *at = finding->at;
    struct token token = {.kind = END, .start = end, .end = end};

    while (at < end && (g_ascii_isspace(*at) || *at == '\0'))
        at++;
    if (at == end)
        return token;
    token.start = at;
    if (is_word(*at)) {
        token.kind = g_ascii_isdigit(*at) ? NUMBER : WORD;
        while (at < end &&
               (is_word(*at) || (token.kind == NUMBER && *at == '.')))
            at++;
    } else if (*at == '"' || *at == '\'') {
        token.kind = *at == '"' ? TEXT : CHARACTER;
        at = skip_quoted(at, end);
    } else if (*at == '/' && at + 1 < end && (at[1] == '/' || at[1] == '*')) {
        token.kind = COMMENT;
        at = skip_comment(at, end);
    } else if (*at == '#') {
        token.kind = DIRECTIVE;
        at = skip_line(at, end, true);
    } else {
        token.kind = SIGN;
        at++;
    }
    token.end = finding->at = at;
    return token;
}

static bool
is_sign(const struct token *token, char sign)
{
    return token->kind == SIGN && *token->start == sign;
}

static char *
text_of_token(const struct token *token)
{
    return g_strndup(token->start, (gsize)(token->end - token->start));
}

/* A piece of source as it is shown: in one line, and not too long. */
static void
tell(struct finding *finding, char kind, const char *key, const char *from,
     const char *to)
{
    g_autofree char *whole = g_strdup_printf("%c:%s", kind, key);
    g_autoptr(GString) shown = g_string_new(NULL);

    for (; from < to && shown->len < SHOWN_MOST; from++)
        if (!g_ascii_isspace(*from))
            g_string_append_c(shown, *from);
        else if (shown->len > 0 && shown->str[shown->len - 1] != ' ')
            g_string_append_c(shown, ' ');
    if (from < to)
        g_string_append(shown, "...");
    finding->found(whole, g_strchomp(shown->str), finding->data);
}

/* The words of a comment, in small letters; one alone says too little. */
static void
tell_comment(struct finding *finding, const struct token *token)
{
    g_autofree char *text = text_of_token(token);
    g_autoptr(GString) words = g_string_new(NULL);
    int n = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (!is_word(*at) && (guchar)*at < 0x80)
            continue;
        if (at > text && words->len > 0 && !is_word(at[-1]) &&
            (guchar)at[-1] < 0x80) {
            g_string_append_c(words, ' ');
            n++;
        }
        g_string_append_c(words, g_ascii_tolower(*at));
    }
    if (n > 0)
        tell(finding, 'c', words->str, token->start, token->end);
}

/* A statement, and it and the one before it: where it stands tells, too. */
static void
tell_statement(struct finding *finding)
{
    const char *key = finding->statement->str;

    tell(finding, 's', key, finding->begin, finding->last);
    if (finding->before->len > 0) {
        g_autofree char *both =
            g_strdup_printf("%s; %s", finding->before->str, key);

        tell(finding, 'p', both, finding->begin_before, finding->last);
    }
    g_string_assign(finding->before, key);
    finding->begin_before = finding->begin;
}

static void
end_statement(struct finding *finding)
{
    if (finding->statement->len > 0)
        tell_statement(finding);
    g_string_truncate(finding->statement, 0);
    g_hash_table_remove_all(finding->own);
    g_clear_pointer(&finding->first, g_free);
    finding->depth = 0;
}

/* Names that everybody has from C, its library or the kit, where they stand
 * before a bracket, are capitals or types: these stay. */
static bool
is_common(const struct finding *finding, const char *word, const char *next)
{
    static const char *const words[] = {
        "if",       "else",  "for",    "while",  "do",       "switch", "case",
        "default",  "break", "goto",   "return", "continue", "sizeof", "struct",
        "int",      "char",  "long",   "short",  "unsigned", "signed", "void",
        "const",    "bool",  "true",   "false",  "static",   "errno",  "stdin",
        "volatile", "union", "stdout", "stderr", "enum",     NULL};
    bool capitals = true;

    for (const char *c = word; *c != '\0'; c++)
        capitals = capitals && !g_ascii_islower(*c);
    if (capitals || g_str_has_suffix(word, "_t") ||
        g_strv_contains(words, word))
        return true;
    while (next < finding->end && g_ascii_isspace(*next))
        next++;
    return next < finding->end && *next == '(' &&
           !g_hash_table_contains(finding->functions, word);
}

static void
append_word(struct finding *finding, const struct token *token)
{
    g_autofree char *word = text_of_token(token);
    gpointer number;

    if (finding->first == NULL)
        finding->first = g_strdup(word);
    if (is_common(finding, word, token->end)) {
        g_string_append_printf(finding->statement, "%s ", word);
        return;
    }
    number = g_hash_table_lookup(finding->own, word);
    if (number == NULL) {
        number = GUINT_TO_POINTER(g_hash_table_size(finding->own) + 1);
        g_hash_table_insert(finding->own, g_strdup(word), number);
    }
    g_string_append_printf(finding->statement, "%u ", GPOINTER_TO_UINT(number));
}

/* A condition is a statement by itself, and so are else and do: braces behind
 * them may be there or not. */
static bool
ends_here(const struct finding *finding, const struct token *token)
{
    static const char *const words[] = {"if", "for", "while", "switch", NULL};

    if (finding->first == NULL)
        return false;
    if (strcmp(finding->first, "else") == 0 ||
        strcmp(finding->first, "do") == 0)
        return true;
    return is_sign(token, ')') && finding->depth == 0 &&
           g_strv_contains(words, finding->first);
}

static void
add_token(struct finding *finding, const struct token *token)
{
    if (finding->statement->len == 0)
        finding->begin = token->start;
    if (finding->statement->len < STATEMENT_MOST) {
        if (token->kind == WORD)
            append_word(finding, token);
        else if (token->kind == TEXT)
            g_string_append(finding->statement, "\"\" ");
        else
            g_string_append_len(finding->statement, token->start,
                                token->end - token->start);
    }
    finding->last = token->end;
    finding->depth += is_sign(token, '(') ? 1 : is_sign(token, ')') ? -1 : 0;
    if (ends_here(finding, token))
        end_statement(finding);
}

static void
handle_token(struct finding *finding, const struct token *token)
{
    g_autofree char *text = text_of_token(token);

    if (token->kind == WORD && strlen(text) >= WORD_LEAST)
        tell(finding, 'n', text, token->start, token->end);
    if (token->kind == TEXT && token->end - token->start > WORD_LEAST)
        tell(finding, 't', text, token->start, token->end);
    if (token->kind == COMMENT) {
        tell_comment(finding, token);
    } else if (token->kind == DIRECTIVE) {
        char *comment = strstr(text, "/");

        if (comment != NULL && (comment[1] == '/' || comment[1] == '*'))
            *comment = '\0';
        end_statement(finding);
        tell(finding, 's', g_strstrip(text), token->start, token->end);
    } else if (finding->depth <= 0 &&
               (is_sign(token, ';') || is_sign(token, '{') ||
                is_sign(token, '}'))) {
        end_statement(finding);
    } else {
        add_token(finding, token);
    }
}

/* Functions that the source defines: words before a bracket outside braces. */
static void
find_functions(struct finding *finding)
{
    struct token word = {.kind = END}, token;
    int braces = 0;

    while ((token = next_token(finding)).kind != END) {
        braces += is_sign(&token, '{') ? 1 : is_sign(&token, '}') ? -1 : 0;
        if (braces <= 0 && is_sign(&token, '(') && word.kind == WORD)
            g_hash_table_add(finding->functions, text_of_token(&word));
        word = token;
    }
}

void
find_things(const char *source, gsize n, thing_found *found, void *data)
{
    struct finding finding = {
        .at = source,
        .end = source + n,
        .begin = source,
        .last = source,
        .begin_before = source,
        .functions =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .statement = g_string_new(NULL),
        .before = g_string_new(NULL),
        .found = found,
        .data = data,
    };
    struct token token;

    find_functions(&finding);
    finding.at = source;
    while ((token = next_token(&finding)).kind != END)
        handle_token(&finding, &token);
    end_statement(&finding);
    g_hash_table_unref(finding.functions);
    g_hash_table_unref(finding.own);
    (void)g_string_free(finding.statement, TRUE);
    (void)g_string_free(finding.before, TRUE);
}
