/* record: see record.h. */
#include "record.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "check_network.h"
#include "tap.h"

enum { PATH_SIZE = 4096, LOOK_MS = 20 };

static struct {
    struct tap tap;
    FILE *file;
    pthread_t thread;
    atomic_bool ends;
    bool runs;
} record;

bool
is_recorded(void)
{
    return getenv("LT_RECORD") != NULL;
}

/* A thread, so that nothing is missed while the check waits for something, or
 * is ended by its limit. */
static void *
write_down(void *nothing)
{
    struct pollfd more = {.fd = record.tap.fd, .events = POLLIN};
    int written = 0;
    bool last;

    (void)nothing;
    do {
        last = record.ends;
        written = tap_save(&record.tap, record.file, written, 0);
        (void)fflush(record.file);
        (void)poll(&more, 1, LOOK_MS);
    } while (!last);
    return NULL;
}

void
record_begin(void)
{
    char path[PATH_SIZE];

    if (!is_recorded() || !has_private_network())
        return;
    (void)snprintf(path, sizeof path, "%s/wire.pcap", getenv("LT_RECORD"));
    record.file = fopen(path, "we");
    if (record.file == NULL || tap_open(&record.tap) < 0) {
        (void)fprintf(stderr, "kit problem: %s cannot be written\n", path);
        return;
    }
    tap_settle(&record.tap);
    tap_save_head(record.file);
    record.runs = pthread_create(&record.thread, NULL, write_down, NULL) == 0;
}

/* What had not ended by then (a call, say) has lasted so long. */
static void
note_end(void)
{
    char path[PATH_SIZE];
    struct timespec now;
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/end", getenv("LT_RECORD"));
    file = fopen(path, "we");
    if (file == NULL)
        return;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)fprintf(file, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
    (void)fclose(file);
}

void
record_end(void)
{
    if (!record.runs)
        return;
    record.runs = false;
    note_end();
    record.ends = true;
    (void)pthread_join(record.thread, NULL);
}
