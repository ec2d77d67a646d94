/* tell: what is told of a system call in a trace; see calls.h. */
#include <stdlib.h>
#include <string.h>

#include "calls.h"

void
address_in(const char *text, char out[END_SIZE])
{
    const char *port = strstr(text, "_port=htons("), *quote;
    bool is6 = strstr(text, "AF_INET6") != NULL;

    out[0] = '\0';
    if (port == NULL)
        return;
    quote = strchr(port, '"');
    if (quote == NULL)
        return;
    (void)snprintf(out, END_SIZE, is6 ? "[%.*s]:%d" : "%.*s:%d",
                   (int)strcspn(quote + 1, "\""), quote + 1,
                   atoi(port + sizeof "_port=htons(" - 1));
}

/* strace's C string, with its octal numbers, as ours. */
static void
restyle(const char *text, char *out, size_t size)
{
    static const char letters[] = "nrtfv\"\\", values[] = "\n\r\t\f\v\"\\";
    unsigned char bytes[PACKET_DATA];
    size_t n = 0;

    for (text++; *text != '\0' && *text != '"' && n < sizeof bytes; text++) {
        const char *found;

        if (*text != '\\') {
            bytes[n++] = (unsigned char)*text;
            continue;
        }
        text++;
        found = *text != '\0' ? strchr(letters, *text) : NULL;
        if (found != NULL) {
            bytes[n++] = (unsigned char)values[found - letters];
        } else if (*text == 'x') {
            bytes[n++] = (unsigned char)strtoul(text + 1, NULL, 16);
            text += 2;
        } else {
            unsigned value = 0;

            for (int i = 0; i < 3 && *text >= '0' && *text <= '7'; i++)
                value = value * 8 + (unsigned)(*text++ - '0');
            bytes[n++] = (unsigned char)value;
            text--;
        }
    }
    bytes_in_c(out, size, bytes, n);
}

/* The bytes that a call has moved: of the buffer, or of the first piece. */
static void
tell_data(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE], data[PACKET_DATA * 4 + 8];
    const char *start = text;

    call_argument(call, 1, text, sizeof text);
    if (text[0] != '"') {
        start = strstr(text, "iov_base=\"");
        if (start == NULL)
            return;
        start += sizeof "iov_base=" - 1;
    }
    restyle(start, data, sizeof data);
    if (data[0] != '\0')
        event_set_text(e, "data", data);
}

static void
tell_bytes(struct event *e, const struct call *call)
{
    int64_t asked = call_number(call, 2, -1);
    char flags[TEXT_SIZE];

    if (asked >= 0)
        event_set_number(e, "asked", asked);
    if (call->result > 0 || strcmp(e->name, "send") == 0 ||
        strcmp(e->name, "write") == 0)
        tell_data(e, call);
    call_argument(call, 3, flags, sizeof flags);
    if (strstr(flags, "MSG_PEEK") != NULL)
        event_set_number(e, "peek", 1);
}

/* "[3 4]" without its brackets; what is no set ("NULL") is empty. */
static void
tell_set(struct event *e, const char *key, const char *text)
{
    const char *open = strchr(text, '[');
    char list[TEXT_SIZE];

    if (open == NULL)
        return;
    (void)snprintf(list, sizeof list, "%.*s", (int)strcspn(open + 1, "]"),
                   open + 1);
    event_set_text(e, key, list);
}

/* Appends `n` bytes of text to a list, behind `between` if it is not empty, as
 * far as there is room. */
static void
append(char list[TEXT_SIZE], const char *between, const char *text, size_t n)
{
    size_t used = strlen(list), more = used > 0 ? strlen(between) : 0;

    if (used + more + n >= TEXT_SIZE)
        return;
    memcpy(list + used, between, more);
    memcpy(list + used + more, text, n);
    list[used + more + n] = '\0';
}

/* "1 (in [3], out [5 6])": "3 5 6". */
static void
tell_ready(struct event *e, const char *said)
{
    char text[TEXT_SIZE], list[TEXT_SIZE] = "";

    without_descriptors(said, text, sizeof text);
    for (const char *at = strchr(text, '['); at != NULL;
         at = strchr(at + 1, '['))
        append(list, " ", at + 1, strcspn(at + 1, "]"));
    if (strchr(list, '=') == NULL) /* what is left of a time-out is no set */
        event_set_text(e, "ready", list);
}

static void
tell_select(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE];

    call_argument(call, 1, text, sizeof text);
    tell_set(e, "read", text);
    call_argument(call, 2, text, sizeof text);
    tell_set(e, "write", text);
    call_argument(call, 4, text, sizeof text);
    event_set_number(e, "timeout_ms",
                     strcmp(text, "NULL") == 0
                         ? -1
                         : atoi(text + strcspn(text, "0123456789")) * 1000);
    if (call->result > 0)
        tell_ready(e, call->said);
}

