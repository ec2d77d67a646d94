/* waits_for_a_stranger: a collection: each client gives amounts, a number on
 * each line, and is told the sum of all clients so far; a thread for each.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "listener.h"
#include "options.h"
#include "quit.h"
#include "send_all.h"

enum { LINE_BYTES = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long sum; /* of all clients; guarded by `lock` */

/* Waits for the next amount. 0 when the client has left. */
static long
receive_amount(int fd, bool *left)
{
    char line[LINE_BYTES] = "";
    size_t used = 0;

    *left = false;
    while (used + 1 < sizeof line && strchr(line, '\n') == NULL) {
        ssize_t n = recv(fd, line + used, 1, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            *left = true;
            return 0;
        }
        used++;
    }
    return strtol(line, NULL, 10);
}

/* What each thread does for its client, whose descriptor it owns. */
static void *
collect(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char reply[LINE_BYTES];
    bool left = false;
    long amount;

    for (;;) {
        amount = receive_amount(fd, &left);
        (void)pthread_mutex_lock(&lock);
        sum += amount;
        (void)snprintf(reply, sizeof reply, "%ld so far\n", sum);
        (void)pthread_mutex_unlock(&lock);
        if (left || send_all(fd, reply, strlen(reply)) < 0)
            break;
    }
    (void)close(fd);
    return NULL;
}

int
main(int argc, char *argv[])
{
    struct address address = server_options(argc, argv);
    int listener;

    quit_on_signals();
    listener = listener_open(&address);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        pthread_t thread;

        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            die("accept", NULL);
        if (fd < 0)
            continue;
        errno = pthread_create(&thread, NULL, collect, (void *)(intptr_t)fd);
        if (errno == 0) {
            (void)pthread_detach(thread);
        } else {
            warn("pthread_create", NULL);
            (void)close(fd);
        }
    }
}
