/* coro_servers: to listen and to connect, inside one loop. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ends.h"
#include "forced.h"
#include "loop.h"

enum {
    CLIENTS = 50,
    LIMIT = 1000,
    LONG_MS = 60000,
};

static int serving; /* clients that are being served */
static struct event all_may_leave;

static struct server *
start_server_at(const char *text, client_fn *fn, void *arg)
{
    struct server *server;
    struct address at;

    IS(address_parse(&at, text, 0), 0);
    IS(server_start(&server, &at, fn, arg), 0);
    return server;
}

static struct server *
start_server(client_fn *fn)
{
    return start_server_at("127.0.0.1", fn, NULL);
}

static const char *
port_of_server(const struct server *server)
{
    return strrchr(server_address(server), ':') + 1;
}

static struct stream *
connect_to_server(const struct server *server)
{
    struct stream *s;

    IS(stream_open(&s, "127.0.0.1", port_of_server(server), FOREVER), 0);
    return s;
}

static int
echoes(struct stream *peer, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    serving++;
    while ((n = stream_read_line(peer, &line, LIMIT, FOREVER)) > 0) {
        int err = stream_write(peer, line, (size_t)n);

        if (err == 0)
            err = stream_drain(peer, FOREVER);
        if (err < 0)
            return err;
    }
    serving--;
    return (int)n;
}

static void
expect_line_back(struct stream *s, const char *text)
{
    const char *line;

    IS(stream_write(s, text, strlen(text)), 0);
    IS(stream_read_line(s, &line, LIMIT, FOREVER), strlen(text));
    HOLDS(strcmp(line, text) == 0);
}

static void
until_serving(int count)
{
    while (serving != count)
        IS(task_sleep(in_ms(1)), 0);
}

/* --- to listen ------------------------------------------------------------ */

