/* class: see class.h. */
#include "class.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case_verdict.h"
#include "clock.h"
#include "isolation.h"
#include "members.h"
#include "result.h"

enum { ATTEMPTS = 3, WORDS_MOST = 16 };

static const double SECONDS_OF_MINUTE = 60;
static const int64_t NS_OF_SECOND = 1000000000;

struct class
{
    const struct grade *grade;
    GPtrArray *members, *due; /* all, and those to be started: the next last */
    guint running, done, unchanged, refused, in_trouble;
    GArray *points; /* of those that are graded */
    int64_t start_ns;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int signal_number)
{
    stopped = signal_number;
}

/* --- starting ------------------------------------------------------------- */

/* Becomes a grader of this one. Its words go nowhere: the result has all. */
_Noreturn static void
become_grader(const struct class *class, const struct member *one, pid_t parent)
{
    const struct grade *grade = class->grade;
    g_autofree char *seconds = g_strdup_printf("%d", grade->seconds);
    const char *words[WORDS_MOST] = {"grade",     "--keep", "-o",
                                     one->result, "-t",     seconds};
    int count = 6, nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (grade->wanted > ISOLATION_NONE) {
        words[count++] = "-l";
        words[count++] = isolation_level(grade->wanted);
    }
    if (grade->hidden != NULL) {
        words[count++] = "-x";
        words[count++] = grade->hidden;
    }
    if (grade->seed != NULL) {
        words[count++] = "-s";
        words[count++] = grade->seed;
    }
    words[count++] = "--";
    words[count++] = one->path;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        (void)dup2(nowhere, fd);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent)
        (void)execv("/proc/self/exe", (char *const *)words);
    _exit(KIT_TROUBLE);
}

/* When the result was written; 0 if there is none. (The number of its inode
 * would not do: a new file may get that of one just removed.) */
static int64_t
result_time_ns(const struct member *one)
{
    struct stat status;

    if (stat(one->result, &status) < 0)
        return 0;
    return status.st_mtim.tv_sec * NS_OF_SECOND + status.st_mtim.tv_nsec;
}

static void
start_next(struct class *class)
{
    struct member *one =
        g_ptr_array_steal_index(class->due, class->due->len - 1);
    pid_t parent = getpid();

    one->attempts++;
    one->before_ns = result_time_ns(one);
    one->pid = fork();
    if (one->pid == 0)
        become_grader(class, one, parent);
    if (one->pid > 0)
        class->running++;
    else
        g_ptr_array_insert(class->due, 0, one);
}

/* --- what came out -------------------------------------------------------- */

/* How many are done, and how long the rest will take if it is like these. */
static void
say_rest(const struct class *class)
{
    double judged = (double)class->done - class->unchanged;
    double left = (double)class->members->len - class->done;
    double seconds =
        judged > 0 ? elapsed_ms(class->start_ns) / 1000 / judged * left : 0;

    (void)printf("   %u of %u", class->done, class->members->len);
    if (seconds > 2 * SECONDS_OF_MINUTE)
        (void)printf(", about %.0f min left", seconds / SECONDS_OF_MINUTE);
    else if (seconds > 0)
        (void)printf(", about %.0f s left", seconds);
    (void)printf("\n");
    (void)fflush(stdout);
}

static void
say_graded(struct class *class, const struct member *one, const json_t *result)
{
    int points = (int)json_integer_value(json_object_get(result, "points"));
    int of = (int)json_integer_value(json_object_get(result, "of"));
    bool kept = one->before_ns == result_time_ns(one);

    g_array_append_val(class->points, points);
    class->unchanged += kept;
    (void)printf("%-30s %3d of %d%s", one->shown, points, of,
                 kept ? " (unchanged)" : "");
}

static void
say_trouble(struct class *class, const struct member *one, const json_t *result)
{
    const char *reason = text_of(result, "reason");

    class->in_trouble++;
    (void)printf("%-30s kit trouble: %s", one->shown,
                 *reason != '\0' ? reason : "the grader broke off");
    /* An older result would be taken for this one's. */
    if (one->before_ns == result_time_ns(one)) {
        g_autofree char *aside = g_strconcat(one->result, ".old", NULL);

        (void)g_rename(one->result, aside);
    }
}

