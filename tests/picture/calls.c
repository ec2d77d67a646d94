/* calls: what strace saw, as events; see run.h. */
#include <stdlib.h>
#include <string.h>

#include "calls.h"

enum {
    EARLY_NS = 1000000, /* around a call, its packets are looked for */
    LATE_NS = 50000000,
    BRIEF_NS = 1000000, /* a wait shorter than that is not worth telling */
    MESSAGES = 2,       /* stdout and stderr: what a program says */
};

static const struct known {
    const char *name, *event; /* strace's name, and that in the trace */
    enum subject subject;
} known[] = {
    {"accept", "accept", ACCEPT},
    {"accept4", "accept4", ACCEPT},
    {"connect", "connect", CONNECT},
    {"recvfrom", "recv", BYTES},
    {"recv", "recv", BYTES},
    {"recvmsg", "recvmsg", BYTES},
    {"read", "read", BYTES},
    {"readv", "readv", BYTES},
    {"sendto", "send", BYTES},
    {"send", "send", BYTES},
    {"sendmsg", "sendmsg", BYTES},
    {"write", "write", BYTES},
    {"writev", "writev", BYTES},
    {"sendfile", "sendfile", BYTES},
    {"select", "select", SELECT},
    {"pselect6", "select", SELECT},
    {"_newselect", "select", SELECT},
    {"poll", "poll", POLL},
    {"ppoll", "poll", POLL},
    {"epoll_wait", "epoll_wait", EPOLL},
    {"epoll_pwait", "epoll_wait", EPOLL},
    {"epoll_ctl", "epoll_ctl", EPOLL_CTL},
    {"close", "close", CLOSE},
    {"clone", "clone", CLONE},
    {"clone3", "clone", CLONE},
    {"fork", "fork", CLONE},
    {"vfork", "fork", CLONE},
    {"bind", "bind", PLACE},
    {"listen", "listen", PLACE},
    {"fcntl", "fcntl", WHAT},
    {"setsockopt", "setsockopt", WHAT},
    {"shutdown", "shutdown", WHAT},
    {"dup", "dup", DUP},
    {"dup2", "dup2", DUP},
    {"dup3", "dup3", DUP},
    {"wait4", "wait", WAIT},
    {"waitid", "wait", WAIT},
    {"futex", "futex", WAIT},
    {"nanosleep", "nanosleep", WAIT},
    {"clock_nanosleep", "nanosleep", WAIT},
    {"pause", "pause", WAIT},
    {"rt_sigsuspend", "sigsuspend", WAIT},
};

static const struct known *
find_known(const char *name)
{
    static const struct known other = {"", "", OTHER};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return &other;
}

const char *
call_event_name(const char *name)
{
    const struct known *k = find_known(name);

    return k->subject == OTHER ? name : k->event;
}

/* --- which connection ---------------------------------------------------- */

/* "TCP:[127.0.0.1:12345->127.0.0.11:40123]", as -yy has it: the connection. 0
 * when the text is not of that kind. */
static int
described(struct run *run, const char *text, int64_t ts_ns)
{
    const char *open = strstr(text, ":["), *arrow = strstr(text, "->");
    char local[END_SIZE], remote[END_SIZE];
    struct connection *c;

    if (strncmp(text, "TCP", 3) != 0 || open == NULL || arrow == NULL)
        return 0;
    (void)snprintf(local, sizeof local, "%.*s", (int)(arrow - open - 2),
                   open + 2);
    (void)snprintf(remote, sizeof remote, "%s", arrow + 2);
    remote[strcspn(remote, " ")] = '\0';
    if (remote[0] != '\0')
        remote[strlen(remote) - 1] = '\0'; /* the last bracket */
    c = run_find(run, local, remote, ts_ns);
    if (c == NULL)
        c = run_connect(run, run->is_client ? local : remote,
                        run->is_client ? remote : local, ts_ns);
    c->program_end = strcmp(c->ends[CALLED], local) == 0 ? CALLED : CALLER;
    return c->number;
}

