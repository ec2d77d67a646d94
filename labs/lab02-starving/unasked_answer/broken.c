/* unasked_answer: two clients take turns; each is told how many words its
 * line had. When one of them leaves, both go, and the next two may come.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { PLAYERS = 2, REPLY_BYTES = 32 };

/* Waits for one more player. The caller owns the descriptor. */
static int
accept_player(int listener)
{
    int fd;

    do
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0)
        die("accept", NULL);
    return fd;
}

/* Waits for a line and counts its words, byte by byte, so that nothing of the
 * next line is taken. False when there is no line any more. */
static bool
count_words(int fd, int *words)
{
    char last = ' ', byte = ' ';

    *words = 0;
    while (byte != '\n') {
        ssize_t n = recv(fd, &byte, 1, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        if (isspace((unsigned char)last) && !isspace((unsigned char)byte))
            (*words)++;
        last = byte;
    }
    return true;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener, fd, words;
    int players[PLAYERS];
    char reply[REPLY_BYTES];

    quit_on_signals();
    listener = listener_open(&address);
    for (;;) {
        for (int i = 0; i < PLAYERS; i++) {
            fd = accept_player(listener);
            players[i] = fd;
        }
        for (int i = 0; count_words(players[i], &words);
             i = (i + 1) % PLAYERS) {
            (void)fprintf(stderr, "player %d spoke, words: %d\n", i + 1, words);
            (void)snprintf(reply, sizeof reply, "words: %d\n", words);
            if (send_all(fd, reply, strlen(reply)) < 0)
                break;
        }
        for (int i = 0; i < PLAYERS; i++)
            (void)close(players[i]);
    }
}
