/* tap: see tap.h. */
#include "tap.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum {
    PACKET_SIZE = 65600,
    WORD_BYTES = 4,
    QUEUE_BYTES = 32 << 20,
    CONTROL_SIZE = 128,
    DISCARD_PORT = 9,   /* RFC 863 */
    FIRST_ROOM = 64,    /* packets */
    SETTLE_LOOKS = 300, /* a millisecond each: a busy machine takes long */
    NS_PER_S = 1000000000,
    SAVE_VERSION = 4 << 16 | 2,
    SAVE_RAW_IP = 101,
};

static const uint32_t save_magic = 0xa1b23c4d; /* times in nanoseconds */

int
tap_open(struct tap *tap)
{
    const int space = QUEUE_BYTES, yes = 1;
    struct sockaddr_ll lo = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL)};

    *tap = (struct tap){.fd = -1};
    lo.sll_ifindex = (int)if_nametoindex("lo");
    tap->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     htons(ETH_P_ALL));
    if (tap->fd < 0)
        return -1;
    (void)setsockopt(tap->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    /* The forced form needs a right over the whole machine: then do without. */
    if (setsockopt(tap->fd, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space) <
        0)
        (void)setsockopt(tap->fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
    return bind(tap->fd, (struct sockaddr *)&lo, sizeof lo);
}

/* Reads the headers of one packet: RFC 791, RFC 8200 (no extensions: loopback
 * has none) and RFC 9293. */
static bool
read_packet(struct packet *out, const unsigned char *bytes, size_t n)
{
    bool is6 = n > 0 && bytes[0] >> 4 == 6;
    struct iphdr ip = {0};
    struct ip6_hdr ip6 = {0};
    struct tcphdr tcp;
    size_t at;

    if (n < (is6 ? sizeof ip6 : sizeof ip))
        return false;
    memcpy(is6 ? (void *)&ip6 : (void *)&ip, bytes,
           is6 ? sizeof ip6 : sizeof ip);
    at = is6 ? sizeof ip6 : (size_t)ip.ihl * WORD_BYTES;
    if ((is6 ? ip6.ip6_nxt : ip.protocol) != IPPROTO_TCP || n < at + sizeof tcp)
        return false;
    memcpy(&tcp, bytes + at, sizeof tcp);
    out->from_port = ntohs(tcp.source);
    out->to_port = ntohs(tcp.dest);
    out->flags = bytes[at + 13];
    out->size = is6 ? ntohs(ip6.ip6_plen) + (int)sizeof ip6 : ntohs(ip.tot_len);
    out->payload_at = (int)at + tcp.doff * WORD_BYTES;
    out->payload_bytes = out->size - out->payload_at;
    out->end = ntohl(tcp.seq) + (uint32_t)out->payload_bytes +
               ((out->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) != 0);
    out->head_bytes = n < TAP_HEAD_BYTES ? (int)n : TAP_HEAD_BYTES;
    memcpy(out->head, bytes, (size_t)out->head_bytes);
    return true;
}

/* The kernel's own note of when a packet passed. */
static int64_t
time_of(struct msghdr *message)
{
    struct timespec at = {0};

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
         c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&at, CMSG_DATA(c), sizeof at);
    return at.tv_sec * (int64_t)NS_PER_S + at.tv_nsec;
}

/* Takes the next packet: how many bytes, or -1. */
static ssize_t
take(const struct tap *tap, unsigned char *bytes, struct sockaddr_ll *from,
     int64_t *ts_ns)
{
    _Alignas(struct cmsghdr) char control[CONTROL_SIZE];
    struct iovec piece = {.iov_base = bytes, .iov_len = PACKET_SIZE};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = sizeof *from,
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(tap->fd, &message, 0);

    *ts_ns = n >= 0 ? time_of(&message) : 0;
    return n;
}

/* For one packet more. The room doubles: ten thousand clients make a hundred
 * thousand packets. */
static bool
has_room(struct tap *tap)
{
    int room = tap->room > 0 ? 2 * tap->room : FIRST_ROOM;
    struct packet *more;

    if (tap->count < tap->room)
        return true;
    more = realloc(tap->packets, (size_t)room * sizeof *more);
    if (more == NULL)
        return false;
    tap->packets = more;
    tap->room = room;
    return true;
}

void
tap_read(struct tap *tap)
{
    static unsigned char bytes[PACKET_SIZE];
    struct sockaddr_ll from = {0};
    int64_t ts_ns;
    ssize_t n;

    while ((n = take(tap, bytes, &from, &ts_ns)) >= 0) {
        struct packet packet = {.ts_ns = ts_ns};

        /* On loopback each packet passes twice, out and in. */
        if (from.sll_pkttype == PACKET_OUTGOING ||
            !read_packet(&packet, bytes, (size_t)n))
            continue;
        if (!has_room(tap))
            return;
        tap->packets[tap->count++] = packet;
    }
}

