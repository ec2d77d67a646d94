/* offload: a pool of threads for work that can only block: see coro.h.
 *
 * The loop's thread puts jobs into a list; pool threads take them out, and put
 * them into a second list when they are done. An eventfd, on which a task of
 * the pool waits like on any descriptor, tells the loop that there is something
 * in it. Nothing else is shared between threads.
 */
#include "offload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop.h"
#include "watch.h"

enum { THREADS_MOST = 16 };

struct job {
    task_fn *fn;
    void *arg;
    void (*dispose)(void *);
    int result;
    bool done;
    struct task *waiter; /* NULL: it has given up */
    struct job *next;
};

struct list {
    struct job *first, *last;
};

static struct {
    pthread_mutex_t mutex; /* of the four fields that follow */
    pthread_cond_t work;
    struct list todo, done;
    int idle;  /* threads without a job */
    bool over; /* no job will come any more */

    pthread_t threads[THREADS_MOST]; /* the rest is the loop's alone */
    int thread_count;
    size_t unfinished;
    struct watch finished; /* an eventfd */
    bool open;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static void
append(struct list *list, struct job *job)
{
    job->next = NULL;
    *(list->last != NULL ? &list->last->next : &list->first) = job;
    list->last = job;
}

static struct job *
take_first(struct list *list)
{
    struct job *job = list->first;

    if (job != NULL)
        list->first = job->next;
    if (list->first == NULL)
        list->last = NULL;
    return job;
}

/* --- in the pool's threads ----------------------------------------------- */

static void *
work(void *nothing)
{
    const uint64_t one = 1;
    struct job *job;

    (void)pthread_mutex_lock(&pool.mutex);
    for (;;) {
        while ((job = take_first(&pool.todo)) == NULL && !pool.over) {
            pool.idle++;
            (void)pthread_cond_wait(&pool.work, &pool.mutex);
            pool.idle--;
        }
        if (job == NULL)
            break;
        (void)pthread_mutex_unlock(&pool.mutex);
        job->result = job->fn(job->arg);
        (void)pthread_mutex_lock(&pool.mutex);
        append(&pool.done, job);
        /* It cannot fail: the counter is far from its limit. */
        (void)!write(pool.finished.fd, &one, sizeof one);
    }
    (void)pthread_mutex_unlock(&pool.mutex);
    return nothing;
}

/* --- in the loop's thread ------------------------------------------------ */

/* Tells whoever waits for the jobs that are done. */
static void
deliver(struct watch *w)
{
    uint64_t number;
    struct job *job;

    (void)!read(w->fd, &number, sizeof number); /* that makes it silent again */
    (void)pthread_mutex_lock(&pool.mutex);
    while ((job = take_first(&pool.done)) != NULL) {
        pool.unfinished--;
        job->done = true;
        if (job->waiter != NULL) {
            task_wake(job->waiter, 0); /* which frees it */
        } else {
            if (job->dispose != NULL)
                job->dispose(job->arg);
            free(job);
        }
    }
    (void)pthread_mutex_unlock(&pool.mutex);
}

static int
pool_open(void)
{
    int fd, err;

    if (pool.open)
        return 0;
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    err = watch_open(&pool.finished, fd);
    if (err < 0) {
        (void)close(fd);
        return err;
    }
    pool.finished.on_readable = deliver;
    pool.over = false;
    pool.open = true;
    return 0;
}

/* One more thread if all have a job. Signals are the loop's: it takes none. */
static int
add_thread(void)
{
    sigset_t all, before;
    int err;

    if (pool.idle > 0 || pool.thread_count == THREADS_MOST)
        return 0;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&pool.threads[pool.thread_count], NULL, work, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err == 0)
        pool.thread_count++;
    return pool.thread_count > 0 ? 0 : -err;
}

static int
hand_in(struct job *job)
{
    int err = pool_open();

    if (err < 0)
        return err;
    (void)pthread_mutex_lock(&pool.mutex);
    err = add_thread();
    if (err == 0) {
        append(&pool.todo, job);
        (void)pthread_cond_signal(&pool.work);
    }
    (void)pthread_mutex_unlock(&pool.mutex);
    return err;
}

int
offload(task_fn *fn, void *arg, void (*dispose)(void *), int *result,
        int64_t by)
{
    struct job *job = NULL;
    int err = loop.now->cancelled ? -ECANCELED : 0;

    if (err == 0 && (job = calloc(1, sizeof *job)) == NULL)
        err = -ENOMEM;
    if (err == 0) {
        *job = (struct job){
            .fn = fn, .arg = arg, .dispose = dispose, .waiter = loop.now};
        err = hand_in(job);
    }
    if (err < 0) { /* no thread has seen it */
        free(job);
        if (dispose != NULL)
            dispose(arg);
        return err;
    }
    pool.unfinished++;
    loop.outside++;
    err = task_park("a job in a pool thread", by);
    loop.outside--;
    if (!job->done) {
        job->waiter = NULL;
        return err; /* NOLINT(clang-analyzer-unix.Malloc): deliver() frees it */
    }
    if (err < 0 && dispose != NULL)
        dispose(arg); /* done, but too late for who was cancelled meanwhile */
    else if (err == 0 && result != NULL)
        *result = job->result;
    free(job);
    return err;
}

void
offload_end(void)
{
    if (!pool.open)
        return;
    (void)pthread_mutex_lock(&pool.mutex);
    pool.over = true;
    (void)pthread_cond_broadcast(&pool.work);
    (void)pthread_mutex_unlock(&pool.mutex);
    for (int i = 0; i < pool.thread_count; i++)
        (void)pthread_join(pool.threads[i], NULL);
    deliver(&pool.finished);
    (void)close(pool.finished.fd);
    pool.thread_count = 0;
    pool.open = false;
}