/* "[{fd=3, events=POLLIN}, {fd=4, ...}]": the descriptors of one kind. */
static void
tell_polled(struct event *e, const char *key, const char *text,
            const char *kind)
{
    char list[TEXT_SIZE] = "";

    for (const char *at = strstr(text, "fd="); at != NULL;
         at = strstr(at + 1, "fd=")) {
        size_t length = strcspn(at, "}");

        if (kind == NULL || memmem(at, length, kind, strlen(kind)) != NULL)
            append(list, " ", at + 3, strspn(at + 3, "0123456789"));
    }
    event_set_text(e, key, list);
}

static void
tell_poll(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE];

    call_argument(call, 0, text, sizeof text);
    tell_polled(e, "read", text, "POLLIN");
    tell_polled(e, "write", text, "POLLOUT");
    event_set_number(e, "timeout_ms", call_number(call, 2, -1));
    if (call->result <= 0)
        return;
    without_descriptors(call->said, text, sizeof text);
    tell_polled(e, "ready", text, NULL);
}

static void
tell_what(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE], what[TEXT_SIZE] = "";

    for (int n = 1; n < 4; n++) {
        call_argument(call, n, text, sizeof text);
        append(what, ", ", text, strlen(text));
    }
    event_set_text(e, "what", what);
}

static void
tell_place(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE], address[END_SIZE];

    call_argument(call, 1, text, sizeof text);
    address_in(text, address);
    if (address[0] == '\0') { /* listen: -yy knows it */
        call_descriptor(call, 0, text, sizeof text);
        if (strncmp(text, "TCP", 3) == 0 && strstr(text, ":[") != NULL)
            (void)snprintf(address, sizeof address, "%.*s",
                           (int)strlen(strstr(text, ":[")) - 3,
                           strstr(text, ":[") + 2);
    }
    if (strchr(address, ':') != NULL)
        event_set_text(e, "at", address);
}

static void
tell_clone(struct run *run, struct event *e, const struct call *call)
{
    bool shares = strstr(call->arguments, "CLONE_THREAD") != NULL;
    struct thread *child;

    if (call->result <= 0)
        return;
    child = run_clone(run, (int)call->result, e->pid, shares);
    event_set_number(e, shares ? "thread" : "child",
                     shares ? child->tid : child->pid);
}

/* What all calls have, and the connection where there is one. */
static void
tell_common(struct event *e, const struct call *call, enum subject subject,
            int conn)
{
    char text[TEXT_SIZE];
    int64_t fd = call_number(call, 0, -1);

    call_argument(call, 0, text, sizeof text);
    if (fd >= 0 && subject != SELECT && subject != WAIT && subject != CLONE &&
        text[strspn(text, "0123456789")] == '\0')
        event_set_number(e, "fd", fd);
    if (conn > 0)
        event_set_number(e, "conn", conn);
    if (call->error[0] != '\0')
        event_set_text(e, "error", call->error);
    if (call->ended && call->result != NOTHING)
        event_set_number(e, "result", call->result);
    if (call->times > 1) {
        event_set_number(e, "times", call->times);
        event_set_text(e, "calls", call->said);
    }
    if (call->address != 0)
        event_set_number(e, "address", (int64_t)call->address);
}

/* Whom it accepts or calls. */
static void
tell_peer(struct event *e, const struct call *call,
          const struct connection *accepted)
{
    char text[TEXT_SIZE], address[END_SIZE];

    call_argument(call, 1, text, sizeof text);
    address_in(text, address);
    if (accepted != NULL)
        event_set_text(e, "peer", accepted->ends[CALLER]);
    else if (address[0] != '\0')
        event_set_text(e, "peer", address);
}

static void
tell_watch(struct event *e, const struct call *call)
{
    char text[TEXT_SIZE];

    call_argument(call, 1, text, sizeof text);
    event_set_number(e, "watch", call_number(call, 2, -1));
    event_set_text(e, "what",
                   strstr(text, "ADD") != NULL   ? "add"
                   : strstr(text, "DEL") != NULL ? "del"
                                                 : "change");
}

void
tell(struct run *run, struct event *e, const struct call *call,
     enum subject subject, int conn)
{
    tell_common(e, call, subject, conn);
    if (call->times > 1)
        return; /* which calls became this one is all there is to say */
    if (subject == ACCEPT || subject == CONNECT)
        tell_peer(e, call,
                  subject == ACCEPT ? run_connection(run, conn) : NULL);
    else if (subject == BYTES)
        tell_bytes(e, call);
    else if (subject == SELECT)
        tell_select(e, call);
    else if (subject == POLL)
        tell_poll(e, call);
    else if (subject == EPOLL)
        event_set_number(e, "timeout_ms", call_number(call, 3, -1));
    else if (subject == EPOLL_CTL)
        tell_watch(e, call);
    else if (subject == CLONE)
        tell_clone(run, e, call);
    else if (subject == PLACE)
        tell_place(e, call);
    else if (subject == WHAT)
        tell_what(e, call);
}
