/* peer: see peer.h. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "settling.h"

enum {
    CONNECT_MS = 5000,
    CLIENTS_MOST = 99,
    BACKLOG = 128,
    FEW_PEERS = 64, /* so many are quickly looked at */
};

static struct peer *last_peer; /* and by it all others */
static int peer_count;

struct peer *
peer_adopt(int fd, const char *name, struct program *program)
{
    struct peer *peer = calloc(1, sizeof *peer);
    struct address address;
    const int yes = 1;

    if (peer == NULL)
        return NULL;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    /* What is sent leaves now, not when the segment before it has been
     * acknowledged (tcp(7)). */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peer->fd = fd;
    peer->program = program;
    peer->next = last_peer;
    last_peer = peer;
    peer_count++;
    (void)snprintf(peer->name, sizeof peer->name, "%s", name);
    if (address_local(&address, fd) == 0)
        (void)address_text(peer->address, &address);
    return peer;
}

/* Gives the socket the address of client `number`; 127.0.0.0/8 is all ours. */
static int
bind_to_client_address(int fd, int number, const struct address *to)
{
    struct address from;
    char text[ADDRESS_TEXT_SIZE];

    if (to->storage.ss_family != AF_INET || number < 1 || number > CLIENTS_MOST)
        return 0;
    (void)snprintf(text, sizeof text, "127.0.0.%d", 10 + number);
    (void)address_parse(&from, text, 0);
    return bind(fd, (struct sockaddr *)&from.storage, from.length);
}

static int
wait_for_connection(int fd, int ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof errno;
    int err = 0;

    if (poll(&wait, 1, ms) == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) < 0)
        return -1;
    errno = err;
    return err == 0 ? 0 : -1;
}

static int
connect_socket(int fd, int number, const struct address *to,
               const struct connect_options *options)
{
    int ms = options->ms > 0 ? options->ms : patience_ms(CONNECT_MS);
    int space = options->receive_space;

    if (space > 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space) < 0)
        return -1;
    if (bind_to_client_address(fd, number, to) < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&to->storage, to->length) == 0)
        return 0;
    return errno == EINPROGRESS ? wait_for_connection(fd, ms) : -1;
}

