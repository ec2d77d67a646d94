/* lab04_select: checks of the server that sleeps in select. */
#include <sys/select.h>

#include "many_clients.h"

enum { DESCRIPTOR_LIMIT = 2 * FD_SETSIZE };

ECHO_CONTRACT(server, 65536)
MANY_CLIENTS(server, "select")

WORKED(server, who_comes_when_the_set_is_full_is_told_so)
{
    struct program *server;
    struct peer *clients[FD_SETSIZE] = {NULL}, *late;
    int count;

    need_descriptors(DESCRIPTOR_LIMIT);
    server = start_worked("server", &(struct program_options){
                                        .descriptor_limit = DESCRIPTOR_LIMIT});
    (void)port_of(server);
    count = FD_SETSIZE - proc_descriptors(program_pid(server));
    connect_many(server, clients, count);
    expect_descriptors(server, FD_SETSIZE);
    for (int i = 0; i < 3; i++) {
        late = connect_client(91 + i, server);
        if (i == 1) /* also one that speaks first */
            (void)peer_send(late, "hello\n", strlen("hello\n"), GOOD_MS);
        expect_text(late, "server full\n");
        expect_gone(late);
        leave(late);
    }
    expect_said(server, STREAM_ERR, "server full");
    expect_echo(clients[0], "the first is still served\n");
    expect_echo(clients[count - 1], "and so is the last\n");
    leave(clients[1]);
    expect_descriptors(server, FD_SETSIZE - 1);
    expect_echo(connect_client(95, server), "there is room again\n");
    expect_asleep(server, "select");
}

WORKED(server, too_many_open_files_are_reported_once_and_survived)
{
    struct program *server = start_worked(
        "server", &(struct program_options){.descriptor_limit = 6});
    struct peer *first = connect_client(1, server);
    struct peer *second = connect_client(2, server);
    struct peer *third;

    expect_echo(first, "first\n");
    expect_echo(second, "second\n");
    third = connect_client(3, server);
    send_text(third, "third\n");
    expect_silence(third);
    expect_said(server, STREAM_ERR, "accept: EMFILE");
    expect_echo(first, "first again\n");
    expect_asleep(server, "select"); /* although the third still waits */
    expect_that(count_of(program_output(server, STREAM_ERR, NULL), "EMFILE") ==
                    1,
                "EMFILE is reported once");
    leave(second);
    expect_text(third, "third\n");
    leave(first);
    expect_echo(connect_client(4, server), "fourth\n");
}
