/* ladder: see ladder.h. */
#include "ladder.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "address.h"
#include "check_network.h"
#include "excerpt.h"
#include "forked.h"
#include "proc.h"
#include "program.h"
#include "tap.h"

enum {
    QUIET_MS = 50,     /* so long without a packet is told of */
    FIRST_CLIENT = 10, /* 127.0.0.11 is client 1 */
};

static struct tap tap = {.fd = -1};

/* A check that starts no program (those of the coroutine runtime, which measure
 * their own memory) has nobody to tell of. */
static bool
starts_programs(void)
{
    const char *category = current_check()->category;

    return strncmp(category, "worked_", 7) == 0 ||
           strncmp(category, "repair_", 7) == 0 ||
           strncmp(category, "symptom_", 8) == 0;
}

void
ladder_begin(void)
{
    if (starts_programs() && has_private_network() && tap_open(&tap) < 0)
        tap_close(&tap);
}

void
ladder_look(void)
{
    if (tap.fd >= 0)
        tap_read(&tap);
}

/* --- packets in words ---------------------------------------------------- */

/* "client 2" for 127.0.0.12; ":12345" for any other end. */
static void
name_end(char *out, size_t size, const struct address *address, int port)
{
    char text[ADDRESS_TEXT_SIZE];
    int number;

    if (sscanf(address_text(text, address), "127.0.0.%d:", &number) == 1 &&
        number > FIRST_CLIENT)
        (void)snprintf(out, size, "client %d", number - FIRST_CLIENT);
    else
        (void)snprintf(out, size, ":%d", port);
}

static bool
is_answer(const struct packet *packet, const struct packet *asked)
{
    return packet->from_port == asked->to_port &&
           packet->to_port == asked->from_port;
}

/* The answer to a SYN, if one has come. */
static const char *
answer_to(int asked)
{
    for (int i = asked + 1; i < tap.count; i++)
        if (is_answer(&tap.packets[i], &tap.packets[asked]))
            return tap.packets[i].flags & TCP_FLAG_RST ? "; back: RST"
                                                       : "; back: SYN, ACK";
    return "; no answer";
}

/* What a packet is about; "" for one that only acknowledges, or answers a SYN,
 * which stands with the SYN. */
static void
describe(char *out, size_t size, int i)
{
    const struct packet *p = &tap.packets[i];
    int kept = p->head_bytes - p->payload_at;

    out[0] = '\0';
    if (p->flags & TCP_FLAG_SYN) {
        if (!(p->flags & TCP_FLAG_ACK))
            (void)snprintf(out, size, "SYN%s", answer_to(i));
        return;
    }
    if (p->flags & TCP_FLAG_RST) {
        for (int k = i - 1; k >= 0; k--) /* refused: told with its SYN */
            if (is_answer(p, &tap.packets[k])) {
                if (tap.packets[k].flags == TCP_FLAG_SYN)
                    return;
                break;
            }
        (void)snprintf(out, size, "RST");
        return;
    }
    if (p->payload_bytes > 0 && kept == p->payload_bytes)
        (void)snprintf(out, size, "%s",
                       shown(p->head + p->payload_at, (size_t)kept));
    else if (p->payload_bytes > 0)
        (void)snprintf(out, size, "%d bytes", p->payload_bytes);
    if (p->flags & TCP_FLAG_FIN)
        (void)snprintf(out + strlen(out), size - strlen(out), "%sFIN",
                       out[0] != '\0' ? ", " : "");
}

static void
write_packet(char line[LADDER_WIDTH], int i, const char *what)
{
    const struct packet *p = &tap.packets[i];
    struct address from, to;
    char one[24], other[24], text[192];

    packet_from(p, &from);
    packet_to(p, &to);
    name_end(one, sizeof one, &from, p->from_port);
    name_end(other, sizeof other, &to, p->to_port);
    (void)snprintf(text, sizeof text, "%6.1f ms  %s -> %s: %s",
                   (double)(p->ts_ns - tap.packets[0].ts_ns) / 1e6, one, other,
                   what);
    (void)snprintf(line, LADDER_WIDTH, "%.68s", text);
}

/* --- what the program is in ---------------------------------------------- */

/* Bytes that lie unread in its sockets, and callers not accepted. */
static void
count_unread(struct program *program, unsigned long *bytes,
             unsigned long *callers)
{
    static const enum tcp_state states[] = {TCP_STATE_ESTABLISHED,
                                            TCP_STATE_CLOSE_WAIT};
    struct tcp_row rows[64];
    int count;

    *bytes = *callers = 0;
    for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
        count = program_sockets(program, states[s], rows, 64);
        for (int i = 0; i < count && i < 64; i++)
            *bytes += rows[i].unread;
    }
    count = program_sockets(program, TCP_STATE_LISTEN, rows, 64);
    for (int i = 0; i < count && i < 64; i++)
        *callers += rows[i].unread;
}

static void
write_state(char *out, size_t size, struct program *program)
{
    unsigned long bytes, callers;
    int status;

    if (program_ended(program, &status)) {
        (void)snprintf(
            out, size,
            WIFSIGNALED(status) ? "the program was ended by signal %d"
                                : "the program has ended, status %d",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return;
    }
    count_unread(program, &bytes, &callers);
    (void)snprintf(out, size, "now: the program is in %s",
                   proc_blocked_call(program_pid(program)));
    if (strcmp(proc_blocked_call(program_pid(program)), "running") == 0)
        (void)snprintf(out, size, "now: the program is awake");
    if (bytes > 0)
        (void)snprintf(out + strlen(out), size - strlen(out),
                       "; %lu byte%s unread", bytes, bytes == 1 ? "" : "s");
    if (callers > 0)
        (void)snprintf(out + strlen(out), size - strlen(out),
                       "; %lu caller%s not accepted", callers,
                       callers == 1 ? "" : "s");
}

struct last {
    char text[LADDER_WIDTH];
};

static void
look_at(struct program *program, void *context)
{
    struct last *last = context;

    write_state(last->text, sizeof last->text, program);
}

/* --- all of it ----------------------------------------------------------- */

/* How long nothing has passed. */
static double
quiet_ms(void)
{
    struct timespec now;

    if (tap.count == 0)
        return 0;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return ((double)now.tv_sec * 1e9 + (double)now.tv_nsec -
            (double)tap.packets[tap.count - 1].ts_ns) /
           1e6;
}

void
ladder_tell(void (*line)(const char *text, void *context), void *context)
{
    char text[LADDER_WIDTH], what[LADDER_WIDTH];
    int told[LADDER_LINES], count = 0, most = LADDER_LINES - 2;
    struct last last = {.text = ""};

    ladder_look();
    for (int i = tap.count - 1; i >= 0 && count < most; i--) {
        describe(what, sizeof what, i);
        if (what[0] != '\0')
            told[count++] = i;
    }
    while (count > 0) {
        describe(what, sizeof what, told[--count]);
        write_packet(text, told[count], what);
        line(text, context);
    }
    if (quiet_ms() >= QUIET_MS) {
        (void)snprintf(text, sizeof text, "%6s     then nothing for %.0f ms",
                       "", quiet_ms());
        line(text, context);
    }
    programs_each(look_at, &last);
    if (last.text[0] != '\0')
        line(last.text, context);
}
