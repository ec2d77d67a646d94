/* libevent: an echo server on bufferevents. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>

#include "announce.h"
#include "die.h"
#include "options.h"

static void
came(struct bufferevent *client, void *arg)
{
    (void)arg;
    (void)evbuffer_add_buffer(bufferevent_get_output(client),
                              bufferevent_get_input(client));
}

static void
ended(struct bufferevent *client, short what, void *arg)
{
    (void)what;
    (void)arg;
    bufferevent_free(client);
}

static void
welcome(struct evconnlistener *listener, evutil_socket_t fd,
        struct sockaddr *peer, int length, void *arg)
{
    struct bufferevent *client =
        bufferevent_socket_new(arg, fd, BEV_OPT_CLOSE_ON_FREE);

    (void)listener;
    (void)peer;
    (void)length;
    if (client == NULL)
        die("client", NULL);
    bufferevent_setcb(client, came, NULL, ended, NULL);
    (void)bufferevent_enable(client, EV_READ | EV_WRITE);
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    struct event_base *base = event_base_new();
    struct evconnlistener *listener = NULL;

    if (base != NULL)
        listener = evconnlistener_new_bind(
            base, welcome, base, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
            SOMAXCONN, (struct sockaddr *)&address.storage,
            (int)address.length);
    if (listener == NULL)
        die("listen", NULL);
    announce_listening(evconnlistener_get_fd(listener));
    return event_base_dispatch(base);
}