/* Of a call on a descriptor: by what -yy says, else by what is remembered. */
static int
connection_of(struct run *run, const struct call *call, int pid)
{
    char text[TEXT_SIZE];
    int conn, fd = (int)call_number(call, 0, -1);

    call_descriptor(call, 0, text, sizeof text);
    conn = described(run, text, call->ts_ns + call->dur_ns);
    if (conn > 0)
        run_hold(run, pid, fd, conn);
    return conn > 0 ? conn : run_holds(run, pid, fd);
}

/* The first connection that nobody has accepted yet, and had begun by then. */
static int
next_caller(struct run *run, int64_t by_ns)
{
    for (int i = 0; i < run->connection_count; i++) {
        struct connection *c = &run->connections[i];

        if (!c->claimed && c->began_ns <= by_ns && c->program_end != CALLER)
            return c->number;
    }
    return 0;
}

/* Who was accepted: by -yy, by the address that accept gives, by their order.
 */
static int
accepted(struct run *run, const struct call *call)
{
    int64_t end_ns = call->ts_ns + call->dur_ns;
    char text[TEXT_SIZE], peer[END_SIZE];
    struct connection *c;
    int conn;

    descriptor_in(call->said, text, sizeof text);
    conn = described(run, text, end_ns);
    if (conn > 0)
        return conn;
    call_argument(call, 1, text, sizeof text);
    address_in(text, peer);
    for (int i = 0; peer[0] != '\0' && i < run->connection_count; i++)
        if (strcmp(run->connections[i].ends[CALLER], peer) == 0 &&
            !run->connections[i].claimed)
            return i + 1;
    conn = next_caller(run, end_ns);
    if (conn > 0)
        return conn;
    c = run_connect(run, peer[0] != '\0' ? peer : "?", "", call->ts_ns);
    return c->number;
}

/* Whom it called: the connection that began meanwhile, to that address. (A
 * packet may be noted a little late: clocks.c.) */
static int
called(struct run *run, const struct call *call, const char *address)
{
    int64_t end_ns = call->ts_ns + call->dur_ns;

    for (int i = 0; i < run->connection_count; i++) {
        struct connection *c = &run->connections[i];

        if (!c->claimed && strcmp(c->ends[CALLED], address) == 0 &&
            c->began_ns >= call->ts_ns - EARLY_NS &&
            c->began_ns <= end_ns + LATE_NS)
            return c->number;
    }
    return run_connect(run, "?", address, call->ts_ns)->number;
}

static void
claim(struct run *run, int conn, int program_end)
{
    struct connection *c = run_connection(run, conn);

    if (c == NULL)
        return;
    c->claimed = true;
    c->program_end = program_end;
}

/* --- each kind ----------------------------------------------------------- */

/* True for what only sets the program up: its libraries, its files. */
static bool
is_noise(const struct call *call, enum subject subject, int conn)
{
    int64_t fd = call_number(call, 0, -1);
    char text[TEXT_SIZE];

    if (subject == WAIT)
        return call->dur_ns < BRIEF_NS && call->ended;
    if (conn > 0 || (subject != BYTES && subject != CLOSE && subject != DUP &&
                     subject != WHAT && subject != OTHER))
        return false;
    call_descriptor(call, 0, text, sizeof text);
    if (subject == BYTES && fd >= 1 && fd <= MESSAGES)
        return false;
    return strncmp(text, "TCP", 3) != 0 && strncmp(text, "UDP", 3) != 0;
}

/* The connection of a call; a new one where it makes one. */
static int
find_connection(struct run *run, const struct call *call, enum subject subject,
                int pid)
{
    char text[TEXT_SIZE], address[END_SIZE];
    int conn = 0;

    if (subject == ACCEPT) {
        if (call->result >= 0 && call->ended)
            conn = accepted(run, call);
        run_hold(run, pid, call->result, conn);
        claim(run, conn, CALLED);
    } else if (subject == CONNECT) {
        call_argument(call, 1, text, sizeof text);
        address_in(text, address);
        if (address[0] == '\0')
            return 0; /* a socket of another family */
        conn = connection_of(run, call, pid);
        if (conn == 0)
            conn = called(run, call, address);
        run_hold(run, pid, call_number(call, 0, -1), conn);
        claim(run, conn, CALLER);
    } else if (subject != CLONE && subject != WAIT && subject != POLL &&
               subject != SELECT) {
        conn = connection_of(run, call, pid);
    }
    return conn;
}

