/* main: the command line of the grader; see grade.h. */
#include <stdio.h>
#include <string.h>

#include "class.h"
#include "grade.h"
#include "groups.h"
#include "guard.h"
#include "isolation.h"
#include "members.h"
#include "replay.h"
#include "stage.h"

enum { SECONDS = 120, SECONDS_MOST = 3600 };

/* What the options say, before it is looked at. */
struct words {
    char *level, *output;
    int jobs;
};

static const char usage[] = "usage: grade [OPTION...] SUBMISSION -o RESULT\n"
                            "       grade class [OPTION...] FOLDER -o RESULTS\n"
                            "       grade replay [OPTION...] RESULT CHECK\n"
                            "grade --help tells the options\n";

static bool
parse(int *argc, char ***argv, struct grade *grade, struct words *words)
{
    const GOptionEntry options[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &words->output,
         "the file (class: the folder) that results go to", "RESULT"},
        {"seed", 's', 0, G_OPTION_ARG_STRING, &grade->seed,
         "judge with these random numbers", "SEED"},
        {"level", 'l', 0, G_OPTION_ARG_STRING, &words->level,
         "refuse to grade below full, reduced or none", "LEVEL"},
        {"seconds", 't', 0, G_OPTION_ARG_INT, &grade->seconds,
         "the checks of a lab may take so long (default 120)", "SECONDS"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &words->jobs,
         "class: grade so many at once (default: three times the processors)",
         "JOBS"},
        {"hidden", 'x', 0, G_OPTION_ARG_FILENAME, &grade->hidden,
         "more cases and checks: what hidden.sh has built", "FOLDER"},
        {"keep", 'k', 0, G_OPTION_ARG_NONE, &grade->keeps,
         "leave a result as it is if it would be the same", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("SUBMISSION");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return true;
    (void)fprintf(stderr, "grade: %s\n", error->message);
    return false;
}

/* False, with one line said, when an option's value is none. */
static bool
check_values(struct grade *grade, const struct words *words)
{
    if (grade->seed != NULL &&
        (*grade->seed == '\0' ||
         grade->seed[strspn(grade->seed, "0123456789")] != '\0')) {
        (void)fprintf(stderr, "grade: a seed is a number: %s\n", grade->seed);
        return false;
    }
    if (grade->seconds < 1 || grade->seconds > SECONDS_MOST) {
        (void)fprintf(stderr, "grade: seconds are from 1 to %d: %d\n",
                      SECONDS_MOST, grade->seconds);
        return false;
    }
    if (words->jobs < 0 || words->jobs > JOBS_MOST) {
        (void)fprintf(stderr, "grade: jobs are from 1 to %d: %d\n", JOBS_MOST,
                      words->jobs);
        return false;
    }
    if (words->level != NULL &&
        (grade->wanted = isolation_named(words->level)) < 0) {
        (void)fprintf(stderr, "grade: a level is full, reduced or none: %s\n",
                      words->level);
        return false;
    }
    return true;
}

static void
clean(void *grade)
{
    groups_remove(grade);
    stage_remove(grade);
}

int
main(int argc, char *argv[])
{
    struct grade grade = {
        .kit = g_strdup(GRADE_KIT),
        .build = g_strdup(GRADE_BUILD),
        .seconds = SECONDS,
        .cases = g_ptr_array_new(),
        .ignored = g_ptr_array_new_with_free_func(g_free),
    };
    struct words words = {.level = NULL};
    bool is_class = argc > 1 && strcmp(argv[1], "class") == 0;
    bool is_replay = argc > 1 && strcmp(argv[1], "replay") == 0;
    int first = is_class || is_replay ? 2 : 1;
    enum grade_status status;

    if (!parse(&argc, &argv, &grade, &words) || !check_values(&grade, &words))
        return USAGE;
    if (argc != first + 1 + is_replay ||
        (words.output == NULL) != (is_replay != 0)) {
        (void)fputs(usage, stderr);
        return USAGE;
    }
    if (grade.hidden != NULL)
        grade.hidden = g_canonicalize_filename(grade.hidden, NULL);
    grade.submission = argv[first];
    grade.result = words.output;
    grade.name = member_name(grade.submission);
    /* A new result takes the place of what is there: of no device, please. */
    if (!is_class && !is_replay &&
        g_file_test(grade.result, G_FILE_TEST_EXISTS) &&
        !g_file_test(grade.result, G_FILE_TEST_IS_REGULAR)) {
        (void)fprintf(stderr, "grade: %s: not a regular file\n", grade.result);
        return USAGE;
    }
    if (is_class)
        return (int)class_grade(&grade, words.jobs);
    /* Two clean, since either may be killed: the guard, and who goes on. */
    stage_choose(&grade);
    guard_begin(clean, &grade);
    status = is_replay ? replay_check(&grade, argv[first + 1])
                       : grade_submission(&grade);
    clean(&grade);
    return (int)status;
}
