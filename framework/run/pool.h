/* run/pool.h - worker processes: started when needed, used again, replaced when they die. */
#ifndef ATOMLOOM_RUN_POOL_H
#define ATOMLOOM_RUN_POOL_H
#include "run/worker.h"
#include <sys/types.h>

typedef enum worker_state { WORKER_NONE, WORKER_IDLE, WORKER_ASKING, WORKER_BUSY } worker_state; /* ASKING: waits for GO */

typedef struct pool_worker {
    worker_state state;
    pid_t pid;
    int fd, log_fd;         /* messages; the log of the action under way (a file in memory) */
    worker_page *page;
} pool_worker;

typedef struct pool { const graph *graph; const char *store_dir; int count; pool_worker *worker; } pool;

bool pool_init(pool *p, const graph *g, const char *store_dir, int count, error *e);
/* Ends every process, also those that do not listen. */
void pool_free(pool *p);
/* Starts worker `i` unless it runs already. */
bool pool_start(pool *p, int i, error *e);
bool pool_send_task(pool *p, int i, const task *t, const task_input *inputs);
bool pool_send_go(pool *p, int i, int32_t threads);
void pool_kill(pool *p, int i);              /* SIGKILL to the worker and what it started */
/* After its end: collects it. Returns the status of waitpid, and the largest resident size. */
int pool_collect(pool *p, int i, uint64_t *peak_bytes);
bool pool_is_dead(const pool *p, int i);     /* ended but not collected */
/* What the action wrote and noted: at most the first and the last 128 KiB. */
void pool_read_log(pool *p, int i, text *out);
#endif
