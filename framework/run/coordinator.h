/* run/coordinator.h - the state of a run under way; for coordinator.c (who does what, when) and
 * run.c (what came of it). */
#ifndef ATOMLOOM_RUN_COORDINATOR_H
#define ATOMLOOM_RUN_COORDINATOR_H
#include "run/forecast.h"
#include "run/pool.h"
#include "run/run.h"
#include "run/schedule.h"
#include "run/trace.h"

/* What a worker is doing. */
typedef struct slot {
    int32_t instance;      /* -1: nothing */
    int32_t last;          /* the instance before: its values are at hand there */
    double began, limit_s; /* began: seconds since the run began; limit_s 0: none */
    double epoch;          /* began, in seconds since 1970 */
    double stopped;        /* what interrupts_stopped_s gave when it began */
    double kill_at;        /* after a wish to stop; 0: no such wish */
    int threads;
    uint64_t bytes;     /* admitted for it */
    need need;          /* WORKER_ASKING */
    run_failure killed; /* why we ended it */
    error broken;       /* FAILURE_PROTOCOL: what it did */
    double done, total; /* progress, as already reported */
    int warning_count;
    text warnings; /* of the action under way: where, then the line, each with its end */
} slot;

enum { MAX_TRIES = 3 };

typedef struct coordinator {
    plan *plan;
    const run_options *options;
    schedule *schedule;
    pool pool;
    slot *slot;
    int jobs, threads, threads_used;
    uint64_t memory, memory_used;
    int32_t *elsewhere, elsewheres; /* another run has claimed these actions */
    int32_t *parked, parkeds;       /* the same action is running here for another instance */
    bool *claimed;                  /* by instance */
    bool *counted;                  /* by instance: among totals.cached */
    /* by instance: how often it had to begin again through no fault of its own */
    uint8_t *tries;
    forecast *forecast;
    forecast_running *running; /* scratch, by slot */
    run_totals totals;
    text trace;
    double begin_s, next_tick, next_look;
    /* nothing new is started: a failure under --stop, a signal, or `fatal` */
    bool draining;
    bool interrupted;  /* by a signal: what runs is asked to stop */
    int64_t oom_kills; /* what machine_oom_kills gave last */
    error fatal;       /* the run cannot go on */
} coordinator;

double coordinator_now(const coordinator *c); /* seconds since the run began */

/* coordinator.c: until nothing is left to do. */
void coordinator_loop(coordinator *c);

/* run.c: what the loop reports to. */
void report_event(coordinator *c, run_event *event); /* fills in time and totals */
void report_cached(coordinator *c, int32_t instance);
void report_warning(coordinator *c, int w, const char *where, const char *line);
void finish_action(coordinator *c, int w, const reply *r, const action_made *made, const char *log);
void fail_action(coordinator *c, int w, run_failure reason, int signal, const error *e,
                 const char *log);
#endif