/* A datagram to ourselves, which nobody wants: read a little later, its time
 * tells whether it was noted when it passed, or only when it was read. */
static bool
notes_times(struct tap *tap)
{
    static unsigned char bytes[PACKET_SIZE];
    struct sockaddr_in nowhere = {.sin_family = AF_INET,
                                  .sin_port = htons(DISCARD_PORT),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_ll from;
    struct timespec sent;
    int64_t ts_ns = 0;

    if (fd < 0)
        return true;
    (void)sendto(fd, "", 0, 0, (struct sockaddr *)&nowhere, sizeof nowhere);
    (void)clock_gettime(CLOCK_REALTIME, &sent);
    (void)close(fd);
    pause_ms(1);
    while (ts_ns == 0 && take(tap, bytes, &from, &ts_ns) >= 0)
        continue;
    return ts_ns <= sent.tv_sec * (int64_t)NS_PER_S + sent.tv_nsec;
}

void
tap_settle(struct tap *tap)
{
    for (int i = 0; i < SETTLE_LOOKS && !notes_times(tap); i++)
        tap_read(tap);
}

int
tap_missed(const struct tap *tap)
{
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof stats;

    (void)getsockopt(tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
    return (int)stats.tp_drops;
}

/* --- what a packet says -------------------------------------------------- */

static void
end_of(const struct packet *packet, bool target, struct address *out)
{
    int port = target ? packet->to_port : packet->from_port;

    memset(out, 0, sizeof *out);
    if (packet->head[0] >> 4 == 6) {
        struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((uint16_t)port)};

        memcpy(&six.sin6_addr,
               packet->head + (target ? offsetof(struct ip6_hdr, ip6_dst)
                                      : offsetof(struct ip6_hdr, ip6_src)),
               sizeof six.sin6_addr);
        memcpy(&out->storage, &six, sizeof six);
        out->length = sizeof six;
    } else {
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port)};

        memcpy(&four.sin_addr,
               packet->head + (target ? offsetof(struct iphdr, daddr)
                                      : offsetof(struct iphdr, saddr)),
               sizeof four.sin_addr);
        memcpy(&out->storage, &four, sizeof four);
        out->length = sizeof four;
    }
}

void
packet_from(const struct packet *packet, struct address *out)
{
    end_of(packet, false, out);
}

void
packet_to(const struct packet *packet, struct address *out)
{
    end_of(packet, true, out);
}

/* --- a capture, as pcap-savefile(5) has it -------------------------------- */

static void
write_number(FILE *file, uint32_t number)
{
    (void)fwrite(&number, sizeof number, 1, file);
}

void
tap_save_head(FILE *file)
{
    write_number(file, save_magic);
    write_number(file, SAVE_VERSION);
    write_number(file, 0);
    write_number(file, 0);
    write_number(file, TAP_HEAD_BYTES);
    write_number(file, SAVE_RAW_IP);
}

int
tap_save(struct tap *tap, FILE *file, int from, int port)
{
    tap_read(tap);
    for (int i = from; i < tap->count; i++) {
        const struct packet *p = &tap->packets[i];

        if (port != 0 && p->from_port != port && p->to_port != port)
            continue;
        write_number(file, (uint32_t)(p->ts_ns / NS_PER_S));
        write_number(file, (uint32_t)(p->ts_ns % NS_PER_S));
        write_number(file, (uint32_t)p->head_bytes);
        write_number(file, (uint32_t)p->size);
        (void)fwrite(p->head, (size_t)p->head_bytes, 1, file);
    }
    return tap->count;
}

/* --- counting ------------------------------------------------------------ */

/* True when what this packet carries has passed before: an earlier one of its
 * direction went as far. (Sent once more, it may be in other pieces.) */
static bool
is_repeated(const struct tap *tap, int number)
{
    const struct packet *packet = &tap->packets[number];

    if (packet->payload_bytes == 0 &&
        (packet->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) == 0)
        return false; /* it carries nothing: an acknowledgement */
    for (int i = 0; i < number; i++) {
        const struct packet *earlier = &tap->packets[i];

        if (earlier->end == packet->end &&
            earlier->from_port == packet->from_port &&
            earlier->to_port == packet->to_port)
            return true;
    }
    return false;
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
            packet->payload_bytes >= payload_bytes && !is_repeated(tap, i))
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
