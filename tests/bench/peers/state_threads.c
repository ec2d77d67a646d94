/* state_threads: an echo server with a thread of that library a client. */
#include <errno.h>
#include <st.h>
#include <stdint.h>
#include <unistd.h>

#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum { BUFFER_BYTES = 16384 };

static void *
serve(void *arg)
{
    st_netfd_t client = arg;
    char buffer[BUFFER_BYTES];
    ssize_t n;

    while ((n = st_read(client, buffer, sizeof buffer, ST_UTIME_NO_TIMEOUT)) >
           0)
        if (st_write(client, buffer, (size_t)n, ST_UTIME_NO_TIMEOUT) != n)
            break;
    (void)st_netfd_close(client);
    return NULL;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    st_netfd_t listener;

    quit_on_signals();
    if (st_set_eventsys(ST_EVENTSYS_ALT) < 0 || st_init() < 0) /* epoll */
        die("st_init", NULL);
    listener = st_netfd_open_socket(listener_open(&address));
    if (listener == NULL)
        die("listen", NULL);
    for (;;) {
        st_netfd_t client =
            st_accept(listener, NULL, NULL, ST_UTIME_NO_TIMEOUT);

        if (client != NULL && st_thread_create(serve, client, 0, 0) == NULL)
            die("st_thread_create", NULL);
    }
}
