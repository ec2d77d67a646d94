/* box_init: process 1 of a box; starts the program, and tells how it ended.
 *
 *     box_init [-e FILE] LIMITS PROGRAM [ARGUMENT...]
 *
 * Started by box.c with the descriptors that box.h names. When the program has
 * ended, so does this process, and with it all that is left in the box. With -e
 * the file that a compiler has made then goes out on stdout.
 */
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILTER_MOST = 4096, CHUNK_BYTES = 65536, NOT_EXECUTED = 127 };

_Noreturn static void
give_up(const char *what)
{
    (void)fprintf(stderr, "box: %s: %s\n", what, strerror(errno));
    _exit(NOT_EXECUTED);
}

static void
set_one_limit(const char *name, rlim_t value)
{
    for (size_t i = 0; i < sizeof box_limits / sizeof box_limits[0]; i++) {
        struct rlimit limit;

        if (strcmp(box_limits[i].name, name) != 0)
            continue;
        limit.rlim_cur = limit.rlim_max = value * box_limits[i].unit;
        if (setrlimit(box_limits[i].resource, &limit) < 0)
            give_up(name);
        return;
    }
    errno = EINVAL;
    give_up(name);
}

/* Processes are counted per user namespace: so the limit is set in here, where
 * nobody's but the box's own count. */
static void
set_limits(char *words)
{
    char *rest = NULL;

    for (char *word = strtok_r(words, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(word, ':');

        if (value == NULL)
            continue;
        *value++ = '\0';
        set_one_limit(word, strtoul(value, NULL, 10));
    }
}

/* From here on the kernel refuses what filter.c lists. */
static void
apply_filter(void)
{
    static struct sock_filter rules[FILTER_MOST];
    ssize_t n = pread(BOX_FILTER_FD, rules, sizeof rules, 0);
    struct sock_fprog filter = {.filter = rules};

    if (n <= 0)
        give_up("the filter of system calls");
    filter.len = (unsigned short)((size_t)n / sizeof rules[0]);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        give_up("the filter of system calls");
}

_Noreturn static void
become_program(char *limits, char *argv[], bool emit)
{
    (void)setpgid(0, 0); /* as the harness starts it without a box */
    if (emit && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        give_up("stdout");
    set_limits(limits);
    apply_filter();
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    (void)execv(argv[0], argv);
    give_up(argv[0]);
}

/* Copies what the compiler has made to stdout; only a regular file, which a
 * compiler that was led astray may not have left. */
static void
emit_program(const char *path)
{
    static char chunk[CHUNK_BYTES];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    ssize_t n;

    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        for (ssize_t sent = 0, m; sent < n; sent += m)
            if ((m = write(STDOUT_FILENO, chunk + sent, (size_t)(n - sent))) <=
                0)
                return;
    (void)close(fd);
}

static void
tell(struct box_news news)
{
    if (write(BOX_NEWS_FD, &news, sizeof news) != (ssize_t)sizeof news)
        _exit(EXIT_FAILURE); /* box is gone */
}

/* Waits for the program; whatever else ends here is only reaped. */
static struct box_news
wait_for(pid_t program)
{
    struct box_news news = {0};
    struct rusage usage;
    int status = 0;
    pid_t pid;

    while ((pid = wait(&status)) != program)
        if (pid < 0 && errno != EINTR)
            break;
    news.what = WIFSIGNALED(status) ? BOX_KILLED : BOX_EXITED;
    news.value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    if (getrusage(RUSAGE_CHILDREN, &usage) == 0)
        news.most_kib = usage.ru_maxrss;
    return news;
}

int
main(int argc, char *argv[])
{
    const char *emitted =
        argc > 4 && strcmp(argv[1], "-e") == 0 ? argv[2] : NULL;
    struct box_news news;
    pid_t program;

    argv += emitted != NULL ? 2 : 0;
    if (argc < 3 || argv[1] == NULL || argv[2] == NULL) {
        (void)fprintf(stderr, "usage: box_init [-e FILE] LIMITS PROGRAM...\n");
        return 2;
    }
    /* The program, which is the same user, shall not look into us. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    tell((struct box_news){.what = BOX_STARTED});
    program = fork();
    if (program == 0)
        become_program(argv[1], argv + 2, emitted != NULL);
    if (program < 0)
        give_up("fork");
    news = wait_for(program);
    if (emitted != NULL && news.what == BOX_EXITED && news.value == 0)
        emit_program(emitted);
    tell(news);
    return 0;
}
