/* peer: the harness' end of a TCP connection with the program under test.
 *
 * The harness plays clients, each from an address of its own (client 1 is
 * 127.0.0.11, client 2 is 127.0.0.12, ...), or the server that a client under
 * test talks to. Nothing here judges; that is for check.h.
 */
#ifndef HARNESS_PEER_H
#define HARNESS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

struct peer {
    int fd;                  /* -1 once closed */
    bool was_reset;          /* so early that connecting ended with it */
    char name[24];           /* "client 2", "server" */
    char address[64];        /* our own address and port */
    struct program *program; /* at the other end; may be NULL */
    struct peer *next;       /* the one before this one */
};

/* How a wait for bytes ended. */
enum got {
    GOT_BYTES,
    GOT_END,     /* end of file: the other side closed in good order */
    GOT_RESET,   /* the connection was reset */
    GOT_SETTLED, /* nothing: the program has settled (settling.h), and the
                  * kernel has nothing from it that is on its way */
    GOT_NOTHING, /* nothing until the deadline */
};

struct connect_options {
    const char *to;    /* IPv4 or IPv6 address; NULL: 127.0.0.1 */
    int port;          /* 1 to 65535 */
    int receive_space; /* bytes for SO_RCVBUF; 0: as it is */
    int ms;            /* how long at most; 0: 5 s */
};

/* Connects as client `number` (from 127.0.0.1N for 1 to 99; over IPv6 from
 * ::1). Returns the peer, or NULL with errno set: ECONNREFUSED when nobody
 * listens, ETIMEDOUT when nobody answers. */
struct peer *peer_connect(int number, struct program *program,
                          const struct connect_options *options);

/* Makes a peer of a connected descriptor, which it owns from now on. */
struct peer *peer_adopt(int fd, const char *name, struct program *program);

/* A socket that listens on 127.0.0.1 and `port` (0: any free one), for a
 * client under test. The caller owns it; -1 with errno set on failure. */
int host_open(int port);

/* Takes one connection, waiting until there is one, the program has settled,
 * or `ms` have passed. NULL with errno EAGAIN when none came. */
struct peer *host_accept(int listener, struct program *program, int ms);

/* Sends all the bytes, in one segment where they fit. Waits while the other
 * side does not read. Returns how many bytes were taken before the program
 * settled, hung up (errno EPIPE or ECONNRESET) or `ms` had passed. */
size_t peer_send(struct peer *peer, const void *bytes, size_t n, int ms);

/* Waits for bytes; GOT_BYTES with `*n` of them in `bytes`, at most `size`. */
enum got peer_receive(struct peer *peer, void *bytes, size_t size, size_t *n,
                      int ms);

/* How many connections there have been. */
int peers_so_far(void);

/* Ways to leave: no more to send, but still listening; closed in good order;
 * closed with a reset. */
void peer_half_close(struct peer *peer);
void peer_close(struct peer *peer);
void peer_reset(struct peer *peer);

/* What the kernel says about this connection as the program has it, one line:
 * "ESTABLISHED, 3 bytes not read, 0 not sent"; "no owner" when no process has
 * a descriptor for it any more. */
void peer_kernel_view(const struct peer *peer, char *line, size_t size);

#endif
