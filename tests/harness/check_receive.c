/* check_receive: expects bytes, silence or the end on a connection. */
#include "check.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "excerpt.h"
#include "peer.h"
#include "verdict.h"

/* What a wait for bytes of `peer` ended with, as a sentence. */
static const char *
describe_got(enum got got)
{
    switch (got) {
    case GOT_END:
        return "the program closed the connection";
    case GOT_RESET:
        return "the connection was reset";
    case GOT_SETTLED:
        return "nothing more came, and nothing is on its way";
    case GOT_NOTHING:
        return "nothing more came";
    default:
        return "bytes came";
    }
}

void
expect_bytes(struct peer *peer, const void *bytes, size_t n)
{
    const char *want = bytes;
    char *came = malloc(n + 1);
    size_t used = 0, difference = 0, start;
    char what[128];
    enum got got = GOT_BYTES;

    if (came == NULL)
        kit_problem("out of memory");
    while (used < n) {
        size_t more;

        got = peer_receive(peer, came + used, n - used, &more,
                           patience_ms(GOOD_MS));
        used += more;
        difference = first_difference(want, came, used);
        if (got != GOT_BYTES || difference < used)
            break;
    }
    if (used == n && difference == n) {
        free(came);
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name,
                   difference < used ? "other bytes came" : describe_got(got));
    start = view_of(want, n, difference);
    conclude(&(struct verdict){
        .word =
            got == GOT_SETTLED || got == GOT_NOTHING ? "timed out" : "failed",
        .what = what,
        .expected = around(want, n, start, ""),
        .received =
            around(came, used, start, difference_note(difference, used)),
        .peer = peer});
}

void
expect_text(struct peer *peer, const char *text)
{
    expect_bytes(peer, text, strlen(text));
}

void
expect_echo(struct peer *peer, const char *line)
{
    send_text(peer, line);
    expect_text(peer, line);
}

void
read_line(struct peer *peer, char *line, size_t size)
{
    size_t used = 0, more;
    enum got got = GOT_BYTES;
    char what[128];

    while (used + 1 < size && (used == 0 || line[used - 1] != '\n')) {
        got = peer_receive(peer, line + used, 1, &more, patience_ms(GOOD_MS));
        if (got != GOT_BYTES)
            break;
        used += more;
    }
    line[used] = '\0';
    if (used > 0 && line[used - 1] == '\n') {
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name,
                   got == GOT_BYTES ? "this line has no end"
                                    : describe_got(got));
    conclude(&(struct verdict){.word = got == GOT_SETTLED || got == GOT_NOTHING
                                           ? "timed out"
                                           : "failed",
                               .what = what,
                               .expected = "a line",
                               .received = around(line, used, 0, ""),
                               .peer = peer});
}

/* Expects that the next thing on the connection is one of two. */
static void
expect_got(struct peer *peer, enum got one, enum got other,
           const char *expected)
{
    char bytes[SHOWN_BYTES];
    char what[128];
    size_t n;
    enum got got =
        peer_receive(peer, bytes, sizeof bytes, &n, patience_ms(GOOD_MS));

    if (got == one || got == other) {
        held();
        return;
    }
    (void)snprintf(what, sizeof what, "%s: %s", peer->name, describe_got(got));
    conclude(&(struct verdict){
        .word =
            got == GOT_SETTLED || got == GOT_NOTHING ? "timed out" : "failed",
        .what = what,
        .expected = expected,
        .received = got == GOT_BYTES ? shown(bytes, n) : describe_got(got),
        .peer = peer});
}

void
expect_silence(struct peer *peer)
{
    expect_got(peer, GOT_SETTLED, GOT_NOTHING,
               "nothing, the connection still open");
}

void
expect_end(struct peer *peer)
{
    expect_got(peer, GOT_END, GOT_END, "the end of the connection");
}

void
expect_reset(struct peer *peer)
{
    expect_got(peer, GOT_RESET, GOT_RESET, "a reset of the connection");
}

void
expect_gone(struct peer *peer)
{
    expect_got(peer, GOT_END, GOT_RESET, "the end of the connection");
}

size_t
read_to_the_end(struct peer *peer)
{
    static char bytes[65536];
    size_t sum = 0, n;
    enum got got;

    while ((got = peer_receive(peer, bytes, sizeof bytes, &n,
                               patience_ms(GOOD_MS))) == GOT_BYTES)
        sum += n;
    if (got != GOT_END)
        conclude(
            &(struct verdict){.word = got == GOT_RESET ? "failed" : "timed out",
                              .what = describe_got(got),
                              .expected = "the end of the connection",
                              .peer = peer});
    held();
    return sum;
}
