/* strace: see strace.h. */
#include "strace.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIDS_MOST = 4096, NS_PER_S = 1000000000 };
static const int64_t SECONDS_MOST = 1LL << 33; /* as nanoseconds, they fit */

/* A call that another thread's line has interrupted. */
struct pending {
    int pid, line;
    int64_t ts_ns;
    char *text; /* owned: as far as it came */
};

struct reader {
    struct calls *calls;
    const char *program;
    struct pending pending[PIDS_MOST];
    int pending_count;
    int line;
    int last_pid; /* of lines without a number */
    const char *wrong;
};

/* --- one call ------------------------------------------------------------ */

static struct call *
add_call(struct reader *r, enum call_kind kind, int pid, int64_t ts_ns)
{
    struct calls *calls = r->calls;

    if (calls->count == calls->room) {
        calls->room = calls->room > 0 ? calls->room * 2 : 1024;
        calls->list = realloc(calls->list, calls->room * sizeof *calls->list);
        if (calls->list == NULL)
            abort();
    }
    calls->list[calls->count] = (struct call){.kind = kind,
                                              .pid = pid,
                                              .ts_ns = ts_ns,
                                              .result = NOTHING,
                                              .line = r->line,
                                              .times = 1};
    return &calls->list[calls->count++];
}

/* "1795831868.147590419" or "...147590": nanoseconds; moves `*text` behind it.
 * -1 when there is no such number. */
static int64_t
take_time(const char **text)
{
    char *end;
    int64_t seconds = strtoll(*text, &end, 10), ns;
    int64_t unit = NS_PER_S / 10;

    if (end == *text || *end != '.' || seconds < 0 || seconds > SECONDS_MOST)
        return -1;
    ns = seconds * NS_PER_S;
    for (end++; isdigit((unsigned char)*end); end++, unit /= 10)
        ns += (*end - '0') * unit;
    *text = end;
    return ns;
}

/* " = 4<...> (in [3]) <0.000004>", behind the closing parenthesis. */
static void
take_result(struct call *call, const char *text)
{
    const char *duration = strrchr(text, '<'), *at;
    char *end;

    text += strspn(text, " ");
    if (*text != '=')
        return; /* it had not returned when the recording ended */
    call->ended = true;
    text += 1 + strspn(text + 1, " ");
    if (duration != NULL && duration > text && duration[-1] == ' ') {
        at = duration + 1;
        call->dur_ns = take_time(&at);
        if (call->dur_ns < 0 || *at != '>') {
            call->dur_ns = 0;
            duration = NULL;
        }
        call->timed = duration != NULL;
    } else {
        duration = NULL;
    }
    call->said = duration != NULL ? strndup(text, (size_t)(duration - text))
                                  : strdup(text);
    if (call->said == NULL)
        abort();
    call->result = strtoll(text, &end, 0);
    if (end == text) {
        call->result = NOTHING;
        end = (char *)text + (*text == '?');
    }
    end += strspn(end, " ");
    if (*end == 'E' && isupper((unsigned char)end[1]))
        (void)snprintf(call->error, sizeof call->error, "%.*s",
                       (int)strcspn(end, " \n"), end);
}

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* "name(arguments) = result". */
static void
take_call(struct reader *r, int pid, int64_t ts_ns, const char *text)
{
    size_t length = strspn(text, name_letters);
    const char *open = text + length, *close;
    struct call *call;

    if (*open != '(' || length == 0 || length >= CALL_NAME_SIZE) {
        r->wrong = "neither a system call, nor a signal, nor an end";
        return;
    }
    close = piece_end(open + 1, ")");
    call = add_call(r, CALL, pid, ts_ns);
    (void)snprintf(call->name, sizeof call->name, "%.*s", (int)length, text);
    call->arguments = strndup(open + 1, (size_t)(close - open - 1));
    if (call->arguments == NULL)
        abort();
    if (*close == ')')
        take_result(call, close + 1);
}

/* --- calls on two lines -------------------------------------------------- */

static struct pending *
find_pending(struct reader *r, int pid)
{
    for (int i = 0; i < r->pending_count; i++)
        if (r->pending[i].pid == pid)
            return &r->pending[i];
    return NULL;
}

static void
drop_pending(struct reader *r, struct pending *p)
{
    free(p->text);
    *p = r->pending[--r->pending_count];
}

static void
put_off(struct reader *r, int pid, int64_t ts_ns, const char *text, size_t n)
{
    struct pending *p = find_pending(r, pid);

    if (p != NULL)
        drop_pending(r, p); /* its end was never written down */
    if (r->pending_count == PIDS_MOST) {
        r->wrong = "more threads than can be followed";
        return;
    }
    r->pending[r->pending_count++] = (struct pending){
        .pid = pid, .line = r->line, .ts_ns = ts_ns, .text = strndup(text, n)};
}

/* "<... accept4 resumed>) = 5": the rest of a call that was put off. */
static void
resume(struct reader *r, int pid, const char *text)
{
    static const char mark[] = " resumed>";
    struct pending *p = find_pending(r, pid);
    const char *rest = strstr(text, mark);
    char *whole;

    if (rest == NULL) {
        r->wrong = "\"<...\" without \"resumed>\"";
        return;
    }
    if (p == NULL)
        return; /* strace was attached in the middle of it */
    rest += sizeof mark - 1;
    if (asprintf(&whole, "%s%s", p->text, rest) < 0)
        abort();
    take_call(r, pid, p->ts_ns, whole);
    free(whole);
    drop_pending(r, p);
}

