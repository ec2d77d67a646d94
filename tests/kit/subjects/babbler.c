/* babbler: prints all 256 bytes, in order, on stdout and stderr, sends them to
 * its client and stays.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "options.h"
#include "send_all.h"

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);
    int fd = accept4(listener_open(&address), NULL, NULL, SOCK_CLOEXEC);
    unsigned char bytes[256];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    (void)!write(STDOUT_FILENO, bytes, sizeof bytes);
    (void)!write(STDERR_FILENO, bytes, sizeof bytes);
    (void)send_all(fd, bytes, sizeof bytes);
    for (;;)
        (void)pause();
}
