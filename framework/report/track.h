/* report/track.h - what became of every instance of a pipeline: from the plan and the records of
 * the store, and from the events of a run where there was one. */
#ifndef ATOMLOOM_REPORT_TRACK_H
#define ATOMLOOM_REPORT_TRACK_H
#include "run/run.h"

typedef enum step_state {
    STEP_UNNEEDED, /* nothing that is wanted depends on it */
    STEP_PENDING,
    STEP_RUNNING,
    STEP_CACHED, /* its outputs were in the store */
    STEP_DONE,   /* executed by this run */
    STEP_FAILED,
    STEP_SKIPPED, /* something before it failed */
    STEP_STATES
} step_state;
const char *step_state_text(step_state s); /* static */

typedef struct step_record {
    step_state state;
    double started, wall_s; /* seconds since 1970 and of its execution; < 0: not known */
    int warnings;
    char *message; /* why it failed; NULL; owned */
} step_record;
/* One per instance. */
typedef struct track {
    const graph *graph;
    step_record *step;
    bool live; /* a run goes on */
} track;

/* False: out of memory. track_free in either case. */
bool track_begin(track *h, const graph *g, error *e);
void track_free(track *h);
/* run_options.event may hand its events on to this. */
void track_event(track *h, const run_event *event);
/* What the plan and the records of its store know besides. */
void track_read(track *h, const plan *p);

typedef struct track_totals {
    int32_t count[STEP_STATES], needed;
    int warnings;
    double started, ended, wall_s; /* of the executions, oldest and youngest; their sum */
} track_totals;
track_totals track_sum(const track *h);
/* The state of a node's instances in a word: the worst of them. */
step_state track_node(const track *h, int32_t node, double *wall_s);
#endif
