/* mirror: sends each line back with its letters in reverse order. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { LINE_BYTES = 120 };

struct line {
    size_t used; /* bytes that came so far */
    char bytes[LINE_BYTES];
};

static fd_set visitors;

/* Opens the door to one visitor. */
static void
let_in(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno != EINTR && errno != ECONNABORTED)
            die("accept", NULL);
    } else if (fd < FD_SETSIZE) {
        FD_SET(fd, &visitors);
    } else {
        (void)close(fd); /* a set has no room for it */
    }
}

/* Sends `n` bytes in reverse order, and "\n". False when nobody takes them. */
static bool
send_mirrored(int fd, const char *bytes, size_t n)
{
    char mirrored[LINE_BYTES];

    for (size_t i = 0; i < n; i++)
        mirrored[i] = bytes[n - 1 - i];
    mirrored[n] = '\n';
    return send_all(fd, mirrored, n + 1) == 0;
}

/* Receives what a visitor says, and answers lines that are complete. False
 * when the visitor has left, or its line has no end. */
static bool
mirror(int fd)
{
    static struct line its_line;
    struct line *line = &its_line;
    char *end = line->bytes + line->used;
    ssize_t n = recv(fd, end, LINE_BYTES - line->used, 0);
    bool stays = n > 0;

    if (n < 0 && errno == EINTR)
        return true;
    line->used += stays ? (size_t)n : 0;
    while (stays && (end = memchr(line->bytes, '\n', line->used)) != NULL) {
        size_t length = (size_t)(end - line->bytes);

        stays = send_mirrored(fd, line->bytes, length);
        line->used -= length + 1;
        memmove(line->bytes, end + 1, line->used);
    }
    if (!stays || line->used == LINE_BYTES) {
        line->used = 0;
        return false;
    }
    return true;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    for (;;) {
        fd_set woke = visitors;

        FD_SET(listener, &woke);
        if (select(FD_SETSIZE, &woke, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (FD_ISSET(fd, &woke) && fd != listener && !mirror(fd)) {
                FD_CLR(fd, &visitors);
                (void)close(fd);
            }
        }
        if (FD_ISSET(listener, &woke))
            let_in(listener);
    }
}
