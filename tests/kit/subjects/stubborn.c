/* stubborn: a server that ignores every signal it can. */
#include <signal.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "options.h"

int
main(int argc, char *argv[])
{
    const struct address address = server_options(argc, argv);

    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_IGN);
    (void)listener_open(&address);
    for (;;)
        (void)pause();
}
