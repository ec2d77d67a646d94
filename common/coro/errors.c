/* errors: codes in words: err_text() of coro.h. */
#include <stdio.h>
#include <string.h>

#include "coro.h"

enum { TEXTS = 4, TEXT_SIZE = 100 };

const char *
err_text(int err)
{
    static _Thread_local char texts[TEXTS][TEXT_SIZE];
    static _Thread_local unsigned next;
    char *text = texts[next++ % TEXTS];
    const char *name = strerrorname_np(-err), *words = strerrordesc_np(-err);

    if (err == CORO_EOF) {
        name = "CORO_EOF";
        words = "the peer ended too early";
    } else if (err == CORO_LIMIT) {
        name = "CORO_LIMIT";
        words = "no delimiter within the limit";
    }
    if (name != NULL)
        (void)snprintf(text, TEXT_SIZE, "%s (%s)", name, words);
    else
        (void)snprintf(text, TEXT_SIZE, "%d (unknown code)", err);
    return text;
}
