/* proc: see proc.h. */
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_SIZE = 64, LINE_SIZE = 512 };

static FILE *
open_proc(pid_t pid, const char *name)
{
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

static DIR *
open_proc_folder(pid_t pid, const char *name)
{
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return opendir(path);
}

/* Calls `visit` with the number of each entry of /proc/PID/NAME/. */
static void
for_each_number(pid_t pid, const char *name,
                bool (*visit)(pid_t pid, int number, void *context),
                void *context)
{
    DIR *folder = open_proc_folder(pid, name);
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) &&
            !visit(pid, atoi(entry->d_name), context))
            break;
    (void)closedir(folder);
}

struct tree {
    pid_t *pids;
    int count;
};

static bool
add_children(pid_t pid, int thread, void *context)
{
    struct tree *tree = context;
    char name[PATH_SIZE];
    FILE *file;
    int child;

    (void)snprintf(name, sizeof name, "task/%d/children", thread);
    file = open_proc(pid, name);
    if (file == NULL)
        return true;
    while (tree->count < PROC_TREE_MOST && fscanf(file, "%d", &child) == 1)
        tree->pids[tree->count++] = child;
    (void)fclose(file);
    return true;
}

int
proc_children(pid_t pid, pid_t pids[PROC_TREE_MOST])
{
    struct tree tree = {.pids = pids};

    for_each_number(pid, "task", add_children, &tree);
    return tree.count;
}

int
proc_tree(pid_t root, pid_t pids[PROC_TREE_MOST])
{
    struct tree tree = {.pids = pids, .count = proc_children(root, pids)};

    for (int i = 0; i < tree.count; i++)
        for_each_number(pids[i], "task", add_children, &tree);
    return tree.count;
}

/* Reads the fields behind the name, which may itself hold blanks and
 * parentheses; `from` counts as in proc(5), 3 is the state. */
static bool
read_stat(pid_t pid, char *line, int size, char **behind_name)
{
    FILE *file = open_proc(pid, "stat");
    bool read;

    if (file == NULL)
        return false;
    read = fgets(line, size, file) != NULL;
    (void)fclose(file);
    *behind_name = read ? strrchr(line, ')') : NULL;
    return *behind_name != NULL;
}

char
proc_state(pid_t pid)
{
    char line[LINE_SIZE * 2], *behind_name, state;

    if (!read_stat(pid, line, sizeof line, &behind_name) ||
        sscanf(behind_name, ") %c", &state) != 1)
        return 0;
    return state;
}

bool
proc_is_dying(pid_t pid)
{
    enum { PF_EXITING = 4 }; /* include/linux/sched.h, field 9 of proc(5) */
    char line[LINE_SIZE * 2], *behind_name;
    unsigned flags;

    return read_stat(pid, line, sizeof line, &behind_name) &&
           sscanf(behind_name, ") %*c %*s %*s %*s %*s %*s %u", &flags) == 1 &&
           (flags & PF_EXITING) != 0;
}

struct cpu_ticks
proc_cpu_ticks(pid_t pid)
{
    char line[LINE_SIZE * 2], *behind_name;
    long own_user, own_system, user, system;

    if (!read_stat(pid, line, sizeof line, &behind_name) ||
        sscanf(behind_name,
               ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
               "%ld %ld %ld %ld",
               &own_user, &own_system, &user, &system) != 4)
        return (struct cpu_ticks){0};
    return (struct cpu_ticks){own_user + user, own_system + system};
}

/* The CPU time of one thread, from the scheduler's own clock. */
static uint64_t
thread_cpu_ns(pid_t pid, int thread)
{
    char name[PATH_SIZE];
    uint64_t ns = 0;
    FILE *file;

    (void)snprintf(name, sizeof name, "task/%d/schedstat", thread);
    file = open_proc(pid, name);
    if (file == NULL)
        return 0;
    if (fscanf(file, "%" SCNu64, &ns) != 1)
        ns = 0;
    (void)fclose(file);
    return ns;
}

