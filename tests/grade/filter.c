/* filter: see filter.h.
 *
 * A list of what is refused, since C libraries invent new calls: whatever
 * reaches other processes, other kernels' worth of code, or out of the box.
 * Calls of another architecture kill.
 */
#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char *const refused[] = {
    /* other processes */
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
    "process_madvise",
    /* what boxes could tell each other through */
    "add_key", "request_key", "keyctl",
    /* memory that belongs to no process */
    "memfd_create", "memfd_secret", "shmget", "mq_open",
    /* large parts of the kernel that no lab needs */
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
    "userfaultfd", "perf_event_open", "fanotify_init", "personality",
    /* the way out */
    "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen",
    "fsmount", "fsconfig", "fspick", "move_mount", "open_tree", "mount_setattr",
    "open_by_handle_at", "name_to_handle_at",
    /* the machine */
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "init_module",
    "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "swapon", "swapoff", "quotactl", "acct", "syslog", "sethostname",
    "setdomainname", "iopl", "ioperm", "mbind", "set_mempolicy",
    "migrate_pages", "move_pages", "vhangup", NULL};

static int
refuse_listed(scmp_filter_ctx filter)
{
    for (int i = 0; refused[i] != NULL; i++) {
        int number = seccomp_syscall_resolve_name(refused[i]);
        int err =
            number == __NR_SCMP_ERROR
                ? 0 /* this architecture has no such call */
                : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);

        if (err < 0)
            return err;
    }
    return 0;
}

static struct scmp_arg_cmp
argument(unsigned number, enum scmp_compare how, uint64_t a, uint64_t b)
{
    return (struct scmp_arg_cmp){
        .arg = number, .op = how, .datum_a = a, .datum_b = b};
}

/* Families of sockets: UNIX, INET and INET6 are left. */
static int
refuse_families(scmp_filter_ctx filter)
{
    int err =
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket),
                         1, argument(0, SCMP_CMP_GT, AF_INET6, 0));

    for (unsigned family = 0; family < AF_INET6 && err == 0; family++)
        if (family != AF_UNIX && family != AF_INET)
            err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
                                   SCMP_SYS(socket), 1,
                                   argument(0, SCMP_CMP_EQ, family, 0));
    return err;
}

/* Those where one argument makes the difference. The kernel looks at the lower
 * 32 bits of an ioctl's number only, and so must we. */
static int
refuse_some(scmp_filter_ctx filter)
{
    static const unsigned long terminal[] = {TIOCSTI, TIOCLINUX};
    int err = seccomp_rule_add(
        filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
        argument(0, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));

    /* Its flags lie in memory, where a filter cannot look: a C library that is
     * told that there is none takes clone instead. */
    if (err == 0)
        err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
                               0);
    for (size_t i = 0; i < sizeof terminal / sizeof terminal[0]; i++)
        if (err == 0)
            err = seccomp_rule_add(
                filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                argument(1, SCMP_CMP_MASKED_EQ, 0xffffffff, terminal[i]));
    return err != 0 ? err : refuse_families(filter);
}

int
filter_write(int fd)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int err = filter != NULL ? refuse_listed(filter) : -ENOMEM;

    if (err == 0)
        err = refuse_some(filter);
    if (err == 0)
        err = seccomp_export_bpf(filter, fd);
    seccomp_release(filter);
    return err;
}
