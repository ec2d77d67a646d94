/* box: runs one program in a box, and ends as it did.
 *
 *     box [-ln] [-u UID] [-m MIB] [-g FOLDER] [-c SOURCE]
 *         FOLDER LIMITS PROGRAM [ARGUMENT...]
 *
 * -u  becomes this user first (root only)
 * -l  a light box, where namespaces are barred: no bwrap, only the limits and
 *     the filter of system calls
 * -n  without the network that we are in
 * -m  all that is in the box may use so much memory together
 * -g  a control group for it is made in this folder (box_group.h); may be
 *     given twice
 * -c  a box to compile in: compiler and headers are there, and what the
 *     compiler has written to /tmp/program (in a light box: FOLDER/out/program)
 *     comes out on stdout
 *
 * FOLDER is the stage (stage.h); there a line is added to the
 * file `trouble` whenever a box does not come to run its program, which then is
 * not the program's fault. The harness calls this by its variable LT_PREFIX.
 */
#include "box.h"
#include "box_bwrap.h"
#include "box_group.h"
#include "box_memory.h"
#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_TROUBLE = 75,
    LIMITS_SIZE = 256,
    WATCH_MS = 20, /* between two looks at the memory in use */
};

static int trouble_file = -1;

/* The box does not work: says so where the grader looks for it. */
__attribute__((format(printf, 1, 2))) _Noreturn static void
trouble(const char *format, ...)
{
    char line[256];
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    n = n < (int)sizeof line - 1 ? n : (int)sizeof line - 2;
    line[n++] = '\n';
    (void)!write(trouble_file, line, (size_t)n);
    (void)!write(STDERR_FILENO, line, (size_t)n);
    _exit(EXIT_TROUBLE);
}

static int
open_in(const char *folder, const char *name, int flags)
{
    char path[PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)fprintf(stderr, "box: %s: %s\n", path, strerror(errno));
        exit(EXIT_TROUBLE);
    }
    return fd;
}

/* In the child: another user from here on. The change forgets that we shall
 * die with our parent (prctl(2)). */
static void
become_user(uid_t uid, pid_t parent)
{
    if (uid != 0 && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
                     setresuid(uid, uid, uid) < 0))
        trouble("box: user %u: %s", uid, strerror(errno));
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_TROUBLE);
}

/* The limit on descriptors that a case has is for its program, not for bwrap:
 * it is passed on as a word. */
static void
take_descriptor_limit(char limits[LIMITS_SIZE], const char *words)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        trouble("box: getrlimit: %s", strerror(errno));
    (void)snprintf(limits, LIMITS_SIZE, "%s,nofile:%lu", words,
                   (unsigned long)limit.rlim_cur);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* In the child: the pipe and the filter where box_init expects them. */
static void
place_descriptors(int news, int filter, int arguments)
{
    int high[3] = {fcntl(news, F_DUPFD_CLOEXEC, 10),
                   fcntl(filter, F_DUPFD_CLOEXEC, 10),
                   fcntl(arguments, F_DUPFD_CLOEXEC, 10)};

    if (dup2(high[0], BOX_NEWS_FD) < 0 || dup2(high[1], BOX_FILTER_FD) < 0 ||
        dup2(high[2], BOX_ARGUMENTS_FD) < 0)
        trouble("box: dup2: %s", strerror(errno));
    (void)close_range(BOX_ARGUMENTS_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Waits for news; false when whoever should send it is gone. */
static bool
hear(int fd, struct box_news *news)
{
    ssize_t n;

    do
        n = read(fd, news, sizeof *news);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *news;
}

/* True when what is in the box has used up its memory. A control group then has
 * killed one of its processes; the others would wait for that one for ever. */
static bool
is_full(const struct box *box)
{
    if (box_group_bounds_memory())
        return box_group_was_full();
    return box->memory_mib > 0 && box_memory_mib(getpid()) > box->memory_mib;
}

/* Waits until there are news, or until the memory is used up: then true. */
static bool
watch_memory(const struct box *box, int fd)
{
    struct pollfd polls = {.fd = fd, .events = POLLIN};

    while (poll(&polls, 1, WATCH_MS) <= 0)
        if (is_full(box))
            return true;
    return is_full(box);
}

_Noreturn static void
end_like(struct box_news news)
{
    if (news.what == BOX_KILLED) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)signal(news.value, SIG_DFL);
        (void)raise(news.value);
        _exit(128 + news.value); /* a signal that kills nobody */
    }
    _exit(news.value);
}