static void
add_call(struct run *run, const struct call *call)
{
    const struct known *k = find_known(call->name);
    struct thread *thread = run_thread(run, call->pid);
    int conn = find_connection(run, call, k->subject, thread->pid);
    const char *name = k->subject == OTHER ? call->name : k->event;
    struct event *e;

    if (k->subject == DUP && call->result >= 0)
        run_hold(run, thread->pid, call->result, conn);
    if (is_noise(call, k->subject, conn))
        return;
    if (k->subject == OTHER &&
        (strcmp(name, "getsockname") == 0 || strcmp(name, "getpeername") == 0))
        return; /* it only asks for its own address */
    e = trace_add(&run->trace, 'X', call->ts_ns, thread->pid, thread->tid,
                  name);
    e->dur_ns = call->dur_ns;
    tell(run, e, call, k->subject, conn);
    if (k->subject == CLOSE)
        run_hold(run, thread->pid, call_number(call, 0, -1), 0);
}

static void
add_moment(struct run *run, const struct call *call)
{
    struct thread *thread = run_thread(run, call->pid);
    struct event *e;

    if (call->kind != SIGNAL && thread->tid >= FIRST_THREAD)
        return; /* a thread's end is not that of its process */
    e = trace_add(&run->trace, 'i', call->ts_ns, thread->pid, thread->tid,
                  call->kind == SIGNAL ? "signal" : "exited");
    if (call->kind == EXITED)
        event_set_number(e, "status", call->result);
    else
        event_set_text(e, "signal", call->name);
}

/* Of a call that nobody has measured it is known only that it was over when the
 * next one began: that matters where it may have waited. */
static bool
may_wait(const struct call *call)
{
    enum subject subject = find_known(call->name)->subject;

    return call->kind == CALL &&
           (subject == ACCEPT || subject == SELECT || subject == POLL ||
            subject == EPOLL || subject == WAIT ||
            (subject == BYTES && strncmp(call->name, "re", 2) == 0));
}

/* Calls whose end is not known last until the thread's next one, or until the
 * recording ends; and none lasts longer than until the next one. */
static void
fit_durations(struct calls *calls, const struct packets *packets,
              int64_t end_ns)
{
    int64_t last_ns =
        packets->count > 0 ? packets->list[packets->count - 1].ts_ns : end_ns;

    for (size_t i = 0; i < calls->count; i++) {
        const struct call *call = &calls->list[i];

        if (last_ns < call->ts_ns + call->dur_ns)
            last_ns = call->ts_ns + call->dur_ns;
    }
    last_ns = last_ns < end_ns ? end_ns : last_ns;
    for (size_t i = 0; i < calls->count; i++) {
        struct call *call = &calls->list[i];
        int64_t next_ns = last_ns;

        for (size_t k = i + 1; k < calls->count; k++)
            if (calls->list[k].pid == call->pid) {
                next_ns = calls->list[k].ts_ns;
                break;
            }
        if (!call->ended || call->ts_ns + call->dur_ns > next_ns ||
            (!call->timed && may_wait(call)))
            call->dur_ns = next_ns - call->ts_ns;
    }
}

void
run_add_calls(struct run *run, struct calls *calls,
              const struct packets *packets)
{
    fit_durations(calls, packets, run->end_ns);
    calls_fold(calls, packets);
    for (size_t i = 0; i < calls->count; i++) {
        if (calls->list[i].times == 0)
            continue; /* it is part of an event before it */
        if (calls->list[i].kind == CALL)
            add_call(run, &calls->list[i]);
        else
            add_moment(run, &calls->list[i]);
    }
}
