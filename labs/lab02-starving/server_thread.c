/* server_thread: echoes lines to many clients, with a thread for each: only
 * that thread waits when its client is slow.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { LINE_LIMIT = 4096 }; /* bytes of the longest line, "\n" included */

/* Answers in good order, then reads what the client still sends until it
 * leaves: close() with unread bytes would reset the connection, and the reset
 * could overtake the last replies. */
static void
refuse_long_line(int fd)
{
    char rest[LINE_LIMIT];
    ssize_t n;

    (void)fprintf(stderr, "line too long\n");
    (void)shutdown(fd, SHUT_WR); /* fails only if the client is gone */
    do
        n = recv(fd, rest, sizeof rest, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
}

/* Sends every line of one client back to it, until the client leaves.
 * 0, or -1 with errno set. */
static int
serve(int fd)
{
    char lines[LINE_LIMIT];
    size_t used = 0;
    ssize_t n;

    while ((n = recv(fd, lines + used, LINE_LIMIT - used, 0)) != 0) {
        const char *end;
        size_t length;

        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        used += (size_t)n;
        /* All complete lines go back at once; half a line waits. */
        end = memrchr(lines, '\n', used);
        length = end == NULL ? 0 : (size_t)(end - lines) + 1;
        if (send_all(fd, lines, length) < 0)
            return -1;
        used -= length;
        memmove(lines, lines + length, used);
        if (used == LINE_LIMIT) {
            refuse_long_line(fd);
            return 0;
        }
    }
    return send_all(fd, lines, used);
}

/* What a thread does, from its first line to its end. `argument` is the
 * client's descriptor itself, which this thread owns. */
static void *
run_thread(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char name[ADDRESS_TEXT_SIZE];
    struct address peer;

    (void)address_peer(&peer, fd);
    (void)fprintf(stderr, "%s came\n", address_text(name, &peer));
    if (serve(fd) < 0)
        warn("serve", name);
    (void)fprintf(stderr, "%s left\n", name);
    (void)close(fd);
    return NULL;
}

/* Gives `fd` to a new thread, or hangs up if there cannot be one. */
static void
start_thread(int fd)
{
    pthread_t thread;
    int err = pthread_create(&thread, NULL, run_thread, (void *)(intptr_t)fd);

    if (err != 0) {
        errno = err; /* pthread functions return it and leave errno alone */
        warn("pthread_create", NULL);
        (void)close(fd);
        return;
    }
    /* Nobody will wait for its end, so it shall clean up by itself. */
    (void)pthread_detach(thread);
}

/* True if another descriptor is free. All threads share one table of them:
 * when it is full, accept fails at once (EMFILE), again and again, and there
 * is not even a descriptor with which to hang up on the client that waits. */
static bool
has_free_descriptor(int fd)
{
    int copy = dup(fd);

    if (copy < 0)
        return false;
    (void)close(copy);
    return true;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    /* This thread waits in accept alone; for a client waits a thread of its
     * own. All of them live in one process, and end with it. */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept", NULL);
        }
        if (has_free_descriptor(fd)) {
            start_thread(fd);
        } else {
            warn("no descriptor to spare", NULL);
            (void)close(fd);
        }
    }
}
