/* scenario_table: what is printed. */
#include <stdio.h>

#include "scenario.h"

static const char *
waited(double ms)
{
    static char texts[8][16];
    static int next;
    char *text = texts[next++ % 8];

    if (ms < 0)
        return "never";
    (void)snprintf(text, sizeof texts[0], ms < 9.95 ? "%.2f ms" : "%.0f ms",
                   ms);
    return text;
}

void
print_waits(const struct played all[], int count)
{
    (void)printf("waited for       client 1   client 2             client 3"
                 "             at %d ms\n"
                 "a reply            line 1     line 1    line 2     line 1"
                 "    line 2   it was in\n",
                 LOOK_AT_MS);
    for (int i = 0; i < count; i++) {
        const struct client *c = all[i].clients;

        if (all[i].end[0] != '\0') {
            (void)printf("%-8s %.71s\n", all[i].label, all[i].end);
            continue;
        }
        (void)printf("%-14s %10s %10s%10s %10s%10s   %s\n", all[i].label,
                     waited(c[0].waited_ms[0]), waited(c[1].waited_ms[0]),
                     waited(c[1].waited_ms[1]), waited(c[2].waited_ms[0]),
                     waited(c[2].waited_ms[1]),
                     all[i].doing != NULL ? all[i].doing : "-");
    }
}

static void
print_number(long number, int width)
{
    if (number < 0)
        (void)printf("%*s", width, "?");
    else
        (void)printf("%*ld", width, number);
}

void
print_costs(const struct played all[], int count, bool measured)
{
    (void)printf("cost           CPU time  of a CPU  switches     calls"
                 "    EAGAIN%s\n",
                 measured ? "  a client more" : "");
    for (int i = 0; i < count; i++) {
        if (all[i].end[0] != '\0')
            continue;
        (void)printf("%-13s %6.1f ms %7.0f %% %9ld", all[i].label,
                     all[i].cpu_ms, 100 * all[i].cpu_ms / all[i].wall_ms,
                     all[i].switches);
        print_number(all[i].calls, 10);
        print_number(all[i].eagain, 10);
        if (measured && all[i].newcomer_us >= 0 && all[i].memory_kib >= 0)
            (void)printf("  %.0f KiB, %.0f us", all[i].memory_kib,
                         all[i].newcomer_us);
        (void)printf("\n");
    }
}

void
print_short(const struct played all[], int count)
{
    (void)printf("waited       client 1 client 2, twice client 3, twice"
                 "  at %d ms CPU time  calls\n",
                 LOOK_AT_MS);
    for (int i = 0; i < count; i++) {
        const struct played *p = &all[i];

        if (p->end[0] != '\0') {
            (void)printf("%-13s%.67s\n", p->label, p->end);
            continue;
        }
        (void)printf("%-13s%8s%8s%8s%8s%8s  %-10s%6.0f %%", p->label,
                     waited(p->clients[0].waited_ms[0]),
                     waited(p->clients[1].waited_ms[0]),
                     waited(p->clients[1].waited_ms[1]),
                     waited(p->clients[2].waited_ms[0]),
                     waited(p->clients[2].waited_ms[1]),
                     p->doing != NULL ? p->doing : "-",
                     100 * p->cpu_ms / p->wall_ms);
        print_number(p->calls, 7);
        (void)printf("\n");
    }
}
