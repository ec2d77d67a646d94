/* program: see program.h. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "keeper.h"

enum {
    PROGRAMS_MOST = 16,
    ENVIRONMENT_MOST = 256,
    PREFIX_SIZE = 4096,
    SETTING_SIZE = 64,
    HELD_MOST = 8192,
    START_MS = 30000,   /* from fork to exec: only a stuck machine needs it */
    DRAIN_MS = 500,     /* for a keeper that gets no CPU time */
    LAUNCH_LOOK_MS = 3, /* between two looks at what the launcher does */
};

struct program {
    struct keeping *shared;
    pid_t keeper;
    pid_t launched;  /* with a launcher: the program itself, once it runs */
    bool was_killed; /* by us, with program_signal */
    int control;     /* closing it ends the program; -1 once that is done */
    int output[2];
    char *text[2]; /* what program_output returned last */
};

static struct program programs[PROGRAMS_MOST];
static int program_count;

/* The words of LT_PREFIX, then `argv`. The words stay in a static buffer. */
static int
build_arguments(char *out[PROGRAM_ARGUMENTS_MOST], const char *const argv[])
{
    static char prefix[PREFIX_SIZE];
    const char *text = getenv("LT_PREFIX");
    int count = 0;

    (void)snprintf(prefix, sizeof prefix, "%s", text != NULL ? text : "");
    for (char *word = strtok(prefix, " "); word != NULL;
         word = strtok(NULL, " ")) {
        if (count == PROGRAM_ARGUMENTS_MOST - 1)
            return -1;
        out[count++] = word;
    }
    for (; *argv != NULL; argv++) {
        if (count == PROGRAM_ARGUMENTS_MOST - 1)
            return -1;
        out[count++] = (char *)*argv;
    }
    out[count] = NULL;
    return 0;
}

static bool
needs_shim(const struct program_options *options)
{
    return options->send_bytes > 0 || options->receive_bytes > 0 ||
           options->interrupt_every > 0;
}

/* True for a variable that is the harness' own business, or that the options
 * give another value: of two with one name, a program sees the first. */
