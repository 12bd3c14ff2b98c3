/* run/pool.h - worker processes: started when needed, used again, replaced when they die. */
#ifndef ATOMLOOM_RUN_POOL_H
#define ATOMLOOM_RUN_POOL_H
#include "run/worker.h"
#include <sys/types.h>

/* ASKING: waits for GO */
typedef enum worker_state { WORKER_NONE, WORKER_IDLE, WORKER_ASKING, WORKER_BUSY } worker_state;

typedef struct pool_worker {
    worker_state state;
    pid_t pid;
    int fd, log_fd; /* messages; the log of the action under way (a file in memory) */
    bool closed;    /* its end of the messages is gone, though it may live */
    worker_page *page;
    inbox in;
    text out;
    expectation expects; /* what it may send now */
} pool_worker;

typedef struct pool {
    const graph *graph;
    const char *store_dir;
    int count;
    pool_worker *worker;
    uint64_t serial;
} pool;

/* `count` workers, none of them started. Borrows graph and directory. */
bool pool_init(pool *p, const graph *g, const char *store_dir, int count, error *e);
/* Ends every process, also those that do not listen. */
void pool_free(pool *p);
/* Starts worker `i` unless it runs already and is fit for another action. */
bool pool_start(pool *p, int i, error *e);
/* Neither waits: what the worker does not take now goes with pool_flush. Where it cannot be sent,
 * the worker is dead, which pool_is_dead finds. */
void pool_send_task(pool *p, int i, const task *t, const task_input *inputs);
void pool_send_go(pool *p, int i, int32_t threads);
bool pool_has_more_to_send(const pool *p, int i);
void pool_flush(pool *p, int i);
/* Takes in what has arrived (sets `closed` at its end), then message after message. */
void pool_fill(pool *p, int i, error *e);
inbox_state pool_next(pool *p, int i, message *out, error *e);
void pool_kill(pool *p, int i);   /* SIGKILL to the worker and what it started */
void pool_retire(pool *p, int i); /* an idle worker that is not to be used again */
/* After its end: collects it. Returns the status of waitpid, and the largest resident size. */
int pool_collect(pool *p, int i, uint64_t *peak_bytes);
bool pool_is_dead(const pool *p, int i); /* ended but not collected */
/* What the action wrote and noted: at most the first and the last 128 KiB. */
void pool_read_log(pool *p, int i, text *out);
#endif
