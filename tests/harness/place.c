/* place: see place.h. */
#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The path of this executable without its last `parts` parts. argv[0] does not
 * help: Criterion calls the process of a test "boxfort-worker". */
static void
own_path(char path[PLACE_SIZE], int parts)
{
    ssize_t n = readlink("/proc/self/exe", path, PLACE_SIZE - 1);

    path[n > 0 ? n : 0] = '\0';
    while (parts-- > 0 && strrchr(path, '/') != NULL)
        *strrchr(path, '/') = '\0';
}

const char *
place_lab(void)
{
    static char lab[PLACE_SIZE];
    char path[PLACE_SIZE];

    own_path(path, 0);
    (void)strcpy(lab, strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : "");
    if (strchr(lab, '_') != NULL)
        *strchr(lab, '_') = '-';
    return lab;
}

const char *
place_built(const char *name)
{
    static char built[PLACE_SIZE * 3];
    char path[PLACE_SIZE];

    own_path(path, 3);
    (void)snprintf(built, sizeof built, "%s/labs/%s/%s", path, place_lab(),
                   name);
    return built;
}

const char *
place_in_case(const char *case_name, const char *file)
{
    char name[PLACE_SIZE];

    (void)snprintf(name, sizeof name, "%s/%s", case_name, file);
    return place_built(name);
}
