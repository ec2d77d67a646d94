/* actor: does what its arguments say, one after the other, and then ends:
 *
 *     actor listen=0 accept recv=6 say=hello end pause
 *
 * A program that the harness is to judge is most often one line of this.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "die.h"
#include "listener.h"
#include "send_all.h"

static int listener = -1;   /* of the last listen= */
static int connection = -1; /* of the last accept or connect= */
static int other = -1;      /* the one before, and after swap that one */

static struct address
here(const char *port)
{
    struct address address;

    if (address_parse(&address, "127.0.0.1", atoi(port)) < 0)
        die("not a port", port);
    return address;
}

static void
open_listener(const char *port)
{
    const struct address address = here(port);

    listener = listener_open(&address);
}

/* Accepts so many connections, at least one; the last one counts. */
static void
accept_connections(const char *number)
{
    long rest = atol(number);

    do {
        other = connection;
        connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            die("accept", NULL);
    } while (--rest > 0);
}

static void
connect_to(const char *port)
{
    const struct address address = here(port);

    connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection, (const struct sockaddr *)&address.storage,
                address.length) < 0)
        die("connect", port);
}

/* Reads this many bytes, or until the end. */
static void
receive(const char *number)
{
    char bytes[256];
    long rest = atol(number);
    ssize_t n = 1;

    while (rest > 0 && n > 0) {
        n = recv(connection, bytes,
                 rest < (long)sizeof bytes ? (size_t)rest : sizeof bytes, 0);
        rest -= n;
    }
}

static void
say(const char *text)
{
    if (send_all(connection, text, strlen(text)) < 0)
        die("send", NULL);
}

static void
print_out(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

static void
print_err(const char *text)
{
    (void)fputs(text, stderr);
}

/* Prints so many bytes. */
static void
flood(const char *number)
{
    for (long rest = atol(number); rest > 0; rest--)
        (void)putchar('x');
    (void)fflush(stdout);
}

static void
end_sending(const char *unused)
{
    (void)unused;
    (void)shutdown(connection, SHUT_WR);
}

static void
close_connection(const char *unused)
{
    (void)unused;
    (void)close(connection);
}

static void
close_listener(const char *unused)
{
    (void)unused;
    (void)close(listener);
}

static void
reset(const char *unused)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once,
                     sizeof at_once);
    close_connection(unused);
}

/* Writes to the connection as a careless program does: SIGPIPE may come. */
static void
write_carelessly(const char *text)
{
    if (write(connection, text, strlen(text)) < 0)
        warn("write", NULL);
}

static void
open_descriptors(const char *number)
{
    for (long i = atol(number); i > 0; i--)
        if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
            die("open", "/dev/null");
}

static void
fork_children(const char *number)
{
    for (long i = atol(number); i > 0; i--)
        if (fork() == 0)
            for (;;)
                (void)pause();
}

static void
raise_signal(const char *number)
{
    (void)raise(atoi(number));
}

static void
end_itself(const char *status)
{
    exit(atoi(status));
}

static void
sleep_for_ever(const char *unused)
{
    (void)unused;
    for (;;)
        (void)pause();
}

static void
spin(const char *unused)
{
    (void)unused;
    for (;;)
        ;
}

/* Wakes a hundred times a second for so many milliseconds: it never looks as
 * if it had settled. */
static void
fidget(const char *number)
{
    for (long i = atol(number) / 10; i > 0; i--)
        (void)usleep(10 * 1000);
}

/* Wakes five times a second: so seldom that it waits for its turn in hardly any
 * of its time, however busy the machine is. */
static void
stir(const char *unused)
{
    (void)unused;
    for (;;)
        (void)usleep(200 * 1000);
}

/* Uses much CPU time, and takes a breath now and then. */
static void
pant(const char *unused)
{
    (void)unused;
    for (;;) {
        const clock_t start = clock();

        while (clock() - start < CLOCKS_PER_SEC / 100)
            ;
        (void)usleep(100);
    }
}

static void
swap(const char *unused)
{
    int first = other;

    (void)unused;
    other = connection;
    connection = first;
}

/* Uses so many milliseconds of CPU time. */
static void
burn(const char *number)
{
    const clock_t start = clock();
    const clock_t much = (clock_t)atol(number) * CLOCKS_PER_SEC / 1000;

    while (clock() - start < much)
        ;
}

/* Takes so many MiB of memory, at the price of 10 ms of CPU time each. */
static void
hoard(const char *number)
{
    enum { MIB = 1 << 20 };

    for (long i = atol(number); i > 0; i--) {
        (void)mmap(NULL, MIB, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        burn("10");
    }
}

/* So many times: uses 100 ms of CPU time, then says one letter. */
static void
toil(const char *number)
{
    for (long i = atol(number); i > 0; i--) {
        burn("100");
        say("x");
    }
}

/* Sleeps once, for so many milliseconds. */
static void
doze(const char *number)
{
    (void)usleep((useconds_t)atol(number) * 1000);
}

static const struct {
    const char *name;
    void (*act)(const char *value);
} actions[] = {
    {"listen", open_listener},
    {"accept", accept_connections},
    {"connect", connect_to},
    {"recv", receive},
    {"say", say},
    {"write", write_carelessly},
    {"out", print_out},
    {"err", print_err},
    {"flood", flood},
    {"end", end_sending},
    {"close", close_connection},
    {"deaf", close_listener},
    {"reset", reset},
    {"open", open_descriptors},
    {"fork", fork_children},
    {"signal", raise_signal},
    {"exit", end_itself},
    {"pause", sleep_for_ever},
    {"spin", spin},
    {"fidget", fidget},
    {"stir", stir},
    {"doze", doze},
    {"pant", pant},
    {"swap", swap},
    {"burn", burn},
    {"hoard", hoard},
    {"toil", toil},
};

/* Does one action, "name" or "name=value". */
static void
act(char *action)
{
    char *value = strchr(action, '=');

    if (value != NULL)
        *value++ = '\0';
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, action) == 0) {
            actions[i].act(value != NULL ? value : "0");
            return;
        }
    errno = EINVAL;
    die("no such action", action);
}

int
main(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++)
        act(argv[i]);
    return EXIT_SUCCESS;
}
