/* draw: pictures of recorded runs, out of their traces (trace.md).
 *
 *     draw waited TRACE...     who waited: one run, or several on one axis
 *     draw ladder TRACE...     what happened: one run, or several side by side
 *     draw words TRACE...      who waited, in words
 *     draw text TRACE...       that, and each event as a sentence
 *     draw -o NAME TRACE...    NAME-waited.svg, NAME-ladder.svg and NAME.txt
 *
 * Without -o it writes to stdout. -m N: at most N rows of a ladder (60). -i ID:
 * the picture's own name, for a page that has several.
 * Status: 0; 1 a trace is not what it should be, or nothing can be written; 2
 * usage.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "ladder.h"
#include "rules.h"
#include "story.h"
#include "view.h"
#include "waited.h"

enum {
    RUNS_MOST = 8,
    ROWS_MOST = 60,
    ROWS_LEAST = 4,
    PATH_SIZE = 4096,
    USAGE_STATUS = 2,
};

_Noreturn static void
usage(void)
{
    (void)fprintf(
        stderr,
        "usage: draw [-m ROWS] [-i ID] waited|ladder|words|text TRACE...\n"
        "       draw [-m ROWS] -o NAME TRACE...    (1 to %d)\n",
        RUNS_MOST);
    exit(USAGE_STATUS);
}

struct runs {
    struct trace traces[RUNS_MOST];
    struct view views[RUNS_MOST];
    int count, rows_most;
    const char *id; /* or NULL: the picture's kind */
};

static int
read_runs(struct runs *runs, char *paths[], int count)
{
    for (int i = 0; i < count; i++) {
        if (trace_read(&runs->traces[i], paths[i]) < 0 ||
            rules_check(&runs->traces[i], paths[i], stderr) > 0)
            return -1;
        runs->views[i] = view_of(&runs->traces[i]);
        runs->count++;
    }
    return 0;
}

/* False when there is no picture of that kind. */
static bool
draw(const struct runs *runs, const char *kind, FILE *file)
{
    if (strcmp(kind, "waited") == 0) {
        waited_draw(file, runs->views, runs->count,
                    runs->id != NULL ? runs->id : kind);
    } else if (strcmp(kind, "ladder") == 0) {
        ladder_draw(file, runs->views, runs->count, runs->rows_most,
                    runs->id != NULL ? runs->id : kind);
    } else if (strcmp(kind, "words") == 0 || strcmp(kind, "text") == 0) {
        waited_tell(file, runs->views, runs->count);
        for (int i = 0; kind[0] == 't' && i < runs->count; i++)
            story_tell(file, &runs->views[i]);
    } else {
        return false;
    }
    return true;
}

static int
draw_all(const struct runs *runs, const char *name)
{
    static const char *const kinds[][2] = {
        {"waited", "-waited.svg"}, {"ladder", "-ladder.svg"}, {"text", ".txt"}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[PATH_SIZE];
        FILE *file;

        (void)snprintf(path, sizeof path, "%s%s", name, kinds[i][1]);
        file = fopen(path, "we");
        if (file != NULL)
            (void)draw(runs, kinds[i][0], file);
        if (file == NULL || fclose(file) != 0) {
            (void)fprintf(stderr, "draw: %s: %s\n", path, strerror(errno));
            return -1;
        }
    }
    return 0;
}

static void
free_runs(struct runs *runs)
{
    for (int i = 0; i < runs->count; i++) {
        view_free(&runs->views[i]);
        trace_free(&runs->traces[i]);
    }
}

int
main(int argc, char *argv[])
{
    struct runs *runs = calloc(1, sizeof *runs);
    const char *name = NULL, *kind = "all";
    int option, result;

    if (runs == NULL)
        abort();
    runs->rows_most = ROWS_MOST;
    while ((option = getopt(argc, argv, "m:o:i:")) != -1) {
        if (option == 'm')
            runs->rows_most = atoi(optarg);
        else if (option == 'o')
            name = optarg;
        else if (option == 'i')
            runs->id = optarg;
        else
            usage();
    }
    if (name == NULL && optind < argc)
        kind = argv[optind++];
    if (argc - optind < 1 || argc - optind > RUNS_MOST ||
        runs->rows_most < ROWS_LEAST)
        usage();
    result = read_runs(runs, argv + optind, argc - optind);
    if (result == 0 && name != NULL)
        result = draw_all(runs, name);
    else if (result == 0 && !draw(runs, kind, stdout))
        usage();
    free_runs(runs);
    free(runs);
    return result < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
