/* check_connection: connects with the program under test, sends, leaves. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "check_network.h"
#include "clock.h"
#include "excerpt.h"
#include "forked.h"
#include "peer.h"
#include "program.h"
#include "subject.h"
#include "verdict.h"

/* More than the buffers of both kernels together (tcp(7), tcp_rmem), and what a
 * program that keeps all of it may cost this machine. */
enum { TAKEN_MOST = 96 << 20 };

/* --- connecting ----------------------------------------------------------- */

struct peer *
connect_with(int number, struct program *program,
             const struct connect_options *options)
{
    struct connect_options own = *options;
    struct peer *peer;

    if (own.port == 0)
        own.port = port_of(program);
    asked();
    tell("client %d connects to port %d", number, own.port);
    peer = peer_connect(number, program, &own);
    if (peer != NULL)
        return peer;
    if (errno == ECONNREFUSED)
        fail("client %d: connection refused", number);
    if (errno == ETIMEDOUT)
        conclude(&(struct verdict){.word = "timed out",
                                   .what = "the connection is not answered"});
    kit_problem(strerror(errno));
}

/* A server under test listens on its own port; a case must do so on 12345,
 * and if it does not, that is what the client sees. */
struct peer *
connect_client(int number, struct program *program)
{
    struct connect_options options = {0};
    bool is_worked = strncmp(current_check()->category, "worked_", 7) == 0;

    if (!is_worked) {
        (void)wait_for_port(program);
        options.port = CASE_PORT;
    }
    return connect_with(number, program, &options);
}

void
expect_refused(int port)
{
    struct peer *peer =
        peer_connect(1, NULL, &(struct connect_options){.port = port});

    if (peer != NULL)
        fail("somebody listens on port %d", port);
    if (errno != ECONNREFUSED)
        kit_problem(strerror(errno));
    held();
}

int
open_host(int port)
{
    int fd;

    if (port == CASE_PORT)
        take_case_port();
    fd = host_open(port);
    if (fd < 0)
        kit_problem("no listening socket for the other side");
    return fd;
}

struct peer *
accept_client(int listener, struct program *program)
{
    struct peer *peer;
    char end[64];

    asked();
    peer = host_accept(listener, program, patience_ms(GOOD_MS));
    if (peer != NULL) {
        tell("the server accepts the program's connection");
        return peer;
    }
    describe_end(program, end, sizeof end);
    fail("no connection came from the program: %s", end);
}

void
expect_no_connection(int listener, struct program *program)
{
    if (host_accept(listener, program, patience_ms(GOOD_MS)) != NULL)
        fail("the program connects, and should not");
    held();
}

/* --- sending -------------------------------------------------------------- */

void
send_bytes(struct peer *peer, const void *bytes, size_t n)
{
    size_t sent;

    tell("%s sends %s", peer->name, shown(bytes, n));
    asked();
    sent = peer_send(peer, bytes, n, patience_ms(GOOD_MS));
    if (sent == n)
        return;
    conclude(&(struct verdict){
        .word = errno == EPIPE || errno == ECONNRESET ? "failed" : "timed out",
        .what = errno == EPIPE || errno == ECONNRESET
                    ? "the program hung up while it was sent to"
                    : "the program does not read what it is sent",
        .peer = peer});
}

void
send_text(struct peer *peer, const char *text)
{
    send_bytes(peer, text, strlen(text));
}

void
send_bytewise(struct peer *peer, const void *bytes, size_t n)
{
    const int yes = 1;

    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (size_t i = 0; i < n; i++)
        send_bytes(peer, (const char *)bytes + i, 1);
}

size_t
send_until_full(struct peer *peer, const char *line)
{
    size_t length = strlen(line), sent, sum = 0;

    tell("%s sends %s again and again", peer->name, shown(line, length));
    asked();
    do {
        sent = peer_send(peer, line, length, patience_ms(GOOD_MS));
        sum += sent;
    } while (sent == length && sum < TAKEN_MOST);
    if (sum >= TAKEN_MOST)
        fail("the program takes without end what it is sent, and nobody reads "
             "its replies");
    if (errno == EPIPE || errno == ECONNRESET)
        conclude(&(struct verdict){.word = "failed",
                                   .what =
                                       "the program hung up on a client that "
                                       "was slow to read",
                                   .peer = peer});
    return sum;
}

/* --- leaving -------------------------------------------------------------- */

void
half_close(struct peer *peer)
{
    tell("%s has sent its last", peer->name);
    asked();
    peer_half_close(peer);
}

void
leave(struct peer *peer)
{
    tell("%s leaves", peer->name);
    asked();
    peer_close(peer);
}

void
leave_rudely(struct peer *peer)
{
    tell("%s leaves with a reset", peer->name);
    asked();
    peer_reset(peer);
}
