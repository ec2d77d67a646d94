/* announce: see announce.h. */
#include "announce.h"

#include <stdio.h>

#include "address.h"
#include "die.h"

void
announce(const char *address)
{
    (void)printf("listening on %s\n", address);
    if (fflush(stdout) != 0)
        die("stdout", NULL);
}

void
announce_listening(int fd)
{
    struct address address;
    char text[ADDRESS_TEXT_SIZE];

    if (address_local(&address, fd) < 0)
        die("getsockname", NULL);
    announce(address_text(text, &address));
}