struct peer *
peer_connect(int number, struct program *program,
             const struct connect_options *options)
{
    struct address to;
    struct peer *peer;
    char name[24];
    bool was_reset;
    int fd;

    if (address_parse(&to, options->to != NULL ? options->to : "127.0.0.1",
                      options->port) < 0) {
        errno = EINVAL;
        return NULL;
    }
    fd = socket(to.storage.ss_family,
                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return NULL;
    /* ECONNRESET: accepted, and reset before we could look at it. */
    was_reset = connect_socket(fd, number, &to, options) < 0;
    if (was_reset && errno != ECONNRESET) {
        int err = errno;

        (void)close(fd);
        errno = err;
        return NULL;
    }
    (void)snprintf(name, sizeof name, "client %d", number);
    peer = peer_adopt(fd, name, program);
    if (peer != NULL)
        peer->was_reset = was_reset;
    return peer;
}

int
host_open(int port)
{
    struct address address;
    const int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    (void)address_parse(&address, "127.0.0.1", port);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&address.storage, address.length) < 0 ||
        listen(fd, BACKLOG) < 0) {
        int err = errno;

        (void)close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

/* Bytes that all peers of this program have not read yet. */
static long
count_unread(const struct program *program)
{
    long sum = 0;

    for (const struct peer *peer = last_peer; peer != NULL; peer = peer->next) {
        int unread = 0;

        if (peer->fd >= 0 && peer->program == program &&
            ioctl(peer->fd, FIONREAD, &unread) == 0)
            sum += unread;
    }
    return sum;
}

/* Bytes of the program's that we have not got: while it closes, one of those
 * that the kernel counts is the end itself. */
static unsigned long
unsent_bytes(const struct tcp_row *row)
{
    bool closing = row->state == TCP_STATE_FIN_WAIT1 ||
                   row->state == TCP_STATE_LAST_ACK ||
                   row->state == TCP_STATE_CLOSING;

    return closing && row->unsent > 0 ? row->unsent - 1 : row->unsent;
}

static bool
same_address(const struct address *a, const struct address *b)
{
    char left[ADDRESS_TEXT_SIZE], right[ADDRESS_TEXT_SIZE];

    return strcmp(address_text(left, a), address_text(right, b)) == 0;
}

struct search {
    struct address ours, theirs;
    struct tcp_row found;
};

static bool
is_other_end(const struct tcp_row *row, void *context)
{
    struct search *search = context;

    if (!same_address(&row->local, &search->theirs) ||
        !same_address(&row->remote, &search->ours))
        return false;
    search->found = *row;
    return true;
}

/* Finds the other end of a connection of ours in the kernel's table. */
static bool
find_other_end(int fd, struct tcp_row *row)
{
    struct search search;

    if (fd < 0 || address_local(&search.ours, fd) < 0 ||
        address_peer(&search.theirs, fd) < 0 ||
        !proc_each_tcp_row(0, is_other_end, &search))
        return false;
    *row = search.found;
    return true;
}

/* A wait for one peer of a program that serves many. */
struct wait {
    struct settling settling;
    struct program *program;
    long unread; /* by all its peers, at the last look */
};

static void
wait_begin(struct wait *wait, struct program *program)
{
    wait->program = program;
    if (program == NULL)
        return;
    settling_begin(&wait->settling, program);
    wait->unread = peer_count <= FEW_PEERS ? count_unread(program) : 0;
}

/* True when the program has settled. One that is busy with answering others of
 * us has not yet had its chance with this one. */
static bool
wait_has_settled(struct wait *wait)
{
    enum settled settled =
        wait->program != NULL ? settling_look(&wait->settling) : NOT_SETTLED;
    long unread;

    if (settled != SETTLED_BUSY && settled != SETTLED_WAKING)
        return settled != NOT_SETTLED;
    unread = count_unread(wait->program);
    if (unread <= wait->unread)
        return true;
    settling_begin(&wait->settling, wait->program);
    wait->unread = unread;
    return false;
}

/* True when the program has sent something that has not got here. */
static bool
is_coming(int fd)
{
    struct tcp_row row;

    return find_other_end(fd, &row) && unsent_bytes(&row) > 0;
}

/* Waits for `events` on `fd`. GOT_BYTES: there is something. */
static enum got
wait_for(int fd, short events, struct program *program, int ms)
{
    struct pollfd polls = {.fd = fd, .events = events};
    int64_t start_ns = now_ns();
    struct wait wait;

    /* Mostly it comes at once, and then nobody need look at the program. */
    if (poll(&polls, 1, LOOK_MS) > 0)
        return GOT_BYTES;
    wait_begin(&wait, program);
    while (elapsed_ms(start_ns) < ms) {
        if (poll(&polls, 1, LOOK_MS) > 0)
            return GOT_BYTES;
        /* What a program did just before it settled is there by now, unless
         * the kernel has it still: on a busy machine it needs its time. */
        if (wait_has_settled(&wait) && !(events == POLLIN && is_coming(fd)))
            return poll(&polls, 1, 0) > 0 ? GOT_BYTES : GOT_SETTLED;
    }
    return GOT_NOTHING;
}

struct peer *
host_accept(int listener, struct program *program, int ms)
{
    int fd;

    if (wait_for(listener, POLLIN, program, ms) != GOT_BYTES) {
        errno = EAGAIN;
        return NULL;
    }
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? NULL : peer_adopt(fd, "server", program);
}

size_t
peer_send(struct peer *peer, const void *bytes, size_t n, int ms)
{
    const char *rest = bytes;
    size_t sent_sum = 0;

    if (peer->was_reset) {
        errno = ECONNRESET;
        return 0;
    }
    while (sent_sum < n) {
        ssize_t sent =
            send(peer->fd, rest + sent_sum, n - sent_sum, MSG_NOSIGNAL);

        if (sent >= 0)
            sent_sum += (size_t)sent;
        else if (errno != EAGAIN ||
                 wait_for(peer->fd, POLLOUT, peer->program, ms) != GOT_BYTES)
            break;
    }
    return sent_sum;
}

enum got
peer_receive(struct peer *peer, void *bytes, size_t size, size_t *n, int ms)
{
    enum got got = peer->was_reset
                       ? GOT_RESET
                       : wait_for(peer->fd, POLLIN, peer->program, ms);
    ssize_t received;

    *n = 0;
    if (got != GOT_BYTES)
        return got;
    received = recv(peer->fd, bytes, size, 0);
    if (received < 0)
        return GOT_RESET;
    *n = (size_t)received;
    return received == 0 ? GOT_END : GOT_BYTES;
}

int
peers_so_far(void)
{
    return peer_count;
}

void
peer_half_close(struct peer *peer)
{
    (void)shutdown(peer->fd, SHUT_WR);
}

void
peer_close(struct peer *peer)
{
    if (peer->fd >= 0)
        (void)close(peer->fd);
    peer->fd = -1;
}

void
peer_reset(struct peer *peer)
{
    /* With a linger time of 0, close() sends RST (socket(7)). */
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close(peer);
}

void
peer_kernel_view(const struct peer *peer, char *line, size_t size)
{
    struct tcp_row row;

    if (find_other_end(peer->fd, &row))
        (void)snprintf(line, size, "%s%s, %lu bytes not read, %lu not sent",
                       tcp_state_name(row.state),
                       row.inode == 0 ? ", no owner" : "", row.unread,
                       unsent_bytes(&row));
    else
        (void)snprintf(line, size, "the connection is gone");
}
