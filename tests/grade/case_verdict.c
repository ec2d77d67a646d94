/* case_verdict: see case_verdict.h. */
#include "case_verdict.h"

#include <string.h>

#include "box.h"

const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* True when the program's last words were these: box's own are among them. */
static bool
has_said(const json_t *check, const char *words)
{
    const json_t *said = json_object_get(check, "said"), *line;
    size_t i;

    json_array_foreach(said, i, line)
    {
        if (strstr(json_string_value(line), words) != NULL)
            return true;
    }
    return false;
}

/* Nobody could be talked to. */
static bool
does_not_listen(const struct grade_case *one, const json_t *check)
{
    const char *verdict = text_of(check, "verdict");

    return one->is_server && json_object_get(check, "listens") != NULL &&
           (strcmp(verdict, "failed") == 0 ||
            strcmp(verdict, "timed out") == 0);
}

/* Says more exactly than a check can why it has not passed: which limit it was.
 * NULL for a check that tells nothing against the program. */
static const char *
reason_of(const struct grade_case *one, const json_t *check)
{
    static const char *const words[] = {"failed", "timed out", "crashed", NULL};
    const char *verdict = text_of(check, "verdict");
    const char *what = text_of(check, "what");
    int n = 0;

    while (words[n] != NULL && strcmp(verdict, words[n]) != 0)
        n++;
    if (words[n] == NULL)
        return NULL;
    if (has_said(check, BOX_WAS_FULL))
        return "out of memory";
    if (strstr(what, "SIGXCPU") != NULL)
        return "out of CPU time";
    if (strstr(what, "SIGXFSZ") != NULL ||
        json_object_get(check, "output") != NULL)
        return "too much output";
    return does_not_listen(one, check) ? "does not listen" : words[n];
}

/* One check that finds nobody listening has judged; the others could not. */
static void
judge_listening_once(const struct grade_case *one)
{
    const json_t *first = NULL;
    json_t *check;
    size_t i;

    json_array_foreach(one->checks, i, check)
    {
        if (!does_not_listen(one, check))
            continue;
        if (first == NULL) {
            first = check;
            continue;
        }
        (void)json_object_set_new(check, "verdict", json_string("not judged"));
        (void)json_object_set_new(check, "what",
                                  json_sprintf("it does not listen: see %s",
                                               text_of(first, "check")));
    }
}

/* All checks must pass; the first that does not gives the case its verdict. */
const char *
case_verdict(const struct grade_case *one)
{
    size_t passed = 0, i;
    json_t *check;

    if (!one->handed_in)
        return "missing";
    if (one->untouched)
        return "untouched";
    if (!one->compiled)
        return "does not compile";
    judge_listening_once(one);
    json_array_foreach(one->checks, i, check)
    {
        const char *reason = reason_of(one, check);

        if (reason != NULL)
            return reason;
        passed += strcmp(text_of(check, "verdict"), "passed") == 0;
    }
    return passed > 0 ? "passed" : "not judged";
}
