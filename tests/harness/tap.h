/* tap: sees the packets on the loopback device of a private network: counts
 * them, and keeps them for a picture. */
#ifndef HARNESS_TAP_H
#define HARNESS_TAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "address.h"

enum {
    TAP_HEAD_BYTES = 160
}; /* kept of a packet: its headers, and some more */

/* The flags of a TCP header (RFC 9293, 3.1). */
enum tcp_flag {
    TCP_FLAG_FIN = 1,
    TCP_FLAG_SYN = 2,
    TCP_FLAG_RST = 4,
    TCP_FLAG_PSH = 8,
    TCP_FLAG_ACK = 16,
};

struct packet {
    int from_port, to_port; /* host byte order */
    unsigned flags;         /* enum tcp_flag, or-ed */
    uint32_t end;           /* the sequence number behind it */
    int payload_bytes;
    int64_t ts_ns;        /* the time of day when it passed */
    int size, head_bytes; /* of the IP packet; of what is kept of it */
    int payload_at;       /* where in `head` the payload begins */
    unsigned char head[TAP_HEAD_BYTES];
};

struct tap {
    int fd;
    struct packet *packets; /* owned by the tap, in the order they passed */
    int count, room;        /* and how many it could hold */
};

/* Begins to listen. 0, or -1 with errno set (EPERM without a private network).
 * Every packet from now on is kept by the kernel until tap_read. */
int tap_open(struct tap *tap);

/* Waits until the kernel notes when packets pass: it begins to do so some time
 * after it is asked to. For a recording; what counts packets need not wait. */
void tap_settle(struct tap *tap);

/* Takes the packets that have passed so far. */
void tap_read(struct tap *tap);

/* How many packets went from `from_port` to `to_port` (0: any) with exactly
 * the flags `flags` among those in `mask`, and at least `payload_bytes`. One
 * that TCP has sent once more is counted once: on a busy machine an answer may
 * be so late that the kernel asks again (the loss probe of RFC 8985). */
int tap_count(struct tap *tap, int from_port, int to_port, unsigned mask,
              unsigned flags, int payload_bytes);

/* Writes packets to a capture that tcpdump reads too: its head; then those from
 * number `from` on that have passed so far, with a port only those from or to
 * it. How many have passed by then. */
void tap_save_head(FILE *file);
int tap_save(struct tap *tap, FILE *file, int from, int port);

/* How many packets have passed that the kernel had no room to keep. */
int tap_missed(const struct tap *tap);

/* Where a packet comes from, or goes to. */
void packet_from(const struct packet *packet, struct address *out);
void packet_to(const struct packet *packet, struct address *out);

void tap_close(struct tap *tap);

#endif
