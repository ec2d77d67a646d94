/* server: echoes lines to many clients with blocking calls alone, and fails:
 * while it waits for one of them, all the others wait for it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum {
    CLIENT_LIMIT = 256,
    LINE_LIMIT = 4096, /* bytes of the longest line, its "\n" included */
};

struct client {
    int fd;
    bool ended;  /* it has sent its last byte */
    size_t used; /* bytes in `line`; some may belong to later lines */
    char line[LINE_LIMIT];
    char name[ADDRESS_TEXT_SIZE];
};

/* Answers in good order, then reads what the client still sends until it
 * leaves: close() with unread bytes would reset the connection, and the reset
 * could overtake the last replies. */
static void
refuse_long_line(int fd)
{
    char rest[LINE_LIMIT];
    ssize_t n;

    (void)fprintf(stderr, "line too long\n");
    (void)shutdown(fd, SHUT_WR); /* fails only if the client is gone */
    do
        n = recv(fd, rest, sizeof rest, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
}

/* Reads until a line of `client` is complete. However long that takes, the
 * program stands in recv, and nobody else is served. The length of the line;
 * at the end of file what is left, perhaps 0; -1 when something is wrong. */
static ssize_t
receive_line(struct client *client)
{
    char *end;

    while ((end = memchr(client->line, '\n', client->used)) == NULL) {
        size_t room = LINE_LIMIT - client->used;
        ssize_t n;

        if (room == 0) {
            refuse_long_line(client->fd);
            return -1;
        }
        n = recv(client->fd, client->line + client->used, room, 0);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            warn("recv", client->name);
            return -1;
        }
        client->used += (size_t)n;
        if (n == 0) {
            client->ended = true;
            return (ssize_t)client->used;
        }
    }
    return end - client->line + 1;
}

/* Sends one line of `client` back to it; what came behind that line waits for
 * the next turn. False when the client has had its last turn. */
static bool
take_turn(struct client *client)
{
    ssize_t length = receive_line(client);

    if (length < 0)
        return false;
    if (send_all(client->fd, client->line, (size_t)length) < 0) {
        warn("send", client->name);
        return false;
    }
    client->used -= (size_t)length;
    memmove(client->line, client->line + length, client->used);
    return !client->ended;
}

/* Waits for one more client. False when it cannot be let in. */
static bool
accept_client(int listener, struct client *client)
{
    struct address peer;
    int fd;

    do
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0) {
        warn("accept", NULL);
        return false;
    }
    (void)address_peer(&peer, fd);
    *client = (struct client){.fd = fd};
    (void)fprintf(stderr, "%s came\n", address_text(client->name, &peer));
    return true;
}

int
main(int argc, char *argv[])
{
    static struct client clients[CLIENT_LIMIT];
    struct address address = server_options(argc, argv);
    size_t count = 0;
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    /* A round waits for a new client, then for each of the others in turn: no
     * call here waits for whoever comes first. */
    for (;;) {
        size_t staying = 0;

        if (count < CLIENT_LIMIT && accept_client(listener, &clients[count]))
            count++;
        else if (count == 0)
            return EXIT_FAILURE;
        /* One turn for each, and those who stay close ranks. */
        for (size_t i = 0; i < count; i++) {
            if (take_turn(&clients[i])) {
                clients[staying++] = clients[i];
            } else {
                (void)fprintf(stderr, "%s left\n", clients[i].name);
                (void)close(clients[i].fd);
            }
        }
        count = staying;
    }
}
