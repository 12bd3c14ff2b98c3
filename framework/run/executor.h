/* run/executor.h - what carries actions out: worker processes of this machine (`local`), this
 * process itself (`inline`), jobs of a batch system. The coordinator decides which action is next,
 * with how many threads, how long it may take, and what its result means; an executor gets it done
 * and reports. Neither knows how the other does it.
 *
 * The life of an action here, seen by the coordinator (`w` is its place, 0 .. places - 1):
 *
 *   w = start(order)                     it has a place; an executor may hold it until the next
 * poll began(w)                             only from executors that queue: its clock starts now
 *   note(w), warning(w), progress(w)     any number of times
 *   need(w) ... go(w, threads)           where it knows its need: it waits until it is let go
 *   again(w)                             lost through no fault of its own: the place is free, and
 *                                        the coordinator starts it anew (or says no: then it ends)
 *   held(line)                            of no action: the system does not answer, ...
 *   ended(w), collect(w)                 once; the place is free after collect
 *
 * `request_stop(w)` and `kill(w)` may come at any moment between. Both return at once; the action
 * still ends with ended(w). What it ended with may be a success that was under way already: it
 * counts. An executor that cannot kill (`inline`) need not.
 *
 * Everything of an executor is called from the coordinator's one thread, and it calls back only
 * from within `poll`. So it keeps no locks, and the coordinator's state does not change under it.
 *
 * What an executor may be, beyond the two that are here, and what the seam has for it:
 *
 * - It may gather. The coordinator starts everything that is ready before it polls, and an order
 *   carries what the action is expected to take; so an executor may wait with what `start` gave
 *   it until `poll` and submit bundles: actions that one process runs one after another in one job.
 *   Each action of a bundle has a place, begins, and ends by itself.
 * - It may outlive the coordinator. An order carries the action's key, which means the same to
 *   every coordinator. The claim of one that died is free, so the next one starts the action:
 *   `start` of such an executor finds what is under way for that key and takes it up instead of
 *   beginning it twice, and `close` leaves alone what was not asked to stop.
 * - Its failures may have other reasons. `outcome.reason` is any `run_failure`; reasons that are
 *   unknown here are added there, at the end, with their word. A failure that is not the action's
 *   (a node that went down, a job that was preempted) is `again`, as often as the coordinator
 *   agrees; one that another request cures (more memory) is the executor's to cure before it
 *   reports an end.
 * - It may be away. A controller that does not answer is no failure: `poll` waits and reports
 *   nothing.
 *
 * Regrets: `place` is one number for two things, what limits how much runs at once and how events
 * name a worker. Notes come to the coordinator while an action runs, but its log only at its end.
 */
#ifndef ATOMLOOM_RUN_EXECUTOR_H
#define ATOMLOOM_RUN_EXECUTOR_H
#include "run/run.h"
#include "run/wire.h"

/* One action to carry out. Borrowed for the call of `start`. */
typedef struct executor_order {
    task task;                /* instance, threads, memory limit, number of inputs */
    const task_input *inputs; /* task.input_count of them, all in the store */
    const digest *key;
    /* 0: none; the coordinator's clock ends it, an executor may as well; where actions run
     * elsewhere, the executor alone does */
    double limit_s;
    double expected_s;       /* from earlier executions; < 0: nothing to learn from */
    uint64_t expected_bytes; /* the largest resident size then; 0: nothing to learn from */
} executor_order;

/* What came of an action. `text_free(&log)` in the end. */
typedef struct executor_outcome {
    bool replied;            /* it ran to its end: `reply` and `made` are what the worker sent */
    reply reply;             /* wall_s without the time for which this program was stopped */
    const action_made *made; /* of a good reply, one for each output; valid during `ended` */
    run_failure reason;      /* it did not: why, */
    int signal;              /* for FAILURE_SIGNAL and FAILURE_MEMORY; 0: by none */
    error failure;           /* and in words. All three are empty where `kill` was the reason */
    int64_t finished;        /* it ended early, as asked, after so many steps; 0: it did not */
    text log;                /* what it wrote and noted */
    /* where another machine did it: its name, and when it began, in seconds since 1970; "" and 0:
     * this one, when `began` was reported */
    char host[64];
    double started;
} executor_outcome;

/* How the coordinator hears of things; called within `poll` only. Texts are borrowed. */
typedef struct executor_events {
    void (*began)(void *user, int w);
    void (*note)(void *user, int w, const char *line);
    void (*warning)(void *user, int w, const char *where, const char *line);
    void (*need)(void *user, int w, const need *n); /* it waits for `go` */
    /* True: the coordinator has taken it back. False: it must end, with a failure. */
    bool (*again)(void *user, int w, const char *why);
    void (*ended)(void *user, int w); /* collects it */
    /* What people should know while they wait, of no action alone. */
    void (*held)(void *user, const char *line);
    void *user;
} executor_events;

/* Borrowed for the executor's life. */
typedef struct executor_setup {
    const graph *graph;
    store *store;
    int jobs;                          /* how many actions may run at once */
    const struct slurm_profile *slurm; /* how this site wants its jobs; NULL: as it comes */
    executor_events events;
} executor_setup;

typedef struct executor executor;

/* An executor, as data. All functions must be there, but for request_finish. */
typedef struct executor_kind {
    const char *name, *doc;
    /* its actions run in this process: a signal cannot end them apart from it */
    bool in_process;
    /* its actions run on other machines: processors and memory of this one do not limit them */
    bool elsewhere;
    executor *(*open)(const executor_setup *setup, error *e); /* NULL: it cannot be had */
    void (*close)(executor *x);                               /* ends what runs; NULL is fine */
    /* The place it was given, never one that is taken. -1 with `e`: nothing can be started any
     * more. The coordinator never has more than `places` under way. */
    int (*start)(executor *x, const executor_order *order, error *e);
    void (*go)(executor *x, int w, int threads); /* the answer to `need` */
    /* Waits until something happens, a signal comes, or `wait_s` are over; tells what happened. */
    void (*poll)(executor *x, double wait_s);
    void (*progress)(const executor *x, int w, double *done, double *total); /* total 0: unknown */
    void (*request_stop)(executor *x, int w);
    /* to end early with what it has, if its op can; NULL: not where these actions run */
    void (*request_finish)(executor *x, int w);
    void (*kill)(executor *x, int w);
    void (*collect)(executor *x, int w, executor_outcome *out); /* within `ended` */
} executor_kind;

/* What every executor begins with. */
struct executor {
    const executor_kind *kind;
    int places; /* at most `jobs`; 1 for `inline` */
    executor_events events;
    int threads_each; /* elsewhere: threads of an action whose node sets none */
};

/* Worker processes of this machine: one action each at a time, used again, replaced when they
 * die. A crash, a leak or an abort of an op ends its process and nothing else. */
extern const executor_kind executor_local;
/* This process, one action at a time, for debuggers: a crash of an op ends the run, and time limits
 * do not hold. */
extern const executor_kind executor_inline;
/* Jobs of Slurm (slurm_inside.h), on machines that share the store. */
extern const executor_kind executor_slurm;

/* By name. NULL with `e`, which names those that there are. */
const executor_kind *executor_find(const char *name, error *e);
#endif
