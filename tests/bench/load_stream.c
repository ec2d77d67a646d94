/* load_stream: see load_stream.h. */
#include "load_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "die.h"

enum { AHEAD_BYTES = 1 << 20, PIECE_BYTES = 1 << 16 };

double
now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void
give_up(const char *why)
{
    (void)fprintf(stderr, "loader: %s\n", why);
    exit(EXIT_FAILURE);
}

void
pattern_fill(char *to, size_t n, size_t offset, size_t bytes)
{
    for (size_t i = 0; i < n; i++, offset++) {
        size_t place = offset % bytes;

        to[i] = (char)('a' + place % 26);
        if (place == bytes - 1)
            to[i] = '\n';
    }
}

/* Sends a piece, as far as the kernel takes it: how much. `wave` has the bytes
 * of a piece from the beginning of any line. */
static size_t
send_piece(int fd, const char *wave, size_t most)
{
    ssize_t n =
        send(fd, wave, most < PIECE_BYTES ? most : PIECE_BYTES, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN)
        die("send", NULL);
    return n > 0 ? (size_t)n : 0;
}

static size_t
receive_piece(int fd, const char *wave)
{
    static char piece[PIECE_BYTES];
    ssize_t n = recv(fd, piece, sizeof piece, 0);

    if (n == 0 || (n < 0 && errno != EAGAIN))
        give_up("the server hung up");
    if (n > 0 && memcmp(piece, wave, (size_t)n) != 0)
        give_up("the stream that comes back differs");
    return n > 0 ? (size_t)n : 0;
}

void
stream_run(int fd, size_t bytes, int ms, struct slice *slice)
{
    double start = now_us(), end = start + ms * 1000.0;
    size_t sent = 0, received = 0, goal = SIZE_MAX;
    char *wave = malloc(PIECE_BYTES + bytes);

    if (wave == NULL)
        die("stream", NULL);
    pattern_fill(wave, PIECE_BYTES + bytes, 0, bytes);
    while (received < goal) {
        bool may_send = sent < goal && sent - received < AHEAD_BYTES;
        struct pollfd one = {fd, (short)(POLLIN | (may_send ? POLLOUT : 0)), 0};

        if (poll(&one, 1, PATIENCE_MS) == 0)
            give_up("a reply is missing");
        if (may_send && (one.revents & POLLOUT))
            sent += send_piece(fd, wave + sent % bytes, goal - sent);
        if (one.revents & (POLLIN | POLLHUP | POLLERR))
            received += receive_piece(fd, wave + received % bytes);
        if (goal == SIZE_MAX && now_us() >= end)
            goal = (sent + bytes - 1) / bytes * bytes; /* to a line's end */
    }
    slice->replies = (long)received;
    slice->seconds = (now_us() - start) / 1e6;
    free(wave);
}
