/* run/worker.h - the worker's side: one action after another, each read from the store, run, and
 * written to the store. */
#ifndef ATOMLOOM_RUN_WORKER_H
#define ATOMLOOM_RUN_WORKER_H
#include "pipeline/graph.h"
#include "run/wire.h"
#include <stdatomic.h>

/* Memory shared by coordinator and worker: progress and the wish to stop need no system call.
 * `starved`: when the worker died, the last thing the system had told it was that there is no
 * memory. `cut`: it ended because its connection was no longer there. */
typedef struct worker_page {
    _Atomic double done, total;
    atomic_uchar stop, starved, cut;
    atomic_uchar finish;      /* it is asked to end with what it has */
    _Atomic int64_t finished; /* and did so, after so many steps; 0: it did not */
} worker_page;

typedef struct worker worker;

/* How a worker reaches its coordinator; `user` comes with each call. */
typedef struct worker_link {
    worker_page *page;
    int32_t (*may_start)(void *user, const need *n); /* waits until there is room; threads to use */
    void (*note)(void *user, const char *line);
    void (*warn)(void *user, const char *where, const char *line);
    bool (*stop)(void *user); /* beside page->stop; NULL: nothing else */
    void *user;
} worker_link;

/* graph and store borrowed */
worker *worker_new(const graph *g, store *s, worker_link link, error *e);
void worker_free(worker *w);
/* One action, in this process. `outputs` has room for the op's outputs. Never fails itself: what
 * went wrong is in the reply. */
void worker_execute(worker *w, const task *t, const task_input *inputs, reply *out,
                    action_made *outputs);

/* What the op of an action says that it needs, its inputs included, which are read for it. False
 * where it says nothing, or an input is not there. Nothing runs and nothing is written; for a
 * process that can be spared, since it is code of a plugin. */
bool worker_estimate(worker *w, const task *t, const task_input *inputs, need *out);

/* The life of a worker process: tasks from `fd` until its end. stdin, stdout and stderr are
 * replaced (`log_fd` takes both outputs). */
_Noreturn void worker_main(const graph *g, const char *store_dir, int fd, int log_fd,
                           worker_page *page);
#endif
