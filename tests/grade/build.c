/* build: see build.h. */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "clean.h"
#include "clock.h"
#include "command.h"
#include "stage.h"

/* Takes half the time of the usual one; not every machine has it. */
#define QUICK_LINKER "/usr/bin/ld.gold"

enum {
    COMPILE_S = 60,
    COMPILE_MIB = 1024,
    PROGRAM_MOST = 16 * BOX_MIB,
    SAID_MOST = 64 * 1024, /* of the compiler's messages that are read */
    SHOWN_MOST = 4 * 1024, /* and that are in the result */
    ATTEMPTS = 3,
};

static const char *const plain_environment[] = {"PATH=/usr/bin",
                                                "LC_ALL=C.UTF-8", NULL};

enum grade_status
build_find_compiler(struct grade *grade)
{
    /* A box has /usr/bin and not /etc/alternatives: so the program itself; nor
     * has it the cache that a cc found by PATH may stand for. */
    char *real = realpath("/usr/bin/cc", NULL);
    struct outcome outcome;

    if (real == NULL || !g_str_has_prefix(real, "/usr/bin/")) {
        free(real);
        return grade_because(grade, KIT_TROUBLE,
                             "no compiler: cc should be in /usr/bin");
    }
    grade->compiler_path = g_strdup(real);
    free(real);
    if (command_run(
            &(struct command){.argv =
                                  (const char *const[]){grade->compiler_path,
                                                        "--version", NULL},
                              .environment = plain_environment,
                              .seconds = COMPILE_S,
                              .out_most = SHOWN_MOST},
            &outcome) == 0)
        grade->compiler = clean_text(
            (const char *)outcome.out->data,
            strcspn(outcome.out->len > 0 ? (const char *)outcome.out->data : "",
                    "\n"),
            SHOWN_MOST, 0);
    outcome_clear(&outcome);
    return GRADED;
}

/* The same call of the compiler as in `lab`, with an end to its messages, and
 * without what takes time and makes no difference here. */
static GPtrArray *
compiler_call(const struct grade *grade, const struct grade_case *one,
              const char *source)
{
    GPtrArray *words = stage_box(
        grade,
        &(struct stage_wish){.source = source,
                             .offline = true,
                             .memory_mib = COMPILE_MIB,
                             .limits = grade->slot != 0 || grade->namespaces
                                           ? "fsize:16,cpu:30,nproc:64,core:0,"
                                             "memlock:0,msgqueue:0"
                                           : "fsize:16,cpu:30,core:0,memlock:0,"
                                             "msgqueue:0"});
    const char *const call[] = {grade->compiler_path,
                                "@common/cflags",
                                "-O1",
                                "-fno-lto",
                                "-pipe",
                                "-fmessage-length=78",
                                "-fdiagnostics-color=never",
                                "-fmax-errors=20",
                                NULL};

    for (int i = 0; call[i] != NULL; i++)
        g_ptr_array_add(words, g_strdup(call[i]));
    if (access(QUICK_LINKER, X_OK) == 0)
        g_ptr_array_add(words, g_strdup("-fuse-ld=gold"));
    g_ptr_array_add(words,
                    g_strdup_printf("work/%s/%s.c", one->lab, one->name));
    g_ptr_array_add(words, g_strdup("build/common/libcommon.a"));
    g_ptr_array_add(words, g_strdup("-o"));
    g_ptr_array_add(words, grade->namespaces ? g_strdup(BOX_EMITTED)
                                             : stage_path(grade, BOX_OUT_FOLDER,
                                                          "program", NULL));
    g_ptr_array_add(words, NULL);
    return words;
}

/* What came on stdout becomes the program. */
static bool
keep_program(const struct grade *grade, const struct grade_case *one,
             const struct outcome *outcome)
{
    g_autofree char *path =
        stage_path(grade, "programs", one->lab, one->name, NULL);
    const GByteArray *out = outcome->out;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
    bool kept = fd >= 0 && write(fd, out->data, out->len) == (ssize_t)out->len;

    if (fd >= 0)
        (void)close(fd);
    return kept;
}

static bool
is_program(const struct outcome *outcome)
{
    return outcome->status == 0 && outcome->out_bytes <= PROGRAM_MOST &&
           outcome->out->len > 4 &&
           memcmp(outcome->out->data, "\177ELF", 4) == 0;
}

static void
note(struct grade_case *one, const char *words)
{
    char *longer = g_strdup_printf(
        "%s%s%s", one->compiler_said != NULL ? one->compiler_said : "",
        one->compiler_said != NULL ? "\n" : "", words);

    g_free(one->compiler_said);
    one->compiler_said = longer;
}

/* One attempt. */
static enum grade_status
compile(struct grade *grade, struct grade_case *one)
{
    g_autofree char *file = g_strdup_printf("%s.c", one->name);
    g_autofree char *source =
        stage_path(grade, "kit", "work", one->lab, file, NULL);
    g_autoptr(GPtrArray) words = compiler_call(grade, one, source);
    g_autofree char *trouble = NULL;
    struct outcome outcome;
    int err =
        command_run(&(struct command){.argv = (const char *const *)words->pdata,
                                      .environment = plain_environment,
                                      .seconds = patience_ms(COMPILE_S),
                                      .out_most = PROGRAM_MOST,
                                      .said_most = SAID_MOST},
                    &outcome);

    trouble = stage_trouble(grade);
    g_clear_pointer(&one->compiler_said, g_free);
    if (outcome.said->len > 0)
        one->compiler_said = clean_text((const char *)outcome.said->data,
                                        outcome.said->len, SHOWN_MOST, 1);
    if (outcome.timed_out)
        note(one, "the compiler took too long, and was ended");
    one->compiled = err == 0 && trouble == NULL && is_program(&outcome);
    if (one->compiled && !keep_program(grade, one, &outcome))
        err = -EIO;
    if (WIFSIGNALED(outcome.status) && !outcome.timed_out)
        note(one, "the compiler was ended by a limit");
    outcome_clear(&outcome);
    if (err < 0 || trouble != NULL)
        return grade_because(grade, KIT_TROUBLE, "%s",
                             trouble != NULL ? trouble : g_strerror(-err));
    return GRADED;
}

enum grade_status
build_all(struct grade *grade)
{
    for (guint i = 0; i < grade->cases->len; i++) {
        struct grade_case *one = grade->cases->pdata[i];
        enum grade_status status = GRADED;

        /* Of what nobody has touched it is known that it is broken. */
        for (int n = 0; one->handed_in && !one->untouched && n < ATTEMPTS; n++)
            if ((status = compile(grade, one)) == GRADED)
                break;
        if (status != GRADED)
            return status;
    }
    return GRADED;
}
