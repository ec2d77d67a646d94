/* network: see network.h. */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"

#define CONNECTIONS_TABLE "8192" /* entries; each may hold several */

enum { PATH_SIZE = 64 };

/* glibc has no wrapper for these two calls. */
static int
get_capabilities(struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capget, &header, data);
}

static int
set_capabilities(struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capset, &header, data);
}

static bool
may_make_networks(void)
{
    struct __user_cap_data_struct data[2] = {0};

    return get_capabilities(data) == 0 &&
           (data[0].effective & 1U << CAP_SYS_ADMIN) != 0;
}

/* Makes the capabilities that this process has survive exec (ambient set,
 * capabilities(7)); a process whose user is not root would lose them. */
static int
keep_rights_over_exec(void)
{
    struct __user_cap_data_struct data[2] = {0};

    if (get_capabilities(data) < 0)
        return -1;
    data[0].inheritable = data[0].permitted;
    data[1].inheritable = data[1].permitted;
    if (set_capabilities(data) < 0)
        return -1;
    for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
        if ((data[cap / 32].permitted & 1U << cap % 32) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
            return -1;
    return 0;
}

static int
write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -1;
    n = write(fd, text, strlen(text));
    (void)close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* A user namespace in which we keep our own name: tcpdump changes its user
 * when it finds itself root, and fails there. */
static int
enter_user_namespace(void)
{
    char map[PATH_SIZE];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWUSER) < 0)
        return -1;
    (void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (write_file("/proc/self/uid_map", map) < 0)
        return -1;
    /* Without this the kernel refuses the next line (user_namespaces(7)). */
    if (write_file("/proc/self/setgroups", "deny") < 0)
        return -1;
    (void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
    if (write_file("/proc/self/gid_map", map) < 0)
        return -1;
    return keep_rights_over_exec();
}

static int
raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result;

    if (fd < 0)
        return -1;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    result = ioctl(fd, SIOCSIFFLAGS, &request);
    (void)close(fd);
    return result;
}

/* On every machine a write is short, and a client that does not read is
 * noticed, at the same point: the congestion control that every kernel has (it
 * decides too how large a send buffer grows; BBR's are larger), and the same
 * bounds for send buffers (tcp(7), in bytes: least, at first, most). Where
 * these may not be chosen, they stay. */
int
network_enter(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    (void)write_file("/proc/sys/net/ipv4/tcp_congestion_control", "reno");
    (void)write_file("/proc/sys/net/ipv4/tcp_wmem", "4096 16384 1048576");
    return raise_loopback();
}

/* Gets the right to make networks, inside one that is only for that. (Each look
 * at /proc/net/tcp reads the kernel's whole table of connections, and that is
 * the machine's, with room for hundreds of thousands. A network that is made
 * from inside one that says so has a small table of its own: ip-sysctl in the
 * kernel's documentation; before Linux 6.1 it makes no difference.) */
static int
become_maker_of_networks(void)
{
    if (!may_make_networks() && enter_user_namespace() < 0)
        return -1;
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    (void)write_file("/proc/sys/net/ipv4/tcp_child_ehash_entries",
                     CONNECTIONS_TABLE);
    return 0;
}

/* Tries everything in a child, because a user namespace cannot be left: where
 * the second step is barred (AppArmor on Ubuntu), the first must not happen. */
static int
try_in_child(void)
{
    int status;
    pid_t child = fork();

    if (child < 0)
        return -1;
    if (child == 0) {
        errno = 0;
        if (become_maker_of_networks() < 0 || network_enter() < 0)
            _exit(errno);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return errno == 0 ? 0 : -1;
}

int
network_allow(void)
{
    return try_in_child() < 0 ? -1 : become_maker_of_networks();
}

/* Moves into one namespace of `pid`, unless that is ours already: to enter
 * one's own user namespace again is an error. */
static int
join_namespace(pid_t pid, const char *name, int kind)
{
    char path[PATH_SIZE], own_path[PATH_SIZE];
    struct stat theirs, ours;
    int fd, result;

    (void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, name);
    (void)snprintf(own_path, sizeof own_path, "/proc/self/ns/%s", name);
    if (stat(path, &theirs) < 0 || stat(own_path, &ours) < 0)
        return -1;
    if (theirs.st_ino == ours.st_ino)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    result = setns(fd, kind);
    (void)close(fd);
    return result;
}

int
network_join(pid_t pid)
{
    if (join_namespace(pid, "user", CLONE_NEWUSER) < 0 ||
        join_namespace(pid, "net", CLONE_NEWNET) < 0)
        return -1;
    return geteuid() == 0 ? 0 : keep_rights_over_exec();
}

void
network_drop_rights(void)
{
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

const char *
network_remedy(int err)
{
    if (access("/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
               F_OK) == 0 &&
        (err == EPERM || err == EACCES))
        return "AppArmor bars user namespaces; an administrator can run: "
               "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    if (err == ENOSPC)
        return "user namespaces are switched off; an administrator can run: "
               "sysctl user.max_user_namespaces=10000 "
               "user.max_net_namespaces=10000";
    if (err == EPERM || err == EACCES)
        return "user namespaces are barred; in a container, start it with "
               "--security-opt seccomp=unconfined; on a host, run "
               "sysctl kernel.unprivileged_userns_clone=1";
    return "this kernel has no user namespaces: use a virtual machine";
}

static bool
listens_on(const struct tcp_row *row, void *port)
{
    return row->state == TCP_STATE_LISTEN &&
           address_port(&row->local) == *(const int *)port;
}

static int turn = -1;

int
network_turn(void)
{
    return turn;
}

int
network_take_turn(int port, int ms)
{
    /* An abstract socket (unix(7)) is a lock that no user can leave behind:
     * the kernel frees the name when its last holder ends. */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1,
                          "lab-kit-turn-on-port-%d", port);
    socklen_t size = (socklen_t)(sizeof name.sun_family + 1 + (size_t)length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t start_ns = now_ns();

    if (fd < 0)
        return -1;
    while (bind(fd, (struct sockaddr *)&name, size) < 0) {
        if (errno != EADDRINUSE || elapsed_ms(start_ns) > ms) {
            int err = errno;

            (void)close(fd);
            errno = err;
            return -1;
        }
        pause_ms(5);
    }
    if (proc_each_tcp_row(0, listens_on, &port)) {
        (void)close(fd);
        errno = EADDRINUSE;
        return -1;
    }
    turn = fd; /* the lock stays open until the process ends */
    return 0;
}
