/* address: an IP address and a port, between text and struct sockaddr.
 *
 * IPv4 and IPv6. Numbers only: a name would be looked up, and a lookup may ask
 * the network.
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <sys/socket.h>

enum {
    DEFAULT_PORT = 12345,
    /* "[" + the longest IPv6 text (45) + "]:65535" + the final zero */
    ADDRESS_TEXT_SIZE = 64,
};

struct address {
    struct sockaddr_storage storage;
    socklen_t length; /* bytes of `storage` in use */
};

/* Reads `text` ("127.0.0.1", "::1") and `port` (0 to 65535, host byte order)
 * into `out`. 0 when it is an address, -1 when it is not. */
int address_parse(struct address *out, const char *text, int port);

/* Writes "127.0.0.1:12345" or "[::1]:12345" into `text` and returns it;
 * "(no address)" for a family that is neither IPv4 nor IPv6. */
const char *address_text(char text[ADDRESS_TEXT_SIZE],
                         const struct address *address);

/* The address of this side, or of the other side, of the socket `fd`.
 * 0, or -1 with errno set. */
int address_local(struct address *out, int fd);
int address_peer(struct address *out, int fd);

#endif
