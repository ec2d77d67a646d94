/* ini: see ini.h. */
#include "ini.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024 };

static char *
trim(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

int
ini_value(const char *path, const char *key, char *value, size_t size)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");
    int result = -1;

    value[0] = '\0';
    if (file == NULL)
        return -1;
    while (result < 0 && fgets(line, sizeof line, file) != NULL) {
        char *equals = strchr(line, '=');

        if (equals == NULL || line[0] == '#' || line[0] == ';')
            continue;
        *equals = '\0';
        if (strcmp(trim(line), key) != 0)
            continue;
        if (strlen(trim(equals + 1)) >= size)
            break;
        (void)strcpy(value, trim(equals + 1));
        result = 0;
    }
    (void)fclose(file);
    return result;
}
