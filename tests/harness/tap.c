/* tap: see tap.h. */
#include "tap.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET_SIZE = 65536, WORD_BYTES = 4, QUEUE_BYTES = 32 << 20 };

int
tap_open(struct tap *tap)
{
    const int space = QUEUE_BYTES;
    struct sockaddr_ll lo = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_IP)};

    *tap = (struct tap){.fd = -1};
    lo.sll_ifindex = (int)if_nametoindex("lo");
    tap->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     htons(ETH_P_IP));
    if (tap->fd < 0)
        return -1;
    /* The forced form needs a right over the whole machine: then do without. */
    if (setsockopt(tap->fd, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space) <
        0)
        (void)setsockopt(tap->fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
    return bind(tap->fd, (struct sockaddr *)&lo, sizeof lo);
}

/* Reads the headers of one packet, RFC 791 and RFC 9293. */
static bool
read_packet(struct packet *out, const unsigned char *bytes, size_t n)
{
    struct iphdr ip;
    struct tcphdr tcp;
    size_t ip_size, tcp_size;

    if (n < sizeof ip)
        return false;
    memcpy(&ip, bytes, sizeof ip);
    ip_size = (size_t)ip.ihl * WORD_BYTES;
    if (ip.protocol != IPPROTO_TCP || n < ip_size + sizeof tcp)
        return false;
    memcpy(&tcp, bytes + ip_size, sizeof tcp);
    tcp_size = (size_t)tcp.doff * WORD_BYTES;
    out->from_port = ntohs(tcp.source);
    out->to_port = ntohs(tcp.dest);
    out->flags = bytes[ip_size + 13];
    out->payload_bytes = ntohs(ip.tot_len) - (int)(ip_size + tcp_size);
    return true;
}

void
tap_read(struct tap *tap)
{
    static unsigned char bytes[PACKET_SIZE];
    struct sockaddr_ll from = {0};
    socklen_t size = sizeof from;
    ssize_t n;

    while ((n = recvfrom(tap->fd, bytes, sizeof bytes, 0,
                         (struct sockaddr *)&from, &size)) >= 0) {
        struct packet packet = {0}, *more;

        /* On loopback each packet passes twice, out and in. */
        if (from.sll_pkttype == PACKET_OUTGOING ||
            !read_packet(&packet, bytes, (size_t)n))
            continue;
        more = realloc(tap->packets,
                       ((size_t)tap->count + 1) * sizeof *tap->packets);
        if (more == NULL)
            return;
        tap->packets = more;
        tap->packets[tap->count++] = packet;
    }
}

int
tap_count(struct tap *tap, int from_port, int to_port, unsigned mask,
          unsigned flags, int payload_bytes)
{
    int count = 0;

    tap_read(tap);
    for (int i = 0; i < tap->count; i++) {
        const struct packet *packet = &tap->packets[i];

        if ((from_port == 0 || packet->from_port == from_port) &&
            (to_port == 0 || packet->to_port == to_port) &&
            (packet->flags & mask) == flags &&
            packet->payload_bytes >= payload_bytes)
            count++;
    }
    return count;
}

void
tap_close(struct tap *tap)
{
    if (tap->fd >= 0)
        (void)close(tap->fd);
    free(tap->packets);
    *tap = (struct tap){.fd = -1};
}
