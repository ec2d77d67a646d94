/* view_threads: what the program's threads and tasks were in; see view.h. */
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "view.h"

int
view_thread(const struct view *view, const struct event *e)
{
    bool task = e->tid > FIRST_TASK && e->tid < FIRST_THREAD;

    for (int i = 0; i < view->thread_count; i++)
        if (view->threads[i].pid == e->pid &&
            view->threads[i].tid == (task ? 1 : e->tid))
            return i;
    return -1;
}

/* The name that the trace gives it, else the program's. */
static void
name_thread(struct view *view, struct thread_lane *thread)
{
    const char *name = view->program[0] != '\0' ? view->program : "program";

    for (size_t i = 1; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];

        if (e->phase == 'M' && e->pid == thread->pid && e->tid == thread->tid &&
            (thread->pid > 1 || thread->tid > 1))
            name = event_text(e, "name");
    }
    (void)snprintf(thread->name, sizeof thread->name, "%s", name);
}

static struct thread_lane *
add_thread(struct view *view, const struct event *e)
{
    int found = view_thread(view, e);
    struct thread_lane *thread;

    if (found >= 0)
        return &view->threads[found];
    GROW(view->threads, view->thread_count);
    thread = &view->threads[view->thread_count++];
    *thread = (struct thread_lane){
        .pid = e->pid,
        .tid = e->tid > FIRST_TASK && e->tid < FIRST_THREAD ? 1 : e->tid,
        .began_ns = e->ts_ns,
        .ended_ns = e->ts_ns};
    name_thread(view, thread);
    return thread;
}

static void
add_period(struct thread_lane *thread, enum stay stay, int64_t from_ns,
           int64_t to_ns, const struct event *call)
{
    if (to_ns <= from_ns)
        return;
    GROW(thread->periods, thread->period_count);
    thread->periods[thread->period_count++] = (struct period){
        .stay = stay, .from_ns = from_ns, .to_ns = to_ns, .call = call};
}

/* Its calls one after another; between those that take long it runs. */
static void
add_call(struct thread_lane *thread, const struct event *e)
{
    int64_t end_ns = e->ts_ns + e->dur_ns;

    if (call_sleeps(e) || event_has(e, "times")) {
        int64_t last = thread->period_count > 0
                           ? thread->periods[thread->period_count - 1].to_ns
                           : thread->began_ns;

        add_period(thread, STAY_RUNS, last, e->ts_ns, NULL);
        add_period(thread, event_has(e, "times") ? STAY_ASKS : STAY_SLEEPS,
                   e->ts_ns, end_ns, e);
    }
    if (thread->ended_ns < end_ns)
        thread->ended_ns = end_ns;
}

void
view_add_threads(struct view *view)
{
    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];
        bool ends = e->phase == 'i' && strcmp(e->name, "exited") == 0;

        if (e->pid == WIRE || (e->phase != 'X' && !ends))
            continue;
        if (e->phase == 'X')
            add_call(add_thread(view, e), e);
        else
            add_thread(view, e)->ended_ns = e->ts_ns;
    }
    for (int i = 0; i < view->thread_count; i++) {
        struct thread_lane *thread = &view->threads[i];

        add_period(thread, STAY_RUNS,
                   thread->period_count > 0
                       ? thread->periods[thread->period_count - 1].to_ns
                       : thread->began_ns,
                   thread->ended_ns, NULL);
    }
}

/* --- tasks --------------------------------------------------------------- */

void
view_name_tasks(struct view *view)
{
    view->tasks = calloc(FIRST_THREAD, sizeof *view->tasks);
    if (view->tasks == NULL)
        abort();
    for (size_t i = 0; i < view->trace->count; i++) {
        const struct event *e = &view->trace->events[i];

        if (e->phase == 'M' && e->pid == 1 && e->tid < FIRST_THREAD &&
            strcmp(e->name, "thread_name") == 0)
            view->tasks[e->tid] = event_text(e, "name");
    }
}

const char *
view_task(const struct view *view, int tid)
{
    return tid >= 0 && tid < FIRST_THREAD && view->tasks[tid] != NULL
               ? view->tasks[tid]
               : "loop";
}
