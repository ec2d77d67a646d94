/* libuv: an echo server as libuv's guide writes it. */
#include <stdlib.h>
#include <uv.h>

#include "announce.h"
#include "die.h"
#include "options.h"

struct reply {
    uv_write_t request; /* first, so that the one is known by the other */
    uv_buf_t buffer;
};

static void
gone(uv_handle_t *client)
{
    free(client);
}

static void
make_room(uv_handle_t *client, size_t suggested, uv_buf_t *buffer)
{
    (void)client;
    buffer->base = malloc(suggested);
    buffer->len = buffer->base != NULL ? suggested : 0;
}

static void
written(uv_write_t *request, int status)
{
    struct reply *reply = (struct reply *)request;

    (void)status;
    free(reply->buffer.base);
    free(reply);
}

static void
came(uv_stream_t *client, ssize_t n, const uv_buf_t *buffer)
{
    struct reply *reply;

    if (n > 0 && (reply = malloc(sizeof *reply)) != NULL) {
        reply->buffer = uv_buf_init(buffer->base, (unsigned)n);
        (void)uv_write(&reply->request, client, &reply->buffer, 1, written);
        return;
    }
    free(buffer->base);
    if (n < 0)
        uv_close((uv_handle_t *)client, gone);
}

static void
welcome(uv_stream_t *listener, int status)
{
    uv_tcp_t *client = malloc(sizeof *client);

    if (status < 0 || client == NULL || uv_tcp_init(listener->loop, client) < 0)
        die("connection", NULL);
    if (uv_accept(listener, (uv_stream_t *)client) == 0)
        (void)uv_read_start((uv_stream_t *)client, make_room, came);
    else
        uv_close((uv_handle_t *)client, gone);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    uv_tcp_t listener;
    uv_os_fd_t fd;

    if (uv_tcp_init(uv_default_loop(), &listener) < 0 ||
        uv_tcp_bind(&listener, (struct sockaddr *)&address.storage, 0) < 0 ||
        uv_listen((uv_stream_t *)&listener, 4096, welcome) < 0 ||
        uv_fileno((uv_handle_t *)&listener, &fd) < 0)
        die("listen", NULL);
    announce_listening(fd);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