/* A grader has ended. False when this one has to be tried again. */
static bool
take_result(struct class *class, const struct member *one, int status)
{
    g_autofree char *why = NULL;
    json_t *result = result_read(one->result, &why);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : KIT_TROUBLE;
    bool is_over = code == GRADED || code == CANNOT_BE_GRADED;

    if (is_over || one->attempts == ATTEMPTS) {
        class->done++;
        if (code == GRADED && result != NULL)
            say_graded(class, one, result);
        else if (code == CANNOT_BE_GRADED)
            class->refused +=
                (unsigned)printf("%-30s cannot be graded: %s", one->shown,
                                 text_of(result, "reason")) > 0;
        else
            say_trouble(class, one, result);
        say_rest(class);
    }
    json_decref(result);
    return is_over || one->attempts == ATTEMPTS;
}

static struct member *
find_member(const struct class *class, pid_t pid)
{
    for (guint i = 0; i < class->members->len; i++) {
        struct member *one = class->members->pdata[i];

        if (one->pid == pid)
            return one;
    }
    return NULL;
}

/* Passes a signal on to every grader: they end in order, with no result. */
static void
stop_all(const struct class *class)
{
    for (guint i = 0; i < class->members->len; i++) {
        const struct member *one = class->members->pdata[i];

        if (one->pid > 0)
            (void)kill(one->pid, SIGTERM);
    }
}

static void
wait_for_one(struct class *class)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    struct member *one = pid > 0 ? find_member(class, pid) : NULL;

    if (stopped)
        stop_all(class);
    if (one == NULL)
        return;
    one->pid = 0;
    class->running--;
    if (!stopped && !take_result(class, one, status))
        g_ptr_array_insert(class->due, 0, one); /* when all others are done */
}

/* --- the sum -------------------------------------------------------------- */

static gint
by_number(gconstpointer a, gconstpointer b)
{
    const int *left = a, *right = b;

    return *left - *right;
}

static void
say_sum(const struct class *class)
{
    const int *points = (const int *)(void *)class->points->data;
    guint count = class->points->len;

    g_array_sort(class->points, by_number);
    (void)printf("%u submissions: %u graded (%u unchanged), %u cannot be "
                 "graded, %u in trouble\n",
                 class->members->len, count, class->unchanged, class->refused,
                 class->in_trouble);
    if (count > 0)
        (void)printf("points: %d to %d, median %d; %.0f s\n", points[0],
                     points[count - 1], points[count / 2],
                     elapsed_ms(class->start_ns) / 1000);
    if (stopped)
        (void)printf("stopped: the same command goes on from here\n");
}

static void
catch_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_signal};

    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        (void)sigaction(signals[i], &action, NULL);
}

enum grade_status
class_grade(const struct grade *grade, int jobs)
{
    struct class class = {.grade = grade,
                          .due = g_ptr_array_new(),
                          .points = g_array_new(FALSE, FALSE, sizeof(int)),
                          .start_ns = now_ns()};
    guint most = jobs > 0 ? (guint)jobs : 3 * g_get_num_processors();

    if (g_mkdir_with_parents(grade->result, 0755) < 0) {
        (void)fprintf(stderr, "grade: %s: %s\n", grade->result,
                      g_strerror(errno));
        return USAGE;
    }
    class.members = members_find(grade->submission, grade->result);
    if (class.members == NULL)
        return USAGE;
    for (guint i = class.members->len; i > 0; i--)
        g_ptr_array_add(class.due, class.members->pdata[i - 1]);
    catch_signals();
    while ((class.due->len > 0 && !stopped) || class.running > 0) {
        while (class.due->len > 0 && class.running < most && !stopped)
            start_next(&class);
        wait_for_one(&class);
    }
    say_sum(&class);
    return class.done < class.members->len || class.in_trouble > 0 ? KIT_TROUBLE
                                                                   : GRADED;
}
