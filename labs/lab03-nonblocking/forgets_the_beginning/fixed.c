/* greeter: a guest sends its name, a line, and is greeted by it. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"

enum { GUEST_LIMIT = 100, NAME_LIMIT = 100 };

static struct guest {
    int fd;
    size_t used; /* bytes of `name` that have come */
    char name[NAME_LIMIT];
} guests[GUEST_LIMIT];
static size_t guest_count;

/* Lets one guest in, if one is at the door. */
static void
let_in(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        guests[guest_count++] = (struct guest){.fd = fd};
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        die("accept", NULL);
}

/* Greets by each complete name. False when the guest does not listen. */
static bool
greet(struct guest *guest)
{
    char text[NAME_LIMIT + sizeof "hello, "];
    char *name = guest->name;
    char *end;

    while ((end = memchr(name, '\n', guest->used)) != NULL) {
        int length = (int)(end - name);
        int n = snprintf(text, sizeof text, "hello, %.*s\n", length, name);

        if (send(guest->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
            return false;
        guest->used -= (size_t)length + 1;
        name = end + 1;
    }
    memmove(guest->name, name, guest->used);
    return true;
}

/* Takes what the guest has said. False when it has left or says too much. */
static bool
listen_to(struct guest *guest)
{
    size_t room = NAME_LIMIT - guest->used;
    ssize_t n = recv(guest->fd, guest->name + guest->used, room, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    guest->used += (size_t)n;
    return n > 0 && greet(guest) && guest->used < NAME_LIMIT;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener, flags;

    quit_on_signals();
    listener = listener_open(&address);
    flags = fcntl(listener, F_GETFL);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
        die("fcntl", "O_NONBLOCK");
    for (;;) {
        if (guest_count < GUEST_LIMIT)
            let_in(listener);
        for (size_t i = 0; i < guest_count; i++) {
            if (listen_to(&guests[i]))
                continue;
            (void)close(guests[i].fd);
            guests[i] = guests[--guest_count];
        }
    }
}
