/* heir: ends at once with status 7, and leaves a child behind that prints
 * without end.
 */
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4096, STATUS = 7 };

int
main(void)
{
    static char chunk[CHUNK_BYTES];

    (void)memset(chunk, 'x', sizeof chunk);
    if (fork() == 0) {
        (void)setsid();
        while (write(STDOUT_FILENO, chunk, sizeof chunk) > 0 &&
               write(STDERR_FILENO, chunk, sizeof chunk) > 0)
            ;
        _exit(1);
    }
    _exit(STATUS);
}
