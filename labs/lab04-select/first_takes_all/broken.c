/* votes: counts votes; each line is one, answered with the number so far. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { PIECE_BYTES = 100, ANSWER_SIZE = 40 };

static fd_set watched; /* the listener and all voters */
static int highest;    /* descriptor among them */
static unsigned long votes;

/* Admits one more voter. */
static void
admit(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno != EINTR && errno != ECONNABORTED)
            die("accept", NULL);
        return;
    }
    if (fd >= FD_SETSIZE) {
        (void)close(fd); /* a set has no room for it */
        return;
    }
    FD_SET(fd, &watched);
    if (fd > highest)
        highest = fd;
}

/* Counts the votes that have come. False when the voter has left. */
static bool
count(int voter)
{
    char piece[PIECE_BYTES], answer[ANSWER_SIZE];
    ssize_t n = recv(voter, piece, sizeof piece, 0);

    for (ssize_t i = 0; i < n; i++) {
        int length;

        if (piece[i] != '\n')
            continue;
        votes++;
        length = snprintf(answer, sizeof answer, "votes: %lu\n", votes);
        if (send_all(voter, answer, (size_t)length) < 0)
            return false;
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = highest = listener_open(&address);
    FD_SET(listener, &watched);
    for (;;) {
        fd_set *woke = &watched;

        if (select(highest + 1, woke, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        for (int fd = 0; fd <= highest; fd++) {
            if (fd != listener && FD_ISSET(fd, woke) && !count(fd)) {
                FD_CLR(fd, &watched);
                (void)close(fd);
            }
        }
        if (FD_ISSET(listener, woke))
            admit(listener);
    }
}
