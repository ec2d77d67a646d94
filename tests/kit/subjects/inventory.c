/* inventory: prints what a program has been given by whoever started it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, LINE_SIZE = 256 };

static void
print_descriptors(void)
{
    (void)printf("descriptors:");
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            (void)printf(" %d", fd);
    (void)printf("\nfirst own: %d\n", open("/", O_RDONLY | O_CLOEXEC));
}

static void
print_signals(void)
{
    struct sigaction action;
    sigset_t blocked;

    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    (void)printf("unusual signals:");
    for (int i = 1; i < NSIG; i++)
        if (sigismember(&blocked, i) == 1 ||
            (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL))
            (void)printf(" %d", i);
    (void)printf("\n");
}

static void
print_input(void)
{
    char text[LINE_SIZE];
    ssize_t n = read(STDIN_FILENO, text, sizeof text);

    (void)printf("input: %.*s\n", (int)(n > 0 ? n : 0), text);
}

/* The capabilities that count, as /proc/self/status has them. */
static void
print_rights(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[LINE_SIZE];

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "CapEff:", 7) == 0)
            (void)printf("rights: %llx\n", strtoull(line + 7, NULL, 16));
    if (file != NULL)
        (void)fclose(file);
}

int
main(int argc, char *argv[])
{
    print_descriptors();
    print_signals();
    print_input();
    print_rights();
    (void)printf("own group: %s\n", getpgrp() == getpid() ? "yes" : "no");
    for (int i = 1; i < argc; i++)
        (void)printf("argument: %s\n", argv[i]);
    for (char **entry = environ; *entry != NULL; entry++)
        (void)printf("environment: %s\n", *entry);
    return EXIT_SUCCESS;
}
