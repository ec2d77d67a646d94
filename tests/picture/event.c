/* event: see event.h. */
#include "event.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_US = 1000 };

/* --- making -------------------------------------------------------------- */

struct event *
trace_add(struct trace *trace, char phase, int64_t ts_ns, int pid, int tid,
          const char *name)
{
    struct event *e;

    if (trace->count == trace->room) {
        trace->room = trace->room > 0 ? trace->room * 2 : 256;
        trace->events =
            realloc(trace->events, trace->room * sizeof *trace->events);
        if (trace->events == NULL)
            abort(); /* a picture is no reason to go on without memory */
    }
    e = &trace->events[trace->count++];
    *e = (struct event){.phase = phase,
                        .ts_ns = ts_ns,
                        .pid = pid,
                        .tid = tid,
                        .seq = (long)trace->count,
                        .name = strdup(name),
                        .args = json_object()};
    if (e->name == NULL || e->args == NULL)
        abort();
    return e;
}

void
event_set_number(struct event *e, const char *key, int64_t value)
{
    (void)json_object_set_new(e->args, key, json_integer(value));
}

void
event_set_text(struct event *e, const char *key, const char *value)
{
    (void)json_object_set_new(e->args, key, json_string(value));
}

/* By time, and where that is equal by the order in which they were added. */
static int
by_time(const void *a, const void *b)
{
    const struct event *one = a, *other = b;

    if (one->ts_ns != other->ts_ns)
        return one->ts_ns < other->ts_ns ? -1 : 1;
    return (one->seq > other->seq) - (one->seq < other->seq);
}

void
trace_sort(struct trace *trace)
{
    if (trace->count > 0)
        qsort(trace->events, trace->count, sizeof *trace->events, by_time);
    for (size_t i = 0; i < trace->count; i++)
        trace->events[i].seq = (long)i + 1;
}

void
trace_move(struct trace *trace, struct trace *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct event *e = trace_add(trace, from->events[i].phase, 0, 1, 1, "");

        free(e->name);
        json_decref(e->args);
        from->events[i].seq = e->seq;
        *e = from->events[i];
    }
    free(from->events);
    *from = (struct trace){0};
}

void
trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->events[i].name);
        json_decref(trace->events[i].args);
    }
    free(trace->events);
    *trace = (struct trace){0};
}

/* --- asking -------------------------------------------------------------- */

