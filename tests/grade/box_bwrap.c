/* box_bwrap: see box_bwrap.h. */
#include "box_bwrap.h"
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORDS_MOST = 256, PROGRAM_SIZE = 256 };

/* Appends words to bwrap's options; the list ends with NULL. */
static void
add(FILE *out, ...)
{
    va_list words;
    const char *word;

    va_start(words, out);
    while ((word = va_arg(words, const char *)) != NULL)
        (void)fwrite(word, 1, strlen(word) + 1, out);
    va_end(words);
}

/* FOLDER/NAME is seen as `inside`, and cannot be changed. */
static void
add_from(FILE *out, const struct box *box, const char *name, const char *inside)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", box->folder, name);
    add(out, "--ro-bind", path, inside, NULL);
}

/* What a check wants its program to be told: the harness' own words of it, and
 * nothing else of the environment that it runs in. */
static void
add_environment(FILE *out)
{
    static const char *const passed_on[] = {"SHIM_", "CORO_",
                                            "ASAN_OPTIONS=", NULL};
    char name[64];

    add(out, "--clearenv", "--setenv", "PATH", "/usr/bin", NULL);
    add(out, "--setenv", "LC_ALL", "C.UTF-8", NULL);
    if (getenv("LD_PRELOAD") != NULL)
        add(out, "--setenv", "LD_PRELOAD", BOX_SHIM, NULL);
    for (char **entry = environ; *entry != NULL; entry++)
        for (int i = 0; passed_on[i] != NULL; i++) {
            size_t length = strcspn(*entry, "=");

            if (strncmp(*entry, passed_on[i], strlen(passed_on[i])) != 0 ||
                length >= sizeof name)
                continue;
            (void)snprintf(name, sizeof name, "%.*s", (int)length, *entry);
            add(out, "--setenv", name, *entry + length + 1, NULL);
        }
}

/* The program under its own name, since it may print that. */
static void
path_inside(const struct box *box, char path[PROGRAM_SIZE])
{
    const char *name = strrchr(box->argv[0], '/');

    if (box->source != NULL) /* the compiler stays where it is */
        (void)snprintf(path, PROGRAM_SIZE, "%s", box->argv[0]);
    else
        (void)snprintf(path, PROGRAM_SIZE, "/lab/%s",
                       name != NULL ? name + 1 : box->argv[0]);
}

static void
add_program(FILE *out, const struct box *box)
{
    char path[PROGRAM_SIZE];

    path_inside(box, path);
    add(out, "--ro-bind", box->argv[0], path, NULL);
    add(out, "--chdir", "/tmp", NULL);
}

/* A compiler, the headers, and the one source file under the name that its
 * author knows it by: the last two parts of its path. */
static void
add_compiler(FILE *out, const struct box *box)
{
    char inside[PATH_MAX];
    const char *name = strrchr(box->source, '/');

    while (name != NULL && name > box->source && name[-1] != '/')
        name--;
    (void)snprintf(inside, sizeof inside, "/kit/work/%s",
                   name != NULL ? name : box->source);
    add(out, "--ro-bind", "/usr/bin", "/usr/bin", NULL);
    add(out, "--ro-bind", "/usr/include", "/usr/include", NULL);
    add(out, "--ro-bind-try", "/usr/libexec", "/usr/libexec", NULL);
    add_from(out, box, "kit/common", "/kit/common");
    add_from(out, box, "kit/build", "/kit/build");
    add(out, "--ro-bind", box->source, inside, NULL);
    add(out, "--chdir", "/kit", NULL);
}

int
box_arguments(const struct box *box)
{
    int fd = memfd_create("box", MFD_CLOEXEC);
    FILE *out = fd >= 0 ? fdopen(dup(fd), "w") : NULL;

    if (out == NULL)
        return -1;
    add(out, "--unshare-all", "--unshare-user", "--disable-userns", NULL);
    add(out, "--cap-drop", "ALL", "--new-session", "--die-with-parent", NULL);
    add(out, "--as-pid-1", "--hostname", "lab", NULL);
    if (!box->offline)
        add(out, "--share-net", NULL);
    add_environment(out);
    add(out, "--ro-bind", "/usr/lib", "/usr/lib", NULL);
    add(out, "--ro-bind-try", "/usr/lib64", "/usr/lib64", NULL);
    add(out, "--symlink", "usr/lib", "/lib", NULL);
    add(out, "--symlink", "usr/lib64", "/lib64", NULL);
    add(out, "--proc", "/proc", "--dev", "/dev", NULL);
    add(out, "--size", "1048576", "--tmpfs", "/dev/shm", NULL);
    add(out, "--remount-ro", "/dev", NULL);
    add(out, "--size", box->source != NULL ? "67108864" : "8388608", "--tmpfs",
        "/tmp", NULL);
    add_from(out, box, "box_init", BOX_INIT);
    add_from(out, box, "libshim.so", BOX_SHIM);
    if (box->source != NULL)
        add_compiler(out, box);
    else
        add_program(out, box);
    add(out, "--remount-ro", "/", NULL);
    if (fclose(out) != 0 || lseek(fd, 0, SEEK_SET) < 0)
        return -1;
    return fd;
}

/* Where there is no other root folder, the environment of the checks is the
 * program's, the harness' own variables excepted. */
static void
execute_light(const struct box *box, const char *words[])
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/box_init", box->folder);
    words[0] = "box_init";
    if (box->source != NULL &&
        (snprintf(path, sizeof path, "%s/kit", box->folder) < 0 ||
         chdir(path) < 0))
        return;
    (void)snprintf(path, sizeof path, "%s/box_init", box->folder);
    (void)unsetenv("SEED");
    (void)setsid();
    (void)execv(path, (char *const *)words);
}

void
box_execute(const struct box *box)
{
    static char program[PROGRAM_SIZE], emitted[PATH_MAX] = BOX_EMITTED;
    const char *words[WORDS_MOST] = {"bwrap", "--args", "5", "--"};
    int count = 4, init = 4;

    path_inside(box, program);
    words[count++] = BOX_INIT;
    if (box->light)
        (void)snprintf(emitted, sizeof emitted, "%s/" BOX_OUT_FOLDER "/program",
                       box->folder);
    if (box->source != NULL) {
        words[count++] = "-e";
        words[count++] = emitted;
    }
    words[count++] = box->limits;
    words[count++] = box->light ? box->argv[0] : program;
    for (int i = 1; box->argv[i] != NULL; i++) {
        if (count == WORDS_MOST - 1) {
            errno = E2BIG;
            return;
        }
        words[count++] = box->argv[i];
    }
    if (box->light)
        execute_light(box, words + init);
    else
        (void)execve("/usr/bin/bwrap", (char *const *)words, (char *[]){NULL});
}
