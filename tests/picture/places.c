/* places: see places.h. addr2line comes with the compiler. */
#include "places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

/* Starts addr2line, which reads addresses from `*to` and answers on `*from`,
 * two lines for each. Its pid, or -1. */
static pid_t
start(const char *program, FILE **to, FILE **from)
{
    int asks[2], answers[2];
    pid_t pid;

    if (pipe(asks) < 0 || pipe(answers) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        (void)dup2(asks[0], STDIN_FILENO);
        (void)dup2(answers[1], STDOUT_FILENO);
        (void)close(asks[1]);
        (void)close(answers[0]);
        (void)execlp("addr2line", "addr2line", "-f", "-e", program,
                     (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    (void)close(asks[0]);
    (void)close(answers[1]);
    *to = fdopen(asks[1], "w");
    *from = fdopen(answers[0], "r");
    return pid;
}

/* The part of a path that the kit knows: from labs/, work/ or common/ on. */
static const char *
in_kit(const char *path)
{
    static const char *const folders[] = {"/labs/", "/work/", "/common/"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const char *found = strstr(path, folders[i]);

        if (found != NULL)
            return found + 1;
    }
    return path + strspn(path, "./");
}

static void
look_up(struct event *e, FILE *to, FILE *from)
{
    char function[LINE_SIZE], place[LINE_SIZE], *colon;

    /* A return address: the call itself stands just before it. */
    (void)fprintf(to, "%#llx\n", (long long)event_number(e, "address", 1) - 1);
    (void)fflush(to);
    (void)json_object_del(e->args, "address");
    if (fgets(function, sizeof function, from) == NULL ||
        fgets(place, sizeof place, from) == NULL)
        return;
    function[strcspn(function, "\n")] = '\0';
    place[strcspn(place, " \n")] = '\0';
    colon = strrchr(place, ':');
    if (colon == NULL || place[0] == '?' || atoi(colon + 1) == 0)
        return;
    *colon = '\0';
    event_set_text(e, "file", in_kit(place));
    event_set_number(e, "line", atoi(colon + 1));
    event_set_text(e, "function", function);
}

void
places_look_up(struct trace *trace, const char *program)
{
    FILE *to = NULL, *from = NULL;
    pid_t pid = start(program, &to, &from);

    for (size_t i = 0; i < trace->count; i++)
        if (event_has(&trace->events[i], "address")) {
            if (to != NULL && from != NULL)
                look_up(&trace->events[i], to, from);
            else
                (void)json_object_del(trace->events[i].args, "address");
        }
    if (to != NULL)
        (void)fclose(to);
    if (from != NULL)
        (void)fclose(from);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}