/* What was never resumed had not ended. */
static void
end_pending(struct reader *r)
{
    while (r->pending_count > 0) {
        struct pending *p = &r->pending[0];

        r->line = p->line;
        take_call(r, p->pid, p->ts_ns, p->text);
        drop_pending(r, p);
    }
}

/* --- lines --------------------------------------------------------------- */

/* "+++ exited with 0 +++", "+++ killed by SIGTERM +++". */
static void
take_end(struct reader *r, int pid, int64_t ts_ns, const char *text)
{
    static const char exited[] = "+++ exited with ",
                      killed[] = "+++ killed by ";
    struct call *call;

    if (strncmp(text, exited, sizeof exited - 1) == 0) {
        call = add_call(r, EXITED, pid, ts_ns);
        call->result = strtol(text + sizeof exited - 1, NULL, 10);
    } else if (strncmp(text, killed, sizeof killed - 1) == 0) {
        text += sizeof killed - 1;
        call = add_call(r, KILLED, pid, ts_ns);
        (void)snprintf(call->name, sizeof call->name, "%.*s",
                       (int)strcspn(text, " "), text);
    } /* else: superseded by execve in another thread, and the like */
}

/* " > /path/program(function+0x1a) [0x1234]": a place on the stack of the call
 * before; the innermost one in the program itself is kept. */
static void
take_place(struct reader *r, const char *text)
{
    struct call *call;
    const char *open = strchr(text, '('), *bracket = strrchr(text, '[');
    size_t length = r->program != NULL ? strlen(r->program) : 0;

    if (r->calls->count == 0 || length == 0 || open == NULL || bracket == NULL)
        return;
    call = &r->calls->list[r->calls->count - 1];
    if (call->address == 0 && (size_t)(open - text) >= length &&
        strncmp(open - length, r->program, length) == 0)
        call->address = strtoull(bracket + 1, NULL, 16);
}

/* What happened, behind the number of the process and the time. */
static void
take_text(struct reader *r, int64_t ts_ns, const char *text)
{
    static const char unfinished[] = " <unfinished ...>";
    const char *mark = text + strlen(text) - (sizeof unfinished - 1);

    if (mark >= text && strcmp(mark, unfinished) == 0)
        put_off(r, r->last_pid, ts_ns, text, (size_t)(mark - text));
    else if (strncmp(text, "<... ", 5) == 0)
        resume(r, r->last_pid, text);
    else if (strncmp(text, "+++ ", 4) == 0)
        take_end(r, r->last_pid, ts_ns, text);
    else if (strncmp(text, "--- ", 4) == 0)
        (void)snprintf(add_call(r, SIGNAL, r->last_pid, ts_ns)->name,
                       CALL_NAME_SIZE, "%.*s", (int)strcspn(text + 4, " "),
                       text + 4);
    else
        take_call(r, r->last_pid, ts_ns, text);
}

static void
take_line(struct reader *r, const char *line)
{
    const char *text = line;
    char *end;
    int pid = (int)strtol(line, &end, 10);
    int64_t ts_ns;

    if (line[0] == '\0' || strncmp(line, "strace: ", 8) == 0)
        return;
    if (strncmp(line, " > ", 3) == 0) {
        take_place(r, line);
        return;
    }
    if (strncmp(line, "[pid ", 5) == 0) { /* without -o it looks like this */
        pid = (int)strtol(line + 5, &end, 10);
        end += *end == ']';
    }
    if (end > line && *end == ' ') { /* a time has a point there */
        text = end + strspn(end, " ");
        r->last_pid = pid;
    }
    ts_ns = take_time(&text);
    if (ts_ns < 0)
        r->wrong = "no time of day where one should be: strace -ttt -o FILE";
    else
        take_text(r, ts_ns, text + strspn(text, " "));
}

static int
by_time(const void *a, const void *b)
{
    const struct call *one = a, *other = b;

    if (one->ts_ns != other->ts_ns)
        return one->ts_ns < other->ts_ns ? -1 : 1;
    return (one->line > other->line) - (one->line < other->line);
}

int
strace_read(struct calls *calls, const char *path, const char *program)
{
    struct reader *r = calloc(1, sizeof *r);
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int result = 0;

    if (r == NULL)
        abort();
    r->calls = calls;
    r->program = program;
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        free(r);
        return -1;
    }
    while (r->wrong == NULL && (n = getline(&line, &size, file)) > 0) {
        bool cut = line[n - 1] != '\n';

        if (!cut)
            line[n - 1] = '\0';
        r->line++;
        take_line(r, line);
        if (cut)
            r->wrong = NULL; /* the recording ended here: what there is of it */
    }
    if (r->wrong != NULL) {
        (void)fprintf(stderr, "%s:%d: %s\n", path, r->line, r->wrong);
        result = -1;
    }
    end_pending(r);
    if (calls->count > 0)
        qsort(calls->list, calls->count, sizeof *calls->list, by_time);
    free(line);
    free(r);
    (void)fclose(file);
    return result;
}

void
calls_free(struct calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        free(calls->list[i].arguments);
        free(calls->list[i].said);
    }
    free(calls->list);
    *calls = (struct calls){0};
}
