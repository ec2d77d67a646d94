/* till: adds up the prices that each customer sends, one price a line. */
#include <ctype.h>
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

/* For each customer, by descriptor, in cents. */
static struct till {
    unsigned long price; /* its digits so far */
    unsigned long sum;
} tills[FD_SETSIZE];

static fd_set watched;
static int highest; /* descriptor that select must look at */

/* Opens a till for one more customer. */
static void
open_till(int listener)
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
    tills[fd] = (struct till){0};
    FD_SET(fd, &watched);
    if (fd > highest)
        highest = fd;
    (void)fprintf(stderr, "customer %d came\n", fd);
}

/* Adds up what has come; each complete line is answered with the sum so far.
 * False when the customer has left. */
static bool
add_up(int fd, struct till *till)
{
    char piece[PIECE_BYTES], answer[ANSWER_SIZE];
    ssize_t n = recv(fd, piece, sizeof piece, 0);

    for (ssize_t i = 0; i < n; i++) {
        if (isdigit((unsigned char)piece[i])) {
            till->price = till->price * 10 + (unsigned long)(piece[i] - '0');
        } else if (piece[i] == '\n') {
            int length;

            till->sum += till->price;
            till->price = 0;
            length = snprintf(answer, sizeof answer, "sum: %lu\n", till->sum);
            if (send_all(fd, answer, (size_t)length) < 0)
                return false;
        }
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
        fd_set woke = watched;

        if (select(highest + 1, &woke, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                die("select", NULL);
            continue;
        }
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &woke))
                continue;
            if (fd == listener) {
                open_till(listener);
            } else if (!add_up(fd, &tills[fd])) {
                FD_CLR(fd, &watched);
                (void)close(fd);
            }
        }
    }
}
