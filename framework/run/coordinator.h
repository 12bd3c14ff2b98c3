/* run/coordinator.h - a run under way: what coordinator.c (the loop), dispatch.c (which action is
 * next, and may it begin), results.c (what came of it) and report.c (what is told of it) share. For
 * those four and run.c.
 *
 * The loop, in pseudo-code:
 *
 *   while not over:
 *       obey signals                  the first asks what runs to stop, the second kills it
 *       while there is a free place and an instance is ready:
 *           claim its action          elsewhere claimed: set aside; running here under another
 *                                     name: set aside; in the store by now: it is known
 *           give it to the executor
 *       let actions go that wait for memory
 *       poll the executor             -> began, note, warning, need, again, ended
 *       every 0.1 s: limits, progress, a tick for those who draw
 *       every 0.02 s: are actions that others have done, or ours after all?
 *
 * States. An instance is in one phase of schedule.h, and only the schedule changes it. What is
 * `PHASE_TAKEN` there is here in exactly one of these:
 *
 *   running    in a slot: claimed, its action given to the executor      slot[w].instance == i
 *     waiting    of these: knows its need, not let go yet                slot[w].asking
 *     stopping   was asked to stop; is killed when its grace is over     slot[w].kill_at > 0
 *     killed     only its end is awaited; why is in slot[w].killed
 *   elsewhere  another run has the claim; looked at again and again
 *   parked     another instance with the same action is running here
 *
 * Who may change what:
 *
 *   the schedule's phases      schedule.c, when results.c reports (know, fail, lose) or dispatch.c
 *                              takes and returns
 *   slots                      dispatch.c fills them, coordinator.c empties them
 *   claims                     dispatch.c takes them; results.c gives them back when the action is
 *                              committed, has failed or lost its input
 *   the plan's outputs         results.c, from a commit; plan.c, from a look-up
 *   draining, interrupted,
 *   fatal                      coordinator.c; `fatal` also by dispatch.c, where the store fails
 *   totals                     report.c, but `running`, which goes with the slots
 *
 * When things fail:
 *
 *   an action                  its claim is given back, its log is kept, what depends on it is
 *                              skipped, all else goes on (under --stop: nothing new begins)
 *   an input that cannot be read
 *                              what made it runs again, then the action: MAX_TRIES times, then it
 *                              is a failure
 *   a worker that is of no use again, elsewhere: MAX_TRIES times, then it is a failure
 *   the store, or starting a worker
 *                              `fatal`: the run is over; what runs is asked to stop
 *   a signal                   nothing new; what runs is asked to stop and killed after 5 s; a
 *                              second one kills at once
 *   this process is killed     claims go with it; committed actions stay; the next run goes on
 *
 * Once a result is committed it is never taken back: the order is values into the store (by the
 * worker), then the action's record, then the announcement that this run counts on them, then the
 * claim is given back, then the schedule hears of it.
 *
 * Regrets: four files share one struct, because what a result means depends on nearly all of it.
 * An action that another run has is looked for fifty times a second, since claims make no sound. */
#ifndef ATOMLOOM_RUN_COORDINATOR_H
#define ATOMLOOM_RUN_COORDINATOR_H
#include "run/executor.h"
#include "run/forecast.h"
#include "run/run.h"
#include "run/schedule.h"
#include "run/trace.h"

/* What an executor's place is doing. */
typedef struct slot {
    int32_t instance;      /* -1: nothing */
    double began, limit_s; /* began: seconds since the run began; limit_s 0: none */
    double epoch;          /* began, in seconds since 1970 */
    double kill_at;        /* after a stop request; 0: there is none */
    int threads;
    bool asking;        /* it waits to be let go */
    need need;          /* asking: what for */
    uint64_t bytes;     /* admitted for it */
    run_failure killed; /* why we ended it */
    double done, total; /* progress, as already reported */
    int warning_count;
    text warnings; /* of the action under way: where, then the line, each with its end */
} slot;

enum { MAX_TRIES = 3 };

