/* run: see run.h. */
#include "run.h"

#include <stdlib.h>
#include <string.h>

enum { LATE_NS = 50000000 };

/* --- connections --------------------------------------------------------- */

struct connection *
run_connection(struct run *run, int conn)
{
    return conn >= 1 && conn <= run->connection_count
               ? &run->connections[conn - 1]
               : NULL;
}

static bool
joins(const struct connection *c, const char *one, const char *other)
{
    return (strcmp(c->ends[CALLER], one) == 0 &&
            strcmp(c->ends[CALLED], other) == 0) ||
           (strcmp(c->ends[CALLER], other) == 0 &&
            strcmp(c->ends[CALLED], one) == 0);
}

struct connection *
run_find(struct run *run, const char *one, const char *other, int64_t ts_ns)
{
    struct connection *first = NULL;

    /* A port may be used again: the latest one is meant. (Its packets may have
     * been noted a little late: see clocks.c.) */
    for (int i = run->connection_count - 1; i >= 0; i--)
        if (joins(&run->connections[i], one, other)) {
            first = &run->connections[i];
            if (first->began_ns <= ts_ns)
                return first;
        }
    return first != NULL && first->began_ns <= ts_ns + LATE_NS ? first : NULL;
}

struct connection *
run_connect(struct run *run, const char *caller, const char *called,
            int64_t ts_ns)
{
    struct connection *c;

    run->connections =
        realloc(run->connections,
                ((size_t)run->connection_count + 1) * sizeof *run->connections);
    if (run->connections == NULL)
        abort();
    c = &run->connections[run->connection_count++];
    *c = (struct connection){.number = run->connection_count,
                             .program_end = -1,
                             .began_ns = ts_ns,
                             .last_ns = ts_ns};
    (void)snprintf(c->ends[CALLER], END_SIZE, "%s", caller);
    (void)snprintf(c->ends[CALLED], END_SIZE, "%s", called);
    return c;
}

/* --- threads ------------------------------------------------------------- */

static struct thread *
add_thread(struct run *run, int os_pid, int pid, int tid)
{
    run->threads = realloc(run->threads, ((size_t)run->thread_count + 1) *
                                             sizeof *run->threads);
    if (run->threads == NULL)
        abort();
    run->threads[run->thread_count] =
        (struct thread){.os_pid = os_pid, .pid = pid, .tid = tid};
    return &run->threads[run->thread_count++];
}

struct thread *
run_thread(struct run *run, int os_pid)
{
    /* The latest: the kernel gives numbers again. */
    for (int i = run->thread_count - 1; i >= 0; i--)
        if (run->threads[i].os_pid == os_pid)
            return &run->threads[i];
    return add_thread(run, os_pid, ++run->process_count, 1);
}

struct thread *
run_clone(struct run *run, int os_pid, int parent, bool shares)
{
    struct thread *child;
    int others = 0;

    if (shares) {
        for (int i = 0; i < run->thread_count; i++)
            others += run->threads[i].pid == parent;
        return add_thread(run, os_pid, parent, FIRST_THREAD + others);
    }
    run->process_count++;
    for (int i = 0, n = run->holding_count; i < n; i++)
        if (run->holdings[i].pid == parent)
            run_hold(run, run->process_count, run->holdings[i].fd,
                     run->holdings[i].conn);
    child = add_thread(run, os_pid, run->process_count, 1);
    child->forked = true;
    return child;
}

/* --- descriptors --------------------------------------------------------- */

int
run_holds(const struct run *run, int pid, int64_t fd)
{
    for (int i = 0; i < run->holding_count; i++)
        if (run->holdings[i].pid == pid && run->holdings[i].fd == fd)
            return run->holdings[i].conn;
    return 0;
}

void
run_hold(struct run *run, int pid, int64_t fd, int conn)
{
    int i = 0;

    while (i < run->holding_count &&
           (run->holdings[i].pid != pid || run->holdings[i].fd != fd))
        i++;
    if (i == run->holding_count) {
        if (conn == 0)
            return;
        run->holdings =
            realloc(run->holdings, ((size_t)i + 1) * sizeof *run->holdings);
        if (run->holdings == NULL)
            abort();
        run->holding_count++;
    }
    run->holdings[i] =
        (struct holding){.pid = pid, .fd = (int)fd, .conn = conn};
}

/* --- bytes --------------------------------------------------------------- */

void
bytes_in_c(char *out, size_t size, const unsigned char *bytes, size_t n)
{
    static const char short_ones[] = "\n\r\t\"\\", letters[] = "nrt\"\\";
    size_t used = 0;

    for (size_t i = 0; i < n && used + 5 < size; i++) {
        const char *found = bytes[i] != 0 ? strchr(short_ones, bytes[i]) : NULL;

        if (found != NULL)
            used += (size_t)snprintf(out + used, size - used, "\\%c",
                                     letters[found - short_ones]);
        else if (bytes[i] < ' ' || bytes[i] > '~')
            used +=
                (size_t)snprintf(out + used, size - used, "\\x%02x", bytes[i]);
        else
            out[used++] = (char)bytes[i];
    }
    out[used] = '\0';
}
