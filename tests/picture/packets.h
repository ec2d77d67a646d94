/* packets: reads the TCP packets of a capture, whatever made it. */
#ifndef PICTURE_PACKETS_H
#define PICTURE_PACKETS_H

#include <stddef.h>
#include <stdint.h>

enum {
    END_SIZE = 64,    /* "127.0.0.11:40123", "[::1]:12345" */
    PACKET_DATA = 64, /* bytes of payload that are kept */
};

enum packet_flag { /* of a TCP header (RFC 9293, 3.1) */
                   PACKET_FIN = 1,
                   PACKET_SYN = 2,
                   PACKET_RST = 4,
                   PACKET_PSH = 8,
                   PACKET_ACK = 16,
};

struct packet {
    int64_t ts_ns;
    char from[END_SIZE], to[END_SIZE];
    unsigned flags;
    uint32_t sequence, acknowledged;
    int bytes; /* of payload */
    int kept;  /* bytes of `data` */
    unsigned char data[PACKET_DATA];
    int conn; /* the number of its connection, once that is known */
};

struct packets {
    struct packet *list; /* owned, in the order of the capture */
    size_t count, room;
};

/* Appends the packets of the capture at `path`; what is not TCP is left out. A
 * capture that is cut off in the middle of a packet is read as far as it goes.
 * 0, or -1, when one line on stderr has said FILE: REASON. */
int packets_read(struct packets *packets, const char *path);

void packets_free(struct packets *packets);

#endif