static bool
is_hidden(const char *entry, const struct program_options *options)
{
    static const char *const names[] = {
        "LT_",           "BXFI_",   "LD_PRELOAD=", "SHIM_",
        "ASAN_OPTIONS=", "MFLAGS=", "MAKEFLAGS=",  NULL};
    size_t length = strcspn(entry, "=") + 1;

    for (int i = 0; names[i] != NULL; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    for (const char *const *other = options->environment;
         other != NULL && *other != NULL; other++)
        if (strncmp(entry, *other, length) == 0)
            return true;
    return needs_shim(options) && strncmp(entry, "ASAN_OPTIONS=", length) == 0;
}

/* Our environment without what is hidden, and with what the options ask for.
 */
static void
build_environment(char *out[ENVIRONMENT_MOST],
                  const struct program_options *options)
{
    static char settings[4][SETTING_SIZE];
    int count = 0;

    for (char **entry = environ; *entry != NULL; entry++)
        if (!is_hidden(*entry, options) && count < ENVIRONMENT_MOST - 32)
            out[count++] = *entry;
    if (needs_shim(options)) {
        (void)snprintf(settings[0], SETTING_SIZE, "SHIM_SEND_BYTES=%d",
                       options->send_bytes);
        (void)snprintf(settings[1], SETTING_SIZE, "SHIM_RECEIVE_BYTES=%d",
                       options->receive_bytes);
        (void)snprintf(settings[2], SETTING_SIZE, "SHIM_INTERRUPT_EVERY=%d",
                       options->interrupt_every);
        for (int i = 0; i < 3; i++)
            out[count++] = settings[i];
        out[count++] = (char *)"LD_PRELOAD=" HARNESS_SHIM;
        /* The sanitizer's library would like to be the first one. */
        out[count++] = (char *)"ASAN_OPTIONS=verify_asan_link_order=0";
    }
    for (const char *const *entry = options->environment;
         entry != NULL && *entry != NULL && count < ENVIRONMENT_MOST - 1;
         entry++)
        out[count++] = (char *)*entry;
    out[count] = NULL;
}

static int
input_file(const char *text)
{
    int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd >= 0 &&
        (write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool
has_launcher(void)
{
    const char *text = getenv("LT_PREFIX");

    return text != NULL && *text != '\0';
}

/* Every process below the keeper, a launcher's own ones included. */
static int
kept_processes(const struct program *program, pid_t pids[PROC_TREE_MOST])
{
    return program->control < 0 ? 0 : proc_tree(program->keeper, pids);
}

/* The process that executes this very file, nearest to the keeper; 0 if none
 * does. Through /proc/PID/exe a file is the same in every mount namespace. */
static pid_t
find_launched(const struct program *program, const char *path)
{
    pid_t pids[PROC_TREE_MOST];
    int count = kept_processes(program, pids);
    struct stat wanted, found;
    char exe[SETTING_SIZE];

    if (stat(path, &wanted) < 0)
        return 0;
    for (int i = 0; i < count; i++) {
        (void)snprintf(exe, sizeof exe, "/proc/%d/exe", (int)pids[i]);
        if (stat(exe, &found) == 0 && found.st_dev == wanted.st_dev &&
            found.st_ino == wanted.st_ino)
            return pids[i];
    }
    return 0;
}

/* Waits until the launcher has started the program, or has ended: then that is
 * the program's end, too. */
static int
wait_for_launch(struct program *program, const char *path)
{
    int64_t start_ns = now_ns();

    while (elapsed_ms(start_ns) < START_MS) {
        program->launched = find_launched(program, path);
        if (program->launched != 0 || atomic_load(&program->shared->ended))
            return 0;
        pause_ms(LAUNCH_LOOK_MS);
    }
    errno = ETIMEDOUT;
    return -1;
}

/* Waits until the program (or its launcher) runs, or could not be executed: the
 * other end of `started` is closed then. */
static int
wait_for_start(struct program *program, int started)
{
    struct pollfd end = {.fd = started, .events = POLLIN};
    int ready, err;

    do
        ready = poll(&end, 1, START_MS);
    while (ready < 0 && errno == EINTR);
    err = ready > 0 ? atomic_load(&program->shared->start_errno) : ETIMEDOUT;
    errno = err;
    return err == 0 ? 0 : -1;
}

static int
start_keeper(struct program *program, const char *const argv[],
             const struct program_options *options, int started[2])
{
    char *arguments[PROGRAM_ARGUMENTS_MOST];
    char *environment[ENVIRONMENT_MOST];
    struct keeper_task task = {
        .shared = program->shared,
        .output = {program->output[0], program->output[1]},
        .input = -1,
        .argv = arguments,
        .environment = environment,
        .descriptor_limit = options->descriptor_limit};
    int control[2];

    if (build_arguments(arguments, argv) < 0) {
        errno = E2BIG;
        return -1;
    }
    build_environment(environment, options);
    if (options->input != NULL && (task.input = input_file(options->input)) < 0)
        return -1;
    if (pipe2(control, O_CLOEXEC) < 0 || pipe2(started, O_CLOEXEC) < 0)
        return -1;
    task.control = control[0];
    task.started = started[1];
    program->control = control[1];
    program->keeper = fork();
    if (program->keeper == 0)
        keeper_run(&task);
    (void)close(control[0]);
    (void)close(started[1]);
    if (task.input >= 0)
        (void)close(task.input);
    return program->keeper < 0 ? -1 : 0;
}

struct program *
program_start(const char *const argv[], const struct program_options *options)
{
    static const struct program_options plain;
    struct program *program = &programs[program_count];
    int started[2], err;

    if (program_count == PROGRAMS_MOST) {
        errno = ENOBUFS;
        return NULL;
    }
    /* A launcher always starts; what is missing is missing before that. */
    if (has_launcher() && access(argv[0], X_OK) < 0)
        return NULL;
    program->shared =
        mmap(NULL, sizeof *program->shared, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (program->shared == MAP_FAILED)
        return NULL;
    for (int i = 0; i < 2; i++) {
        program->output[i] = memfd_create("output", MFD_CLOEXEC);
        if (program->output[i] < 0)
            return NULL;
    }
    if (start_keeper(program, argv, options != NULL ? options : &plain,
                     started) < 0)
        return NULL;
    program_count++;
    err = wait_for_start(program, started[0]) < 0 ||
                  (has_launcher() && wait_for_launch(program, argv[0]) < 0)
              ? errno
              : 0;
    (void)close(started[0]);
    if (err != 0) {
        program_end(program);
        errno = err;
        return NULL;
    }
    return program;
}

pid_t
program_pid(const struct program *program)
{
    return program->launched != 0 ? program->launched
                                  : atomic_load(&program->shared->pid);
}

int
program_processes(const struct program *program, pid_t pids[PROC_TREE_MOST])
{
    int count = kept_processes(program, pids), first = 0;

    /* The launcher's own processes stand before the program: nearest first. */
    while (first < count && program->launched != 0 &&
           pids[first] != program->launched)
        first++;
    if (first == count) /* it has ended; what it left behind counts */
        return program->launched != 0 ? 0 : count;
    memmove(pids, pids + first, (size_t)(count - first) * sizeof pids[0]);
    return count - first;
}

bool
program_is_dying(const struct program *program)
{
    pid_t pid = program_pid(program);

    /* Reaped by its keeper, or by a launcher, it is not there any more, and it
     * may take them a while to say so. */
    return !program_ended(program, NULL) &&
           (proc_is_dying(pid) || proc_state(pid) == 0);
}

struct activity
program_activity(const struct program *program)
{
    pid_t pids[PROC_TREE_MOST];
    int count = program_processes(program, pids);
    struct activity sum = {0};

    /* A launcher looks after the program, and has to end when that has. */
    if (count == 0)
        count = kept_processes(program, pids);
    for (int i = 0; i < count; i++)
        proc_add_activity(pids[i], &sum);
    return sum;
}

/* True while there may be something in the keeper's pipes: to write there makes
 * it runnable at once. */
static bool
is_behind(pid_t keeper)
{
    char state = proc_state(keeper);

    return state != 0 && strchr("RDT", state) != NULL;
}

/* Waits until the keeper has taken all. Who prints without end has soon printed
 * more than is kept. */
static void
wait_for_keeper(const struct program *program)
{
    const struct keeping *shared = program->shared;
    int64_t start_ns = now_ns();

    while (program->control >= 0 && is_behind(program->keeper) &&
           atomic_load(&shared->kept[STREAM_OUT]) < OUTPUT_LIMIT_BYTES &&
           atomic_load(&shared->kept[STREAM_ERR]) < OUTPUT_LIMIT_BYTES &&
           elapsed_ms(start_ns) < DRAIN_MS)
        pause_ms(1);
}

const char *
program_output(struct program *program, enum output stream, size_t *n)
{
    long kept;
    char *text;

    wait_for_keeper(program);
    kept = atomic_load(&program->shared->kept[stream]);
    text = malloc((size_t)kept + 1);
    if (n != NULL)
        *n = 0;
    if (text == NULL)
        return "";
    kept = pread(program->output[stream], text, (size_t)kept, 0);
    text[kept > 0 ? kept : 0] = '\0';
    if (n != NULL)
        *n = (size_t)(kept > 0 ? kept : 0);
    free(program->text[stream]);
    program->text[stream] = text;
    return text;
}

bool
program_ended(const struct program *program, int *status)
{
    if (!atomic_load(&program->shared->ended))
        return false;
    if (status != NULL)
        *status = atomic_load(&program->shared->status);
    return true;
}

bool
program_is_over(const struct program *program)
{
    pid_t pids[PROC_TREE_MOST];

    return program_ended(program, NULL) && kept_processes(program, pids) == 0;
}

bool
program_ended_by_itself(const struct program *program)
{
    return program_ended(program, NULL) && !program->was_killed &&
           atomic_load(&program->shared->by_itself);
}

int
program_wait(struct program *program, int ms, int *status)
{
    int64_t start_ns = now_ns();

    while (!program_ended(program, status)) {
        if (elapsed_ms(start_ns) > ms)
            return -1;
        pause_ms(1);
    }
    return 0;
}

void
program_signal(struct program *program, int signal_number)
{
    if (program_ended(program, NULL))
        return;
    if (signal_number == SIGKILL)
        program->was_killed = true;
    (void)kill(program_pid(program), signal_number);
}

void
program_freeze(struct program *program)
{
    int64_t start_ns = now_ns();

    program_signal(program, SIGSTOP);
    while (proc_state(program_pid(program)) != 'T' &&
           !program_ended(program, NULL) && elapsed_ms(start_ns) < START_MS)
        pause_ms(1);
}

void
program_thaw(struct program *program)
{
    program_signal(program, SIGCONT);
}

static int
by_number(const void *a, const void *b)
{
    const unsigned long *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* The inodes of all sockets that the program holds, in order. */
static int
held_sockets(const struct program *program, unsigned long inodes[], int most)
{
    pid_t pids[PROC_TREE_MOST];
    int processes = program_processes(program, pids);
    int count = 0;

    for (int i = 0; i < processes; i++)
        count = proc_add_sockets(pids[i], inodes, count, most);
    qsort(inodes, (size_t)count, sizeof inodes[0], by_number);
    return count;
}

/* The sockets in one state that a program holds. */
struct search {
    enum tcp_state state;
    const unsigned long *held;
    size_t held_count;
    struct tcp_row *rows;
    int most, found;
};

static bool
add_if_held(const struct tcp_row *row, void *context)
{
    struct search *search = context;

    if (row->state != search->state ||
        bsearch(&row->inode, search->held, search->held_count,
                sizeof search->held[0], by_number) == NULL)
        return false;
    if (search->rows != NULL && search->found < search->most)
        search->rows[search->found] = *row;
    search->found++;
    return false;
}

int
program_sockets(const struct program *program, enum tcp_state state,
                struct tcp_row rows[], int most)
{
    static unsigned long held[HELD_MOST];
    struct search search = {
        .state = state, .held = held, .rows = rows, .most = most};
    pid_t pids[PROC_TREE_MOST];

    if (program_processes(program, pids) == 0)
        return 0;
    search.held_count = (size_t)held_sockets(program, held, HELD_MOST);
    (void)proc_each_tcp_row(pids[0], add_if_held, &search);
    return search.found;
}

int
program_port(const struct program *program, int index)
{
    struct tcp_row rows[PROGRAMS_MOST];
    int count = program_sockets(program, TCP_STATE_LISTEN, rows, PROGRAMS_MOST);

    return index < count && index < PROGRAMS_MOST
               ? address_port(&rows[index].local)
               : 0;
}

void
program_end(struct program *program)
{
    int status;

    if (program->control < 0)
        return;
    (void)close(program->control);
    while (waitpid(program->keeper, &status, 0) < 0 && errno == EINTR)
        ;
    program->control = -1;
}

void
programs_end(void)
{
    for (int i = 0; i < program_count; i++)
        program_end(&programs[i]);
}

struct activity
program_usage(const struct program *program)
{
    return (struct activity){
        .cpu_ns = (uint64_t)atomic_load(&program->shared->cpu_ns),
        .switches = (uint64_t)atomic_load(&program->shared->switches)};
}

void
programs_each(void (*visit)(struct program *program, void *context),
              void *context)
{
    for (int i = 0; i < program_count; i++)
        visit(&programs[i], context);
}