INSIDE(servers, a_server_serves_each_client_in_a_task_of_its_own)
{
    struct server *server = start_server(echoes);
    struct stream *s[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        s[i] = connect_to_server(server);
    for (int i = CLIENTS - 1; i >= 0; i--)
        expect_line_back(s[i], i % 2 == 0 ? "even\n" : "odd\n");
    IS(serving, CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        IS(stream_wait_closed(s[i], FOREVER), 0);
    IS(server_close(server, in_ms(LONG_MS)), 0);
    IS(serving, 0);
    IS(said("client"), 0); /* nothing to report */
}

INSIDE(servers, a_server_tells_the_address_it_was_given_by_the_kernel)
{
    struct server *server = start_server(echoes);

    HOLDS(strncmp(server_address(server), "127.0.0.1:", 10) == 0);
    HOLDS(atoi(port_of_server(server)) > 0);
    IS(server_close(server, NOW), 0);
}

INSIDE(servers, a_server_speaks_IPv6_as_well)
{
    struct server *server = start_server_at("::1", echoes, NULL);
    struct stream *s;

    HOLDS(strncmp(server_address(server), "[::1]:", 6) == 0);
    IS(stream_open(&s, "::1", port_of_server(server), FOREVER), 0);
    HOLDS(strcmp(stream_peername(s), server_address(server)) == 0);
    expect_line_back(s, "six\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, a_port_in_use_is_refused)
{
    struct server *server = start_server(echoes), *second = NULL;
    struct address at;

    IS(address_parse(&at, "127.0.0.1", atoi(port_of_server(server))), 0);
    IS(server_start(&second, &at, echoes, NULL), -EADDRINUSE);
    HOLDS(second == NULL);
    IS(server_close(server, NOW), 0);
    IS(server_start(&second, &at, echoes, NULL), 0); /* free again */
    IS(server_close(second, NOW), 0);
}

INSIDE(servers, an_address_of_somebody_else_is_refused)
{
    struct server *server;
    struct address at;

    IS(address_parse(&at, "192.0.2.1", 0), 0);
    IS(server_start(&server, &at, echoes, NULL), -EADDRNOTAVAIL);
}

static int
tells_arg(struct stream *peer, void *arg)
{
    return stream_write(peer, arg, strlen(arg));
}

INSIDE(servers,
       what_a_client_function_wrote_is_sent_before_its_client_is_closed)
{
    struct server *server =
        start_server_at("127.0.0.1", tells_arg, "the argument\n");
    struct stream *s = connect_to_server(server);
    const char *line;

    READS(stream_read_line(s, &line, LIMIT, FOREVER), line, "the argument\n");
    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

static char peername[ADDRESS_TEXT_SIZE], taskname[ADDRESS_TEXT_SIZE];

static int
tells_names(struct stream *peer, void *arg)
{
    (void)arg;
    (void)strcpy(peername, stream_peername(peer));
    (void)strcpy(taskname, task_name(task_self()));
    return 0;
}

INSIDE(servers, a_client_task_is_called_after_the_address_of_its_client)
{
    struct server *server = start_server(tells_names);
    struct stream *s = connect_to_server(server);
    struct address mine;
    char text[ADDRESS_TEXT_SIZE];
    const char *line;

    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(address_local(&mine, s->watch.fd), 0);
    HOLDS(strcmp(peername, address_text(text, &mine)) == 0);
    HOLDS(strncmp(taskname, "client ", 7) == 0);
    HOLDS(strcmp(taskname + 7, peername) == 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

static int
fails_at_once(struct stream *peer, void *arg)
{
    (void)peer;
    return *(int *)arg;
}

INSIDE(servers, the_failure_of_a_client_is_reported_and_concerns_no_other)
{
    int err = -EPROTO;
    struct server *server = start_server_at("127.0.0.1", fails_at_once, &err);

    for (int i = 0; i < 3; i++) {
        struct stream *s = connect_to_server(server);
        const char *line;

        IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
        IS(stream_wait_closed(s, FOREVER), 0);
    }
    IS(said("client 127.0.0.1:"), 3);
    IS(said(": EPROTO (Protocol error)\n"), 3);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, a_client_that_was_cancelled_is_no_failure_to_report)
{
    int err = -ECANCELED;
    struct server *server = start_server_at("127.0.0.1", fails_at_once, &err);
    struct stream *s = connect_to_server(server);
    const char *line;

    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
    IS(said("client"), 0);
}

INSIDE(servers, a_client_that_resets_ends_its_own_task_and_no_other)
{
    struct server *server = start_server(echoes);
    struct stream *other = connect_to_server(server);
    struct stream *s = connect_to_server(server);
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};

    expect_line_back(s, "a\n");
    expect_line_back(other, "b\n");
    IS(stream_write(s, "unanswered\n", 11), 0);
    IS(setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    while (said("ECONNRESET") + said("EPIPE") == 0)
        IS(task_sleep(in_ms(1)), 0);
    expect_line_back(other, "still here\n");
    IS(stream_wait_closed(other, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, a_caller_that_resets_before_it_is_accepted_harms_nobody)
{
    struct server *server = start_server(echoes);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    struct stream *s;

    address.sin_port = htons((uint16_t)atoi(port_of_server(server)));
    for (int i = 0; i < CLIENTS; i++) { /* the loop does not run meanwhile */
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        IS(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        IS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
        (void)close(fd);
    }
    s = connect_to_server(server);
    expect_line_back(s, "on\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

static int
closes_itself(struct stream *peer, void *arg)
{
    int err = stream_write(peer, "bye\n", 4);

    (void)arg;
    stream_close(peer);
    return err;
}

INSIDE(servers, a_client_function_may_close_its_peer_itself)
{
    struct server *server = start_server(closes_itself);
    struct stream *s = connect_to_server(server);
    const char *line;

    READS(stream_read_line(s, &line, LIMIT, FOREVER), line, "bye\n");
    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

/* --- to close ------------------------------------------------------------- */

INSIDE(servers, a_closed_server_accepts_no_more_and_lets_clients_end)
{
    struct server *server = start_server(echoes);
    struct stream *s = connect_to_server(server), *late;
    char port[8];

    expect_line_back(s, "one\n");
    (void)strcpy(port, port_of_server(server));
    IS(stream_write(s, "two\n", 4), 0);
    IS(stream_write_eof(s), 0);
    IS(server_close(server, in_ms(LONG_MS)), 0); /* it had answered */
    {
        const char *line;

        READS(stream_read_line(s, &line, LIMIT, FOREVER), line, "two\n");
        IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    }
    IS(stream_open(&late, "127.0.0.1", port, FOREVER), -ECONNREFUSED);
    IS(stream_wait_closed(s, FOREVER), 0);
}

INSIDE(servers, clients_that_outlive_the_grace_are_cancelled_and_counted)
{
    struct server *server = start_server(echoes);
    struct stream *s[3];
    const char *line;

    for (int i = 0; i < 3; i++) {
        s[i] = connect_to_server(server);
        expect_line_back(s[i], "on\n");
    }
    IS(stream_wait_closed(s[1], FOREVER), 0);
    until_serving(2);
    IS(server_close(server, in_ms(5)), 2);
    IS(stream_read_line(s[0], &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s[0], FOREVER), 0);
    IS(stream_wait_closed(s[2], FOREVER), 0);
}

static int
says_goodbye(struct stream *peer, void *arg)
{
    char byte;

    (void)arg;
    serving++;
    IS(stream_read(peer, &byte, 1, FOREVER), -ECANCELED);
    task_uncancel();
    IS(event_wait(&all_may_leave, FOREVER), 0);
    return stream_write(peer, "goodbye\n", 8);
}

static int
lets_all_leave(void *nothing)
{
    (void)nothing;
    IS(task_sleep(in_ms(5)), 0);
    event_set(&all_may_leave);
    return 0;
}

INSIDE(servers, a_cancelled_client_may_say_goodbye_and_is_waited_for)
{
    struct server *server = start_server(says_goodbye);
    struct stream *s = connect_to_server(server);
    struct task *t;
    const char *line;

    until_serving(1);
    t = start(lets_all_leave, NULL);
    IS(server_close(server, NOW), 1);
    READS(stream_read_line(s, &line, LIMIT, FOREVER), line, "goodbye\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(result_of(t), 0);
}

static int
closes_server(void *server)
{
    return server_close(server, FOREVER);
}

INSIDE(servers, a_cancelled_close_cancels_the_clients_and_ends)
{
    struct server *server = start_server(echoes);
    struct stream *s = connect_to_server(server);
    struct task *t;

    expect_line_back(s, "on\n");
    t = start(closes_server, server);
    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), 1);
    IS(stream_wait_closed(s, FOREVER), 0);
}

static int
never_served(struct stream *peer, void *arg)
{
    char byte;

    (void)arg;
    note('s');
    IS(stream_read(peer, &byte, 1, FOREVER), -ECANCELED);
    return -ECANCELED;
}

INSIDE(servers, a_client_accepted_and_not_begun_is_cancelled_too)
{
    /* Wherever the close comes between the call and the first line. */
    for (int yields = 0; yields < 8; yields++) {
        struct server *server = start_server(never_served);
        struct stream *s = connect_to_server(server);
        int accepted, cancelled;

        for (int i = 0; i < yields; i++)
            IS(task_yield(), 0);
        accepted = forced_count(FORCED_ACCEPT) > 0;
        cancelled = server_close(server, NOW);
        HOLDS(cancelled == 0 || (cancelled == 1 && accepted));
        (void)!stream_wait_closed(s, FOREVER);
    }
}

static struct server *own_server;

static int
closes_its_own_server(struct stream *peer, void *arg)
{
    (void)peer;
    (void)arg;
    return server_close(own_server, FOREVER) == -EDEADLK ? 0 : -EINVAL;
}

INSIDE(servers, a_client_cannot_close_its_own_server)
{
    struct stream *s;
    const char *line;

    own_server = start_server(closes_its_own_server);
    s = connect_to_server(own_server);
    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    s = connect_to_server(own_server); /* it goes on */
    IS(stream_read_line(s, &line, LIMIT, FOREVER), 0);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(own_server, FOREVER), 0);
}

INSIDE(servers, many_servers_share_a_loop)
{
    struct server *server[10];
    struct stream *s[10];

    for (int i = 0; i < 10; i++)
        server[i] = start_server(echoes);
    for (int i = 0; i < 10; i++)
        s[i] = connect_to_server(server[i]);
    for (int i = 0; i < 10; i++)
        expect_line_back(s[i], "hello\n");
    for (int i = 0; i < 10; i++)
        IS(stream_wait_closed(s[i], FOREVER), 0);
    for (int i = 0; i < 10; i++)
        IS(server_close(server[9 - i], FOREVER), 0);
}

INSIDE(servers, a_server_that_nobody_closes_ends_with_the_loop)
{
    struct server *server = start_server(echoes);
    struct stream *s = connect_to_server(server);

    expect_line_back(s, "on\n");
}

/* --- when the kernel says no ---------------------------------------------- */

INSIDE(servers, a_caller_that_hung_up_before_the_accept_is_no_reason_to_stop)
{
    struct server *server = start_server(echoes);
    struct stream *s;

    forced_next(FORCED_ACCEPT, ECONNABORTED);
    s = connect_to_server(server);
    expect_line_back(s, "on\n");
    HOLDS(forced_happened(FORCED_ACCEPT));
    forced_next(FORCED_ACCEPT, EINTR);
    IS(stream_wait_closed(s, FOREVER), 0);
    s = connect_to_server(server);
    expect_line_back(s, "on\n");
    HOLDS(forced_happened(FORCED_ACCEPT));
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
    IS(said("accept"), 0);
}

INSIDE(servers, without_a_descriptor_a_server_says_so_and_tries_again)
{
    struct server *server = start_server(echoes);
    struct stream *s;

    IS(task_yield(), 0);
    forced_next(FORCED_ACCEPT, EMFILE);
    s = connect_to_server(server);
    expect_line_back(s, "served all the same\n");
    HOLDS(forced_happened(FORCED_ACCEPT));
    IS(said(": accept: EMFILE (Too many open files)\n"), 1);
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, a_server_that_waits_for_descriptors_can_be_closed)
{
    struct server *server = start_server(echoes);
    struct stream *s;

    IS(task_yield(), 0);
    forced_next(FORCED_ACCEPT, ENFILE);
    s = connect_to_server(server);
    while (said("ENFILE") == 0)
        IS(task_sleep(in_ms(1)), 0);
    HOLDS(server_close(server, NOW) >= 0);
    (void)!stream_wait_closed(s, FOREVER);
}

/* --- to connect ----------------------------------------------------------- */

INSIDE(servers, a_connection_to_nobody_is_refused)
{
    struct stream *s = NULL;
    char port[8];

    (void)close(listen_on_any(port, 1));
    IS(stream_open(&s, "127.0.0.1", port, FOREVER), -ECONNREFUSED);
    HOLDS(s == NULL);
}

INSIDE(servers, a_name_is_looked_up_while_others_run)
{
    struct server *server = start_server(echoes);
    struct stream *s;

    IS(stream_open(&s, "localhost", port_of_server(server), FOREVER), 0);
    expect_line_back(s, "by name\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, the_addresses_of_a_name_are_tried_in_turn)
{
    struct server *server = start_server(echoes);
    struct stream *s;

    /* Nobody listens on the first one, 127.0.0.2. */
    IS(stream_open(&s, "two.test", port_of_server(server), FOREVER), 0);
    HOLDS(strcmp(stream_peername(s), server_address(server)) == 0);
    expect_line_back(s, "the second\n");
    IS(stream_wait_closed(s, FOREVER), 0);
    IS(server_close(server, FOREVER), 0);
}

INSIDE(servers, the_failure_of_the_last_address_is_the_result)
{
    struct stream *s;
    char port[8];

    (void)close(listen_on_any(port, 1));
    IS(stream_open(&s, "two.test", port, FOREVER), -ECONNREFUSED);
}

INSIDE(servers, a_name_without_address_is_not_found)
{
    struct stream *s;

    IS(stream_open(&s, "none.test", "80", FOREVER), -ENOENT);
    IS(stream_open(&s, "later.test", "80", FOREVER), -EAGAIN);
    IS(stream_open(&s, "127.0.0.1", "no such service", FOREVER), -ENOENT);
}

INSIDE(servers, a_connection_can_be_made_with_the_name_of_a_service)
{
    struct stream *s;
    int err = stream_open(&s, "127.0.0.1", "http", in_ms(LONG_MS));

    /* Nobody listens there in a network of our own, but it is understood. */
    if (err == 0)
        IS(stream_wait_closed(s, FOREVER), 0);
    else
        HOLDS(err == -ECONNREFUSED || err == -ENOENT);
}

static int
opens_by_name(void *port)
{
    struct stream *s;

    return stream_open(&s, "two.test", port, FOREVER);
}

INSIDE(servers, two_names_are_looked_up_at_once)
{
    struct task *t[2];
    char port[8];

    (void)close(listen_on_any(port, 1));
    forced_lookups_wait(true);
    t[0] = start(opens_by_name, port);
    t[1] = start(opens_by_name, port);
    until_it_waits(t[1]);
    IS(forced_count(FORCED_THREAD), 2);
    forced_lookups_wait(false);
    IS(result_of(t[0]), -ECONNREFUSED);
    IS(result_of(t[1]), -ECONNREFUSED);
}

INSIDE(servers, a_lookup_that_nobody_waits_for_any_more_is_thrown_away)
{
    struct task *t;

    forced_lookups_wait(true);
    t = start(opens_by_name, "80");
    until_it_waits(t);
    task_cancel(t);
    IS(result_of(t), -ECANCELED);
    forced_lookups_wait(false);
}

INSIDE(servers, a_failed_try_leaves_nothing_that_can_be_told_of)
{
    struct server *server = start_server(echoes);

    /* Each first try fails and is closed; its place in epoll with it. */
    for (int i = 0; i < 100; i++) {
        struct stream *s;

        IS(stream_open(&s, "two.test", port_of_server(server), FOREVER), 0);
        expect_line_back(s, "on\n");
        IS(stream_wait_closed(s, FOREVER), 0);
    }
    IS(server_close(server, FOREVER), 0);
}