/* What stands behind a key at the beginning of a line, NULL for other lines. */
static const char *
behind(const char *line, const char *key)
{
    size_t n = strlen(key);

    return strncmp(line, key, n) == 0 ? line + n + strspn(line + n, "\t ")
                                      : NULL;
}

static bool
add_thread(pid_t pid, int thread, void *context)
{
    struct activity *sum = context;
    char name[PATH_SIZE], line[LINE_SIZE];
    const char *value;
    FILE *file;

    (void)snprintf(name, sizeof name, "task/%d/status", thread);
    file = open_proc(pid, name);
    if (file == NULL)
        return true;
    while (fgets(line, sizeof line, file) != NULL) {
        if ((value = behind(line, "State:")) != NULL) {
            sum->runnable |= *value == 'R' || *value == 'D';
            sum->alive |= *value != 'Z' && *value != 'X';
        } else if ((value = behind(line, "voluntary_ctxt_switches:")) != NULL) {
            sum->switches += strtoull(value, NULL, 10);
            sum->yields += strtoull(value, NULL, 10);
        } else if ((value = behind(line, "nonvoluntary_ctxt_switches:")) !=
                   NULL) {
            sum->switches += strtoull(value, NULL, 10);
        } else if (thread == pid && (value = behind(line, "VmRSS:")) != NULL) {
            sum->resident_kib += strtoull(value, NULL, 10);
        }
    }
    (void)fclose(file);
    sum->cpu_ns += thread_cpu_ns(pid, thread);
    return true;
}

void
proc_add_activity(pid_t pid, struct activity *sum)
{
    for_each_number(pid, "task", add_thread, sum);
}

static const struct {
    long number;
    const char *name;
} calls[] = {
    {SYS_accept4, "accept"},
    {SYS_recvfrom, "recv"},
    {SYS_recvmsg, "recv"},
    {SYS_read, "read"},
    {SYS_sendto, "send"},
    {SYS_sendmsg, "send"},
    {SYS_write, "write"},
    {SYS_connect, "connect"},
    {SYS_pselect6, "select"},
    {SYS_ppoll, "poll"},
    {SYS_epoll_pwait, "epoll_wait"},
    {SYS_futex, "futex"},
    {SYS_wait4, "wait"},
    {SYS_waitid, "wait"},
    {SYS_clock_nanosleep, "nanosleep"},
    {SYS_accept, "accept"},
#ifdef __x86_64__ /* newer architectures lack these older calls */
    {SYS_select, "select"},
    {SYS_poll, "poll"},
    {SYS_epoll_wait, "epoll_wait"},
#endif
};

const char *
proc_blocked_call(pid_t pid)
{
    FILE *file = open_proc(pid, "syscall");
    long number;
    int fields = 0;

    if (file != NULL) {
        fields = fscanf(file, "%ld", &number);
        (void)fclose(file);
    }
    if (fields != 1) /* the text is "running" */
        return "running";
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i].number == number)
            return calls[i].name;
    return "other";
}

static bool
count_entry(pid_t pid, int number, void *context)
{
    (void)pid;
    (void)number;
    ++*(int *)context;
    return true;
}

int
proc_descriptors(pid_t pid)
{
    int count = 0;

    for_each_number(pid, "fd", count_entry, &count);
    return count;
}

/* The number behind `key` in /proc/PID/NAME, 0 when there is none. */
static long
read_kib(pid_t pid, const char *name, const char *key)
{
    FILE *file = open_proc(pid, name);
    char line[LINE_SIZE];
    const char *value;
    long kib = 0;

    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if ((value = behind(line, key)) != NULL) {
            kib = strtol(value, NULL, 10);
            break;
        }
    (void)fclose(file);
    return kib;
}

long
proc_resident_kib(pid_t pid)
{
    return read_kib(pid, "status", "VmRSS:");
}

