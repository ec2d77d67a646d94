/* address: see address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int
address_parse(struct address *out, const char *text, int port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->storage;

    if (port < 0 || port > UINT16_MAX)
        return -1;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        out->length = sizeof *v4;
        return 0;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        out->length = sizeof *v6;
        return 0;
    }
    return -1;
}

const char *
address_text(char text[ADDRESS_TEXT_SIZE], const struct address *address)
{
    const struct sockaddr_in *v4 = (const void *)&address->storage;
    const struct sockaddr_in6 *v6 = (const void *)&address->storage;
    char host[INET6_ADDRSTRLEN];

    switch (address->storage.ss_family) {
    case AF_INET:
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(text, ADDRESS_TEXT_SIZE, "%s:%d", host,
                       ntohs(v4->sin_port));
        break;
    case AF_INET6:
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        (void)snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%d", host,
                       ntohs(v6->sin6_port));
        break;
    default:
        (void)snprintf(text, ADDRESS_TEXT_SIZE, "(no address)");
    }
    return text;
}

int
address_local(struct address *out, int fd)
{
    memset(out, 0, sizeof *out);
    out->length = sizeof out->storage;
    return getsockname(fd, (struct sockaddr *)&out->storage, &out->length);
}

int
address_peer(struct address *out, int fd)
{
    memset(out, 0, sizeof *out);
    out->length = sizeof out->storage;
    return getpeername(fd, (struct sockaddr *)&out->storage, &out->length);
}
