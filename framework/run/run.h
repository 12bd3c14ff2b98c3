/* run/run.h - carry a plan out: worker processes, limits, failures kept apart, and an event for
 * everything that happens. How a run goes, its states and what happens at each failure is in
 * coordinator.h; who carries actions out, in executor.h; what must run and why, in plan.h.
 *
 * WHAT RUN PROMISES
 *   Nothing is computed that the store knows. A plugin cannot take the run down, nor change the
 *   result of another (process_watch.h). What is announced as done is in the store. Each instance
 *   of the plan ends in exactly one of cached, done, failed, skipped, and is told of once. The same
 *   inputs give the same bytes for any number of workers and threads.
 *
 * The caller's process is the coordinator. It stays single-threaded, forks the workers, never runs
 * code of a plugin (unless `executor` is the inline one) and calls `event` from its own loop. What
 * each action gave is committed to the store as soon as it is there, so a run that is killed at any
 * moment loses the actions under way and nothing else. */
#ifndef ATOMLOOM_RUN_RUN_H
#define ATOMLOOM_RUN_RUN_H
#include "base/signals.h"
#include "run/plan.h"

typedef enum run_event_kind {
    RUN_BEGIN,    /* once, after planning: `totals` */
    RUN_STARTED,  /* an instance is being executed: `worker`, `threads` */
    RUN_PROGRESS, /* done of total; at most ten a second for each instance */
    RUN_NOTE,     /* a line the op noted: `text` */
    /* the op warned, now or when it made what is taken from the store: `text`, `where` */
    RUN_WARNING,
    /* what the instance made or reads was damaged or gone: it is made again; `text` says what */
    RUN_DAMAGED,
    /* another run on this store is executing this very action: its result is awaited */
    RUN_WAITING,
    RUN_FINISHED, /* `outcome` */
    RUN_TICK,     /* ten times a second while actions run, so that a clock can be drawn */
    /* interrupted: waiting for the running actions to stop; a second signal kills them, a third
       ends this process */
    RUN_STOPPING,
    /* a batch system does not answer, lets jobs wait for a reason that is not usual, or has lost or
     * ended one, whose actions begin again: `text` */
    RUN_HELD,
    RUN_END /* once: `totals` */
} run_event_kind;

typedef enum run_outcome {
    OUTCOME_CACHED,
    OUTCOME_DONE,
    OUTCOME_FAILED,
    OUTCOME_SKIPPED
} run_outcome;

/* Why an action failed. Kept apart, because each asks for something else of the user. */
typedef enum run_failure {
    FAILURE_NONE,
    /* the op said so: `failure` holds its message; `failure->where` a parameter or port */
    FAILURE_ERROR,
    FAILURE_SIGNAL,    /* the worker died: `signal` */
    FAILURE_TIME,      /* over its time limit */
    FAILURE_MEMORY,    /* over its memory limit, or the machine's */
    FAILURE_CANCELLED, /* interrupted */
    FAILURE_UPSTREAM,  /* not started: `upstream` failed */
    FAILURE_PROTOCOL, /* the worker sent what no worker sends, or cut its connection: it was killed,
                         nothing of it is believed */
    FAILURE_NODE,     /* the machine or the batch system lost it, again and again */
    RUN_FAILURES
} run_failure;
/* "error", "signal", "time", "memory", "cancelled", "upstream", "protocol", "node"; static */
const char *run_failure_text(run_failure f);
const char *run_outcome_text(run_outcome o);  /* "cached", "done", "failed", "skipped"; static */
const char *run_event_text(run_event_kind k); /* "begin", "started", ...; static */

typedef struct run_totals {
    int32_t needed;                                 /* instances that this run is about */
    int32_t cached, done, failed, skipped, running; /* the rest is still to come; none at the end */
    int32_t cancelled;                              /* of those that failed: by the interruption */
    int32_t warnings;                               /* of all that is cached or done */
    double elapsed_s, left_s;                       /* left_s < 0: nothing to learn from yet */
} run_totals;

/* Borrowed, valid during the call. Members that do not belong to the kind are zero (`instance` -1).
 */
typedef struct run_event {
    run_event_kind kind;
    double time_s;    /* since the run began */
    int32_t instance; /* index into graph->instances */
    int worker, threads;
    double done, total; /* progress; total 0: unknown */
    run_outcome outcome;
    run_failure reason;
    int signal;
    int32_t upstream;
    const error *failure; /* message, where, todo; for every reason but NONE and UPSTREAM */
    const char *where;    /* WARNING: a parameter or port, or "" */
    /* NOTE, WARNING, HELD: the line. FINISHED and failed: the action's log (stdout, stderr and
     * notes), may be empty */
    const char *text;
    double wall_s, cpu_s; /* FINISHED and done: measured; cached: as recorded */
    uint64_t peak_bytes;
    run_totals totals;
} run_event;

/* Everything borrowed; zero-initialised is the usual run. */
typedef struct run_options {
    int jobs;              /* workers; 0: one for each processor this process may use */
    int threads;           /* threads in use at once, over all workers; 0: as many as jobs */
    uint64_t memory_bytes; /* that estimates may fill; 0: what is available now */
    bool stop_at_failure;  /* default: branches that do not depend on a failure go on */
    const struct executor_kind *executor; /* what carries actions out (executor.h); NULL: local */
    const struct slurm_profile *slurm;    /* for the executor of that name; NULL: as it comes */
    double time_s;                        /* limit of every action that sets none; 0: none */
    /* memory limit of every action that sets none; 0: the machine's memory */
    uint64_t limit_bytes;
    const char *trace_path;                            /* Chrome trace; NULL: none */
    void (*event)(void *user, const run_event *event); /* may be NULL */
    void *user;
} run_options;

typedef struct run_result {
    run_totals totals;
    bool interrupted;
    int exit_status; /* 0; 1: a node failed; 130: interrupted */
} run_result;

/* Executes what the plan says and completes it (plan_output gives every output afterwards; steps
 * end as PLAN_CACHED). While it runs, SIGINT, SIGTERM and SIGHUP stop it cleanly, a second one at
 * once; SIGTSTP stops and SIGCONT continues the workers with it. False with `e` only when the run
 * itself could not go on (store not writable, no worker could be started); failed nodes are in
 * `result`. */
bool run_plan(plan *p, const run_options *options, run_result *result, error *e);

/* The log of the last execution of an instance in this pipeline, whether it failed or not. False
 * without `e` where it never ran. */
bool run_log(plan *p, int32_t instance, text *out, error *e);
#endif