/* True when a process has used up the memory and ended between two looks. */
static bool
had_been_full(const struct box *box, const struct box_news *news)
{
    return !box_group_bounds_memory() && box->memory_mib > 0 &&
           news->most_kib / KIB_OF_MIB > box->memory_mib;
}

/* How the program ended; then nothing is left in the box. */
static struct box_news
wait_for_end(const struct box *box, int fd)
{
    struct box_news news = {.what = BOX_KILLED, .value = SIGKILL}, end;
    bool was_full = watch_memory(box, fd);

    if (!was_full && hear(fd, &end)) {
        was_full = had_been_full(box, &end);
        if (!was_full)
            news = end;
    }
    children_end();
    if (was_full)
        (void)fprintf(stderr, BOX_WAS_FULL " (%ld MiB)\n", box->memory_mib);
    box_group_end();
    return news;
}

_Noreturn static void
run(const struct box *box, uid_t uid)
{
    int filter = open_in(box->folder, "filter", O_RDONLY), news_pipe[2];
    struct box_news news;
    pid_t child, self = getpid();

    if (pipe2(news_pipe, O_CLOEXEC) < 0)
        trouble("box: pipe: %s", strerror(errno));
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    child = fork();
    if (child < 0)
        trouble("box: fork: %s", strerror(errno));
    if (child == 0) {
        if (!box_group_join())
            trouble("box: a control group: %s", strerror(errno));
        become_user(uid, self);
        place_descriptors(news_pipe[1], filter, box_arguments(box));
        box_execute(box);
        trouble("box: bwrap: %s", strerror(errno));
    }
    (void)close(news_pipe[1]);
    if (!hear(news_pipe[0], &news)) {
        children_end(); /* a bwrap that dies while it sets up may leave one */
        box_group_end();
        trouble("box: bwrap did not start the program");
    }
    end_like(wait_for_end(box, news_pipe[0]));
}

/* Takes the options; what is left of the words is told by optind. */
static bool
take_options(int argc, char *argv[], struct box *box, uid_t *uid)
{
    const char *folders[2] = {NULL};
    int option, count = 0;

    while ((option = getopt(argc, argv, "+lnu:c:m:g:")) != -1) {
        if (option == 'l')
            box->light = true;
        else if (option == 'n')
            box->offline = true;
        else if (option == 'u')
            *uid = (uid_t)strtoul(optarg, NULL, 10);
        else if (option == 'c')
            box->source = optarg;
        else if (option == 'm')
            box->memory_mib = strtol(optarg, NULL, 10);
        else if (option == 'g' && count < 2)
            folders[count++] = optarg;
        else
            return false;
    }
    if (argc - optind < 3)
        return false;
    trouble_file = open_in(argv[optind], "trouble", O_WRONLY | O_APPEND);
    for (int i = 0; i < count; i++)
        if (!box_group_make(folders[i], box->memory_mib))
            trouble("box: %s: %s", folders[i], strerror(errno));
    return true;
}

int
main(int argc, char *argv[])
{
    static char limits[LIMITS_SIZE];
    struct box box = {0};
    uid_t uid = 0;

    if (!take_options(argc, argv, &box, &uid)) {
        (void)fprintf(stderr,
                      "usage: box [-ln] [-u UID] [-m MIB] [-g FOLDER] "
                      "[-c SOURCE] FOLDER LIMITS PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    box.folder = argv[optind];
    take_descriptor_limit(limits, argv[optind + 1]);
    box.limits = limits;
    box.argv = argv + optind + 2;
    run(&box, uid);
}