typedef struct coordinator {
    plan *plan;
    const run_options *options;
    schedule *schedule;
    executor *executor;
    slot *slot; /* one for each place of the executor */
    int jobs, threads, threads_used;
    uint64_t memory, memory_used;
    int32_t *elsewhere, elsewheres; /* another run has claimed these actions */
    int32_t *parked, parkeds;       /* the same action is running here for another instance */
    bool *claimed;                  /* by instance */
    bool *executed;                 /* by instance: committed by this run */
    bool *counted;                  /* by instance: among totals.cached */
    /* by instance: how often it had to begin again through no fault of its own */
    uint8_t *tries;
    forecast *forecast;
    forecast_running *running; /* scratch, by slot */
    run_totals totals;
    text trace;
    double begin_s, next_tick, next_look, next_ask;
    param_set **as_planned; /* by instance: its parameters before it was ended early; else NULL */
    /* nothing new is started: a failure under --stop, a signal, or `fatal` */
    bool draining;
    bool interrupted; /* by a signal: what runs is asked to stop */
    error fatal;      /* the run cannot go on */
} coordinator;

/* ---- coordinator.c --------------------------------------------------------------------------- */

/* `plan`, `options` and `begin_s` are set, the rest is zero. Opens the executor. */
bool coordinator_init(coordinator *c, error *e);
/* Until nothing is left to do, or c->fatal. The schedule is there. */
void coordinator_loop(coordinator *c);
void coordinator_free(coordinator *c); /* also where init failed or was never called */

/* ---- dispatch.c ------------------------------------------------------------------------------ */

/* The inputs of an instance that are known, in the order of its ports; owned (free). NULL: out of
 * memory. */
task_input *dispatch_inputs(const plan *p, int32_t instance, int32_t *count);
void dispatch_ready(coordinator *c);       /* starts what is ready, as far as there is room */
void dispatch_admit(coordinator *c);       /* lets those go that wait, as far as there is memory */
void dispatch_elsewhere(coordinator *c);   /* looks at what others have, and what is parked */
bool dispatch_waits(const coordinator *c); /* is anything set aside? */
/* Kills what the slot does; its action fails for this reason. The first reason stands. */
void dispatch_kill(coordinator *c, int w, run_failure reason);
void dispatch_vacate(coordinator *c, int w); /* its action is over, or was taken back */

/* ---- finish.c: ended early, with what there is -------------------------------------------------
 */

/* Passes on what `atomloom finish` left for this run. */
void finish_look(coordinator *c, double now);
/* The instance's key becomes the one of the steps that were gone. False with `e` where the op
 * cannot have ended there. The claim is given back. */
bool finish_settle(coordinator *c, int32_t instance, int64_t steps, error *e);
void finish_restore(coordinator *c); /* the graph as it was planned */

/* ---- report.c: counts in `totals`, and calls options->event ------------------------------------
 */

double run_now(const coordinator *c); /* seconds since the run began, without those stopped */
void report_event(coordinator *c, run_event *event);       /* fills in time and totals */
void report_note(coordinator *c, int w, const char *line); /* of the action in slot `w` */
/* Kept for the record of the action as well. */
void report_warning(coordinator *c, int w, const char *where, const char *line);
void report_cached(coordinator *c, int32_t instance); /* and what it warned of when it was made */
void report_done(coordinator *c, int w, const reply *r);
/* `w` < 0: it was never started. `log` may be NULL. */
void report_failure(coordinator *c, int32_t instance, int w, run_failure reason, int signal,
                    const error *e, const char *log);
/* When nothing more will start: every instance that is needed has its end. */
void report_not_started(coordinator *c);
/* For schedule_new: an instance was settled without being executed. `user`: the coordinator. */
void report_settled(void *user, int32_t instance, phase now, int32_t upstream, const error *e);

/* ---- results.c ------------------------------------------------------------------------------- */

typedef enum settlement {
    SETTLED_DONE,
    SETTLED_FAILED,
    SETTLED_AGAIN, /* an input was lost: it will be ready again */
    SETTLED_FATAL  /* the run cannot go on: *e says why */
} settlement;
/* What came of the action in slot `w`: commits it, or reports its failure, and tells the schedule.
 * The slot is still the caller's to empty. */
settlement results_settle(coordinator *c, int w, const executor_outcome *o, error *e);
#endif
