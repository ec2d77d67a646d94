/* words: who waited, in words; see waited.h. */
#include <string.h>

#include "story.h"
#include "waited.h"

enum { NS_PER_MS = 1000000 };

void
waits_list(const struct lane *lane, char *out, size_t size, size_t most)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < lane->wait_count; i++) {
        const struct wait *w = &lane->waits[i];
        char text[24] = "never";
        bool last = i + 1 == lane->wait_count;

        if (w->answered) /* the unit stands above all of them */
            (void)snprintf(text, sizeof text, "%.*s",
                           (int)strcspn(ms_text(w->to_ns - w->from_ns), " "),
                           ms_text(w->to_ns - w->from_ns));
        if (used + strlen(text) + (last ? 0 : 3) > most && !last) {
            (void)snprintf(out + used, size - used, "... %d in all",
                           lane->wait_count);
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s",
                                 used > 0 ? ", " : "", text);
        if (used >= size)
            return;
    }
}

double
share_awake(const struct thread_lane *thread, int64_t from_ns, int64_t to_ns)
{
    int64_t awake = 0, all = 0;

    for (int i = 0; i < thread->period_count; i++) {
        const struct period *p = &thread->periods[i];
        int64_t from = p->from_ns > from_ns ? p->from_ns : from_ns;
        int64_t to = p->to_ns < to_ns ? p->to_ns : to_ns;

        if (to <= from)
            continue;
        all += to - from;
        if (p->stay != STAY_SLEEPS)
            awake += to - from;
    }
    return all > 0 ? (double)awake / (double)all : 0;
}

static void
tell_lane(FILE *file, const struct view *view, const struct lane *lane)
{
    const struct life *life = &lane->lives[0];
    char numbers[LABEL_SIZE];

    waits_list(lane, numbers, sizeof numbers, LABEL_SIZE - 24);
    (void)fprintf(file, "%s: ", lane->name);
    if (strcmp(life->end, "refused") == 0)
        (void)fprintf(file, "refused");
    else if (lane->wait_count == 0)
        (void)fprintf(file, "connected at %s, asked nothing",
                      ms_text(life->began_ns - view->from_ns));
    else
        (void)fprintf(file, "connected at %s, waited for a reply (ms): %s",
                      ms_text(life->began_ns - view->from_ns), numbers);
    if (life->accepted_ns < 0 && !view->is_client)
        (void)fprintf(file, "; never accepted");
    else if (!view->is_client && life->accepted_ns - life->began_ns > NS_PER_MS)
        (void)fprintf(file, "; accepted after %s",
                      ms_text(life->accepted_ns - life->began_ns));
    (void)fprintf(file, ".\n");
}

static void
tell_thread(FILE *file, const struct view *view,
            const struct thread_lane *thread)
{
    const struct period *longest = NULL;
    char label[LABEL_SIZE];

    for (int i = 0; i < thread->period_count; i++) {
        const struct period *p = &thread->periods[i];

        if (p->call != NULL && p->to_ns > view->from_ns &&
            (longest == NULL ||
             p->to_ns - p->from_ns > longest->to_ns - longest->from_ns))
            longest = p;
    }
    (void)fprintf(file, "%s: awake %.0f %% of the time", thread->name,
                  100 * share_awake(thread, view->from_ns, view->enough_ns));
    if (longest != NULL) {
        story_call(view, longest->call, label, sizeof label);
        (void)fprintf(file, "; longest in %s, %s", label,
                      ms_text(longest->to_ns - longest->from_ns));
    }
    (void)fprintf(file, ".\n");
}

void
waited_tell(FILE *file, const struct view views[], int count)
{
    for (int i = 0; i < count; i++) {
        if (views[i].title[0] != '\0')
            (void)fprintf(file, "%s\n", views[i].title);
        for (int k = 0; k < views[i].lane_count; k++)
            tell_lane(file, &views[i], &views[i].lanes[k]);
        for (int k = 0; k < views[i].thread_count; k++)
            tell_thread(file, &views[i], &views[i].threads[k]);
    }
}