long
proc_share_kib(pid_t pid)
{
    return read_kib(pid, "smaps_rollup", "Pss:");
}

struct sockets {
    unsigned long *inodes;
    int count, most;
};

static bool
add_socket(pid_t pid, int fd, void *context)
{
    struct sockets *sockets = context;
    char path[PATH_SIZE], target[PATH_SIZE];
    ssize_t n;
    unsigned long inode;

    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    n = readlink(path, target, sizeof target - 1);
    if (n <= 0)
        return true;
    target[n] = '\0';
    if (sscanf(target, "socket:[%lu]", &inode) == 1)
        sockets->inodes[sockets->count++] = inode;
    return sockets->count < sockets->most;
}

int
proc_add_sockets(pid_t pid, unsigned long inodes[], int count, int most)
{
    struct sockets sockets = {inodes, count, most};

    if (count < most)
        for_each_number(pid, "fd", add_socket, &sockets);
    return sockets.count;
}

int
address_port(const struct address *address)
{
    const struct sockaddr_in *v4 = (const void *)&address->storage;
    const struct sockaddr_in6 *v6 = (const void *)&address->storage;

    return ntohs(address->storage.ss_family == AF_INET6 ? v6->sin6_port
                                                        : v4->sin_port);
}

/* Turns "0100007F:3039" into an address. The kernel prints each 32-bit word of
 * the address in the machine's byte order. */
static void
read_hex_address(struct address *out, const char *hex, unsigned port)
{
    uint32_t words[4] = {0};
    size_t count = strlen(hex) / 8;

    for (size_t i = 0; i < count && i < 4; i++) {
        char word[9] = {0};

        memcpy(word, hex + i * 8, 8);
        words[i] = (uint32_t)strtoul(word, NULL, 16);
    }
    memset(out, 0, sizeof *out);
    if (count == 1) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&out->storage;

        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        memcpy(&v4->sin_addr, words, sizeof v4->sin_addr);
        out->length = sizeof *v4;
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->storage;

        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        memcpy(&v6->sin6_addr, words, sizeof v6->sin6_addr);
        out->length = sizeof *v6;
    }
}

/* False for the heading. */
static bool
read_tcp_row(struct tcp_row *row, const char *line)
{
    char local[33], remote[33];
    unsigned local_port, remote_port, state;

    if (sscanf(line,
               " %*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %lx:%lx "
               "%*s %*s %*s %*s %lu",
               local, &local_port, remote, &remote_port, &state, &row->unsent,
               &row->unread, &row->inode) != 8)
        return false;
    read_hex_address(&row->local, local, local_port);
    read_hex_address(&row->remote, remote, remote_port);
    row->state = (enum tcp_state)state;
    return true;
}

bool
proc_each_tcp_row(pid_t pid,
                  bool (*visit)(const struct tcp_row *row, void *context),
                  void *context)
{
    static const char *const tables[] = {"net/tcp", "net/tcp6"};
    char line[LINE_SIZE];
    struct tcp_row row;
    bool enough = false;

    for (int i = 0; i < 2 && !enough; i++) {
        FILE *file = open_proc(pid != 0 ? pid : getpid(), tables[i]);

        if (file == NULL)
            continue;
        while (!enough && fgets(line, sizeof line, file) != NULL)
            enough = read_tcp_row(&row, line) && visit(&row, context);
        (void)fclose(file);
    }
    return enough;
}

const char *
tcp_state_name(enum tcp_state state)
{
    static const char *const names[] = {
        "?",          "ESTABLISHED", "SYN-SENT",  "SYN-RECV",
        "FIN-WAIT1",  "FIN-WAIT2",   "TIME-WAIT", "CLOSED",
        "CLOSE-WAIT", "LAST-ACK",    "LISTEN",    "CLOSING"};

    return state <= TCP_STATE_CLOSING ? names[state] : names[0];
}
