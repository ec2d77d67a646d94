/* strace_text: the arguments in a line of strace; see strace.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strace.h"

/* Behind the string that begins at `at` with a quote. */
static const char *
skip_string(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : at;
}

/* Behind the "<...>" that begins at `at`. An arrow inside closes nothing. */
static const char *
skip_angle(const char *at)
{
    int depth = 0;

    for (; *at != '\0'; at++) {
        if (*at == '<')
            depth++;
        else if (*at == '>' && at[-1] != '-' && --depth == 0)
            return at + 1;
    }
    return at;
}

/* True where "<" opens what -yy adds: right behind a digit. */
static bool
is_angle(const char *text, const char *at)
{
    return *at == '<' && at > text && isdigit((unsigned char)at[-1]);
}

const char *
piece_end(const char *text, const char *ends)
{
    int depth = 0;
    const char *at = text;

    while (*at != '\0') {
        if (depth == 0 && strchr(ends, *at) != NULL)
            return at;
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (is_angle(text, at)) {
            at = skip_angle(at);
            continue;
        }
        if (strchr("([{", *at) != NULL)
            depth++;
        else if (strchr(")]}", *at) != NULL)
            depth--;
        at++;
    }
    return at;
}

void
without_descriptors(const char *text, char *out, size_t size)
{
    const char *at = text;
    size_t used = 0;

    while (*at != '\0' && used + 1 < size) {
        const char *next = at + 1;

        if (*at == '"')
            next = skip_string(at);
        if (is_angle(text, at)) {
            at = skip_angle(at);
            continue;
        }
        while (at < next && used + 1 < size)
            out[used++] = *at++;
    }
    out[used] = '\0';
}

void
descriptor_in(const char *text, char *out, size_t size)
{
    const char *at = text + strspn(text, " -0123456789"), *end;

    out[0] = '\0';
    if (!is_angle(text, at))
        return;
    end = skip_angle(at);
    (void)snprintf(out, size, "%.*s", (int)(end - at - 2), at + 1);
}

/* The beginning of argument `n`; NULL when there are fewer. */
static const char *
find_argument(const struct call *call, int n)
{
    const char *at = call->arguments;

    for (; n > 0; n--) {
        at = piece_end(at, ",");
        if (*at == '\0')
            return NULL;
        at += 1 + strspn(at + 1, " ");
    }
    return at;
}

void
call_argument(const struct call *call, int n, char *out, size_t size)
{
    const char *at = find_argument(call, n);
    char *copy;

    out[0] = '\0';
    if (at == NULL)
        return;
    copy = strndup(at, (size_t)(piece_end(at, ",") - at));
    if (copy != NULL)
        without_descriptors(copy, out, size);
    free(copy);
}

int64_t
call_number(const struct call *call, int n, int64_t otherwise)
{
    const char *at = find_argument(call, n);
    char *end;
    long long number;

    if (at == NULL)
        return otherwise;
    number = strtoll(at, &end, 0);
    return end > at ? number : otherwise;
}

void
call_descriptor(const struct call *call, int n, char *out, size_t size)
{
    const char *at = find_argument(call, n);

    out[0] = '\0';
    if (at != NULL)
        descriptor_in(at, out, size);
}
