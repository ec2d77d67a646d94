/* fold: a program that asks again and again does the same calls thousands of
 * times: a run of them becomes one. See run.h.
 *
 * Only calls that change nothing are folded: no bytes moved, nobody accepted.
 * A packet ends a run, so that it stays visible when something came.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
    KINDS_MOST = 16,     /* different calls in a run */
    ROUNDS_LEAST = 3,    /* so often each of them, or it is no run */
    BRIEF_NS = 50000000, /* a longer wait is an event of its own */
    LIST_SIZE = 400,
};

/* A run of calls of one thread. */
struct idling {
    size_t first, last;
    int count, kinds;
    size_t kind[KINDS_MOST]; /* the first call of each kind */
};

static bool
changes_nothing(const struct call *call)
{
    static const char *const never[] = {
        "clone",  "clone3", "fork",  "vfork",      "close", "listen",
        "socket", "bind",   "fcntl", "setsockopt", NULL};
    static const char *const only_failed[] = {
        "accept", "accept4", "connect",  "recvfrom",  "recvmsg",
        "read",   "readv",   "sendto",   "sendmsg",   "write",
        "writev", "dup",     "sendfile", "epoll_ctl", NULL};

    if (call->kind != CALL || !call->ended || call->result == NOTHING ||
        call->dur_ns >= BRIEF_NS)
        return false;
    for (int i = 0; never[i] != NULL; i++)
        if (strcmp(call->name, never[i]) == 0)
            return false;
    for (int i = 0; only_failed[i] != NULL; i++)
        if (strcmp(call->name, only_failed[i]) == 0)
            return call->result < 0 ||
                   (call->result == 0 && strncmp(call->name, "re", 2) == 0);
    return true;
}

static bool
is_same(const struct call *one, const struct call *other)
{
    return strcmp(one->name, other->name) == 0 &&
           one->result == other->result &&
           strcmp(one->error, other->error) == 0 &&
           call_number(one, 0, -1) == call_number(other, 0, -1);
}

/* False when the call is of one kind too many. */
static bool
add_to(struct idling *run, const struct calls *calls, size_t i)
{
    int k = 0;

    while (k < run->kinds &&
           !is_same(&calls->list[run->kind[k]], &calls->list[i]))
        k++;
    if (k == KINDS_MOST)
        return false;
    if (k == run->kinds)
        run->kind[run->kinds++] = i;
    run->last = i;
    run->count++;
    return true;
}

/* Did a packet pass between two moments? `*next` is the first one that might
 * have; both moments only go on from call to call. */
static bool
packet_between(const struct packets *packets, int64_t from_ns, int64_t to_ns)
{
    size_t low = 0, high = packets->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (packets->list[middle].ts_ns < from_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low < packets->count && packets->list[low].ts_ns <= to_ns;
}

/* The longest run that begins at `first`. */
static struct idling
find_run(const struct calls *calls, size_t first, const struct packets *packets)
{
    struct idling run = {.first = first};
    int pid = calls->list[first].pid;

    (void)add_to(&run, calls, first);
    for (size_t i = first + 1; i < calls->count; i++) {
        const struct call *call = &calls->list[i];

        if (call->pid != pid)
            continue;
        if (!changes_nothing(call) ||
            packet_between(packets, calls->list[run.last].ts_ns, call->ts_ns) ||
            !add_to(&run, calls, i))
            break;
    }
    return run;
}

/* "accept4(3)=EAGAIN recv(4)=0" */
static char *
list_kinds(const struct calls *calls, const struct idling *run)
{
    char list[LIST_SIZE] = "";
    size_t used = 0;

    for (int k = 0; k < run->kinds && used < sizeof list; k++) {
        const struct call *call = &calls->list[run->kind[k]];
        char number[24];

        (void)snprintf(number, sizeof number, "%lld", (long long)call->result);
        used += (size_t)snprintf(
            list + used, sizeof list - used, "%s%s(%lld)=%s", k > 0 ? " " : "",
            call_event_name(call->name), (long long)call_number(call, 0, -1),
            call->error[0] != '\0' ? call->error : number);
    }
    return strdup(list);
}

static void
fold(struct calls *calls, const struct idling *run)
{
    struct call *first = &calls->list[run->first];
    const struct call *last = &calls->list[run->last];

    first->times = run->count;
    first->dur_ns = last->ts_ns + last->dur_ns - first->ts_ns;
    free(first->said);
    first->said = list_kinds(calls, run);
    for (size_t i = run->first + 1; i <= run->last; i++)
        if (calls->list[i].pid == first->pid)
            calls->list[i].times = 0;
}

void
calls_fold(struct calls *calls, const struct packets *packets)
{
    for (size_t i = 0; i < calls->count; i++) {
        struct idling run;

        if (calls->list[i].times != 1 || !changes_nothing(&calls->list[i]))
            continue;
        run = find_run(calls, i, packets);
        if (run.count >= run.kinds * ROUNDS_LEAST && run.count > ROUNDS_LEAST)
            fold(calls, &run);
    }
}
