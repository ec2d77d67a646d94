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

/* The part of a path that the kit knows: from labs/, work/ or common/ on, the
 * last of them, for the kit itself may lie in a folder of such a name. */
static const char *
in_kit(const char *path)
{
    static const char *const folders[] = {"/labs/", "/work/", "/common/"};
    const char *last = NULL;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        for (const char *at = path; (at = strstr(at, folders[i])) != NULL; at++)
            if (last == NULL || at > last)
                last = at;
    return last != NULL ? last + 1 : path + strspn(path, "./");
}

struct place {
    char function[LINE_SIZE], file[LINE_SIZE]; /* the file with its path */
    int line;
};

/* The place that a call returns to at `address`; false when addr2line does not
 * know it. */
static bool
look_up(struct place *place, long long address, FILE *to, FILE *from)
{
    char *colon;

    /* A return address: the call itself stands just before it. */
    (void)fprintf(to, "%#llx\n", address - 1);
    (void)fflush(to);
    if (fgets(place->function, sizeof place->function, from) == NULL ||
        fgets(place->file, sizeof place->file, from) == NULL)
        return false;
    place->function[strcspn(place->function, "\n")] = '\0';
    place->file[strcspn(place->file, " \n")] = '\0';
    colon = strrchr(place->file, ':');
    if (colon == NULL || place->file[0] == '?')
        return false;
    *colon = '\0';
    place->line = atoi(colon + 1);
    return place->line > 0;
}

static void
set_place(struct event *e, const struct place *place)
{
    event_set_text(e, "file", in_kit(place->file));
    event_set_number(e, "line", place->line);
    event_set_text(e, "function", place->function);
}

static void
look_up_address(struct event *e, FILE *to, FILE *from)
{
    struct place place;

    if (look_up(&place, event_number(e, "address", 1), to, from))
        set_place(e, &place);
}

/* A task's own place is where it called the runtime, not where it stands in
 * there; the runtime's own tasks are at their outermost function. */
static void
look_up_stack(struct event *e, FILE *to, FILE *from)
{
    static const char runtime[] = "common/coro/", begin[] = "task_begin";
    const char *at = event_text(e, "stack");
    struct place place = {0}, last = {0};

    while (*at != '\0') {
        char *end;
        long long address = strtoll(at, &end, 16);

        if (end == at)
            break;
        at = end + strspn(end, " ");
        if (!look_up(&place, address, to, from) ||
            strcmp(place.function, begin) == 0)
            continue;
        last = place;
        if (strncmp(in_kit(place.file), runtime, strlen(runtime)) != 0)
            break;
    }
    if (last.line > 0)
        set_place(e, &last);
}

void
places_look_up(struct trace *trace, const char *program)
{
    FILE *to = NULL, *from = NULL;
    pid_t pid = start(program, &to, &from);

    for (size_t i = 0; i < trace->count; i++) {
        struct event *e = &trace->events[i];
        bool asked = to != NULL && from != NULL;

        if (asked && event_has(e, "stack"))
            look_up_stack(e, to, from);
        else if (asked && event_has(e, "address"))
            look_up_address(e, to, from);
        (void)json_object_del(e->args, "stack");
        (void)json_object_del(e->args, "address");
    }
    if (to != NULL)
        (void)fclose(to);
    if (from != NULL)
        (void)fclose(from);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}