int64_t
event_number(const struct event *e, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(e->args, key);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

const char *
event_text(const struct event *e, const char *key)
{
    const json_t *value = json_object_get(e->args, key);

    return json_is_string(value) ? json_string_value(value) : "";
}

bool
event_has(const struct event *e, const char *key)
{
    return json_object_get(e->args, key) != NULL;
}

static bool
is_one_of(const struct event *e, const char *const names[])
{
    for (; e->phase == 'X' && *names != NULL; names++)
        if (strcmp(e->name, *names) == 0)
            return event_number(e, "result", -1) > 0;
    return false;
}

bool
event_reads(const struct event *e)
{
    static const char *const names[] = {"recv", "read", "recvmsg", "readv",
                                        NULL};

    return is_one_of(e, names) && !event_has(e, "peek");
}

bool
event_writes(const struct event *e)
{
    static const char *const names[] = {"send",   "write",    "sendmsg",
                                        "writev", "sendfile", NULL};

    return is_one_of(e, names);
}

/* --- reading ------------------------------------------------------------- */

/* What is wrong with the field; NULL when it is there. */
static const char *
take_number(const json_t *object, const char *key, double *value)
{
    const json_t *number = json_object_get(object, key);

    if (!json_is_number(number))
        return "a field is missing, or not a number";
    *value = json_number_value(number);
    return NULL;
}

/* Makes an event of an object. NULL, or what is wrong with it. */
static const char *
take_event(struct trace *trace, json_t *object, int line)
{
    const char *phase = json_string_value(json_object_get(object, "ph"));
    const char *name = json_string_value(json_object_get(object, "name"));
    json_t *args = json_object_get(object, "args");
    double ts, pid, tid, seq, dur = 0;
    struct event *e;

    if (phase == NULL || strlen(phase) != 1 ||
        strchr("MXBEibeC", phase[0]) == NULL)
        return "\"ph\" is none of M X B E i b e C";
    if (name == NULL && phase[0] != 'E')
        return "there is no \"name\"";
    if (take_number(object, "ts", &ts) != NULL)
        return "\"ts\" is missing, or not a number";
    if (take_number(object, "pid", &pid) != NULL ||
        take_number(object, "tid", &tid) != NULL)
        return "\"pid\" or \"tid\" is missing, or not a number";
    if (take_number(object, "seq", &seq) != NULL)
        return "\"seq\" is missing, or not a number";
    if (phase[0] == 'X' &&
        (take_number(object, "dur", &dur) != NULL || dur < 0))
        return "\"dur\" is missing, or not a number from 0 on";
    if (args != NULL && !json_is_object(args))
        return "\"args\" is not an object";
    e = trace_add(trace, phase[0], (int64_t)llround(ts * NS_PER_US), (int)pid,
                  (int)tid, name != NULL ? name : "");
    e->dur_ns = (int64_t)llround(dur * NS_PER_US);
    e->seq = (long)seq;
    e->line = line;
    if (args != NULL)
        (void)json_object_update(e->args, args);
    return NULL;
}

/* Takes one line, its end cut off. NULL, or what is wrong with it. */
static const char *
take_line(struct trace *trace, char *text, int line)
{
    static char reason[JSON_ERROR_TEXT_LENGTH + 32];
    size_t length = strlen(text);
    json_error_t error;
    const char *wrong;
    json_t *object;

    if (line == 1)
        return strcmp(text, "[") == 0 ? NULL : "the first line is not \"[\"";
    if (trace->closed)
        return "there is something behind the closing bracket";
    if (strcmp(text, "]") == 0) {
        trace->closed = true;
        return NULL;
    }
    if (length > 0 && text[length - 1] == ',')
        text[length - 1] = '\0';
    object = json_loads(text, 0, &error);
    if (object == NULL) {
        (void)snprintf(reason, sizeof reason, "not JSON: %s", error.text);
        return reason;
    }
    wrong = json_is_object(object) ? take_event(trace, object, line)
                                   : "not an object";
    json_decref(object);
    return wrong;
}

int
trace_read(struct trace *trace, const char *path)
{
    FILE *file = fopen(path, "re");
    const char *wrong = NULL;
    char *text = NULL;
    size_t size = 0;
    ssize_t n;
    int line = 0;

    *trace = (struct trace){0};
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    while (wrong == NULL && (n = getline(&text, &size, file)) > 0) {
        if (text[n - 1] != '\n')
            break; /* cut off in the middle of a line */
        text[n - 1] = '\0';
        wrong = take_line(trace, text, ++line);
    }
    if (wrong == NULL && trace->count == 0)
        wrong = "there is no event in it";
    if (wrong != NULL)
        (void)fprintf(stderr, "%s:%d: %s\n", path, line, wrong);
    free(text);
    (void)fclose(file);
    return wrong != NULL ? -1 : 0;
}

/* --- writing ------------------------------------------------------------- */

static void
write_json(FILE *file, const char *key, const json_t *value)
{
    char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

    if (text != NULL)
        (void)fprintf(file, ",\"%s\":%s", key, text);
    free(text);
}

static void
write_time(FILE *file, const char *key, int64_t ns)
{
    (void)fprintf(file, "\"%s\":%lld.%03lld", key, (long long)(ns / NS_PER_US),
                  (long long)(ns % NS_PER_US));
}

static void
write_event(const struct event *e, FILE *file)
{
    json_t *name = json_string(e->name);

    (void)fprintf(file, "{\"ph\":\"%c\",", e->phase);
    write_time(file, "ts", e->ts_ns);
    (void)fprintf(file, ",\"pid\":%d,\"tid\":%d,\"seq\":%ld", e->pid, e->tid,
                  e->seq);
    if (e->phase == 'i')
        (void)fprintf(file, ",\"s\":\"t\"");
    if (e->phase == 'b' || e->phase == 'e')
        (void)fprintf(file, ",\"cat\":\"connection\",\"id\":\"%d\"", e->tid);
    if (e->phase != 'E')
        write_json(file, "name", name);
    if (e->phase == 'X') {
        (void)fputc(',', file);
        write_time(file, "dur", e->dur_ns);
    }
    if (json_object_size(e->args) > 0)
        write_json(file, "args", e->args);
    (void)fputc('}', file);
    json_decref(name);
}

int
trace_write(const struct trace *trace, FILE *file)
{
    (void)fprintf(file, "[\n");
    for (size_t i = 0; i < trace->count; i++) {
        write_event(&trace->events[i], file);
        (void)fprintf(file, i + 1 < trace->count ? ",\n" : "\n");
    }
    (void)fprintf(file, "]\n");
    return fflush(file) == 0 && ferror(file) == 0 ? 0 : -1;
}
