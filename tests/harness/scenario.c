/* scenario: plays the same three clients against any echo server and prints
 * who waited for how long, and what that cost.
 *
 *     scenario [-m | -s] PROGRAM...
 *     scenario -r FOLDER PROGRAM
 *
 * Client 1 connects at 0 ms and sends half a line; client 2 connects at 30 ms
 * and client 3 at 60 ms; each of these two sends a line, and a second one once
 * the first is answered; client 1 completes its line at 250 ms. Each leaves
 * when it has all its replies, at the latest 1,000 ms after its last send, and
 * then reads "never". -m measures memory and time per client too; -s prints one
 * short table, a line each, to compare the programs of several labs. -r prints
 * nothing, and leaves the packets in FOLDER/wire.pcap, for a picture.
 *
 * Each program is started with `-p 0`, in a private network where there is
 * one. Status: 0, or 75 when a program could not be played.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "network.h"
#include "scenario.h"

enum { PROGRAMS_MOST = 8, USAGE_STATUS = 2 };

/* How long the part of a path is that names its folder, "/" included. */
static int
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (int)(slash + 1 - path) : 0;
}

static bool
in_one_folder(char *paths[], int count)
{
    int length = folder_length(paths[0]);

    for (int i = 1; i < count; i++)
        if (folder_length(paths[i]) != length ||
            strncmp(paths[i], paths[0], (size_t)length) != 0)
            return false;
    return true;
}

/* "server"; "lab04 server" for .../lab04-select/server, where programs of more
 * than one folder are played. */
static void
write_label(struct played *played, const char *path, bool with_lab)
{
    int end = folder_length(path) - 1, start = end;

    while (start > 0 && path[start - 1] != '/')
        start--;
    if (!with_lab || end < 0)
        start = end = 0;
    (void)snprintf(played->label, sizeof played->label, "%.*s%s%s",
                   (int)strcspn(path + start, "-/") < end - start
                       ? (int)strcspn(path + start, "-/")
                       : end - start,
                   path + start, end > start ? " " : "", played->name);
}

/* Plays all of them, and prints the tables. */
static int
play_all(char *paths[], int count, bool measure, bool short_table)
{
    struct played *all; /* shared with the processes of trace */

    all = mmap(NULL, sizeof *all * PROGRAMS_MOST, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return KIT_PROBLEM;
    for (int i = 0; i < count; i++) {
        const char *path = paths[i];

        all[i] = (struct played){.name = path + folder_length(path),
                                 .calls = -1,
                                 .eagain = -1,
                                 .memory_kib = -1,
                                 .newcomer_us = -1};
        write_label(&all[i], path, !in_one_folder(paths, count));
        play(&all[i], path);
        if (sleeps(&all[i]))
            trace(&all[i], path);
    }
    trace_rest(all, paths, count);
    for (int i = 0; i < count && measure; i++)
        if (all[i].end[0] == '\0')
            measure_clients(&all[i], paths[i]);
    if (short_table) {
        print_short(all, count);
    } else {
        print_waits(all, count);
        print_costs(all, count, measure);
    }
    programs_end();
    return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
    bool measure = argc > 1 && strcmp(argv[1], "-m") == 0;
    bool short_table = argc > 1 && strcmp(argv[1], "-s") == 0;
    bool recorded = argc > 1 && strcmp(argv[1], "-r") == 0;
    int first = measure || short_table ? 2 : 1, count = argc - first;

    if (count < 1 || count > PROGRAMS_MOST || (recorded && argc != 4)) {
        (void)fprintf(stderr,
                      "usage: scenario [-m | -s] PROGRAM... (1 to %d)\n"
                      "       scenario -r FOLDER PROGRAM\n",
                      PROGRAMS_MOST);
        return USAGE_STATUS;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (network_allow() == 0)
        (void)network_enter(); /* else the real loopback, with free ports */
    if (recorded)
        return record(argv[2], argv[3]);
    return play_all(argv + first, count, measure, short_table);
}
