/* packets: see packets.h. Headers as in RFC 791, RFC 8200 and RFC 9293. */
#include "packets.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ETHERNET_HEADER = 14,
    COOKED_HEADER = 16,   /* tcpdump -i any */
    COOKED_2_HEADER = 20, /* the same, newer */
    NULL_HEADER = 4,
    WORD_BYTES = 4,
    EXTENSION_UNIT = 8,
    NS_PER_S = 1000000000,
};

/* How many bytes stand before the IP header; -1 for a link of another kind. */
static int
link_header(int link)
{
    switch (link) {
    case DLT_EN10MB:
        return ETHERNET_HEADER;
    case DLT_LINUX_SLL:
        return COOKED_HEADER;
    case DLT_LINUX_SLL2:
        return COOKED_2_HEADER;
    case DLT_NULL:
        return NULL_HEADER;
    case DLT_RAW:
        return 0;
    default:
        return -1;
    }
}

static void
write_end(char out[END_SIZE], int family, const void *address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN] = "?";

    (void)inet_ntop(family, address, text, sizeof text);
    (void)snprintf(out, END_SIZE, family == AF_INET6 ? "[%s]:%d" : "%s:%d",
                   text, ntohs(port));
}

/* Where the TCP header begins, and how many bytes it and the payload are; -1
 * when this is no TCP in IPv4. */
static int
find_tcp4(const unsigned char *bytes, size_t n, int *length)
{
    struct iphdr ip;

    if (n < sizeof ip)
        return -1;
    memcpy(&ip, bytes, sizeof ip);
    *length = ntohs(ip.tot_len) - ip.ihl * WORD_BYTES;
    return ip.protocol == IPPROTO_TCP ? ip.ihl * WORD_BYTES : -1;
}

/* The same for IPv6, whose extension headers are skipped. */
static int
find_tcp6(const unsigned char *bytes, size_t n, int *length)
{
    struct ip6_hdr ip;
    size_t at = sizeof ip;
    int next;

    if (n < sizeof ip)
        return -1;
    memcpy(&ip, bytes, sizeof ip);
    next = ip.ip6_nxt;
    while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
           next == IPPROTO_DSTOPTS) {
        if (at + 2 > n)
            return -1;
        next = bytes[at];
        at += ((size_t)bytes[at + 1] + 1) * EXTENSION_UNIT;
    }
    *length = ntohs(ip.ip6_plen) - (int)(at - sizeof ip);
    return next == IPPROTO_TCP ? (int)at : -1;
}

/* Reads one IP packet of which `n` bytes were captured. */
static bool
read_packet(struct packet *out, const unsigned char *bytes, size_t n)
{
    bool is6 = n > 0 && bytes[0] >> 4 == 6;
    int family = is6 ? AF_INET6 : AF_INET, length = 0, header;
    int at = is6 ? find_tcp6(bytes, n, &length) : find_tcp4(bytes, n, &length);
    size_t source =
        is6 ? offsetof(struct ip6_hdr, ip6_src) : offsetof(struct iphdr, saddr);
    size_t target =
        is6 ? offsetof(struct ip6_hdr, ip6_dst) : offsetof(struct iphdr, daddr);
    struct tcphdr tcp;

    if (at < 0 || (size_t)at + sizeof tcp > n)
        return false;
    memcpy(&tcp, bytes + at, sizeof tcp);
    header = tcp.doff * WORD_BYTES;
    write_end(out->from, family, bytes + source, tcp.source);
    write_end(out->to, family, bytes + target, tcp.dest);
    out->flags = bytes[at + 13];
    out->sequence = ntohl(tcp.seq);
    out->acknowledged = ntohl(tcp.ack_seq);
    out->bytes = length > header ? length - header : 0;
    out->kept = (int)n - at - header;
    if (out->kept > out->bytes)
        out->kept = out->bytes;
    if (out->kept > PACKET_DATA)
        out->kept = PACKET_DATA;
    if (out->kept > 0)
        memcpy(out->data, bytes + at + header, (size_t)out->kept);
    else
        out->kept = 0;
    return true;
}

static void
keep(struct packets *packets, const struct packet *packet)
{
    if (packets->count == packets->room) {
        packets->room = packets->room > 0 ? packets->room * 2 : 256;
        packets->list =
            realloc(packets->list, packets->room * sizeof *packets->list);
        if (packets->list == NULL)
            abort();
    }
    packets->list[packets->count++] = *packet;
}

int
packets_read(struct packets *packets, const char *path)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *bytes;
    pcap_t *capture = pcap_open_offline_with_tstamp_precision(
        path, PCAP_TSTAMP_PRECISION_NANO, error);
    int skip;

    if (capture == NULL) {
        (void)fprintf(stderr, "%s%s%s\n",
                      strncmp(error, path, strlen(path)) == 0 ? "" : path,
                      strncmp(error, path, strlen(path)) == 0 ? "" : ": ",
                      error);
        return -1;
    }
    skip = link_header(pcap_datalink(capture));
    if (skip < 0) {
        (void)fprintf(stderr, "%s: packets of a link that is not known: %s\n",
                      path, pcap_datalink_val_to_name(pcap_datalink(capture)));
        pcap_close(capture);
        return -1;
    }
    while (pcap_next_ex(capture, &header, &bytes) == 1) {
        struct packet packet = {.ts_ns = (int64_t)header->ts.tv_sec * NS_PER_S +
                                         header->ts.tv_usec};

        if (header->caplen > (unsigned)skip &&
            read_packet(&packet, bytes + skip, header->caplen - (size_t)skip))
            keep(packets, &packet);
    }
    pcap_close(capture);
    return 0;
}

void
packets_free(struct packets *packets)
{
    free(packets->list);
    *packets = (struct packets){0};
}
