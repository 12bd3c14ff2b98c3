/* run/plan.h - what must run, and why: one step per instance of a graph, found by look-ups in the
 * store alone.
 *
 * Keys are made bottom-up. A step whose inputs are known has a key; a key the store knows gives the
 * step's outputs without running it, and so the keys of what follows. Below a step that must run,
 * keys are unknown until it has run: it may give the same bytes as before, and then nothing after
 * it runs again. */
#ifndef ATOMLOOM_RUN_PLAN_H
#define ATOMLOOM_RUN_PLAN_H
#include "pipeline/graph.h"
#include "store/store.h"

typedef enum plan_state {
    PLAN_UNNEEDED, /* nothing that is wanted depends on it */
    PLAN_CACHED,   /* the store knows its outputs */
    PLAN_RUN,      /* must run */
    PLAN_WAIT      /* pending: something before it must run first; then it is looked up */
} plan_state;

typedef struct plan_step {
    plan_state state;
    bool has_key; /* false while an input is not known */
    bool forced;
    /* known, but an object that is needed is no longer in the store: runs again to make it */
    bool lost;
    bool cut_short; /* lost because the object was found cut short, and set aside */
    digest key;
    action_output *output;   /* one per output port of the op; NULL while not known */
    double expected_s;       /* from an earlier execution; < 0: nothing to learn from */
    uint64_t expected_bytes; /* its largest resident size; 0: nothing to learn from */
    /* that the op gave when it made the outputs; 0 while they are not known */
    int warnings;
    /* in this run it was ended early, after so many steps, and its key and outputs are those of
     * that number; 0: it was not */
    int64_t finished;
} plan_step;

typedef struct plan {
    graph *graph;                        /* borrowed */
    store *store;                        /* borrowed */
    bool records, look;                  /* as in plan_options */
    plan_step *step;                     /* one per instance */
    int32_t unneeded, cached, run, wait; /* how many steps are in each state */
    /* by instance: where its outputs are in the next two; one more entry at the end */
    int32_t *first_output;
    action_output *outputs; /* what the steps' `output` point into */
    bool *wanted;           /* by output: asked for, so the object itself must be in the store */
    struct history *last;   /* keys of the last run of this pipeline; NULL until first asked for */
    struct explanations *why; /* of plan_explain; NULL until first asked for */
} plan;

/* Everything borrowed; zero-initialised is the usual plan. */
typedef struct plan_options {
    const int32_t *wanted; /* instances that are asked for; NULL: those of graph->outputs */
    int32_t wanted_count;
    /* NULL-terminated names of nodes or instances that run even if the store knows them, or NULL */
    const char *const *force;
    /* An action counts as known only where its record can be read whole, for those who print what
     * is in it. Of actions that warned this holds always. */
    bool records;
    /* Objects that were cut short are looked for. A run need not: it finds them when it reads. */
    bool look;
} plan_options;

/* Hashes file parameters (unchanged files are not read again) and looks every key up. Nothing runs,
 * nothing is written. A file that cannot be read is a failure: `e->where` names the parameter,
 * *failed the instance (else -1). */
plan *plan_make(graph *g, store *s, const plan_options *options, int32_t *failed, error *e);
void plan_free(plan *p);

/* The digest of an output, once it is known (cached, or after the run). False where it is not, or
 * where an optional output was not made. */
bool plan_output(const plan *p, graph_edge from, digest *out);

/* The two halves of plan_make, for run_plan, which goes on where it stopped. Make the key of a step
 * whose inputs are all known (else E_BUG), and look it up: true where the store knows it (the
 * outputs are then known), false without `e` where it does not. */
bool plan_make_key(plan *p, int32_t instance, error *e);
bool plan_look_up(plan *p, int32_t instance, error *e);
/* How many warnings the known steps have, all together. */
int plan_warning_count(const plan *p);
/* What the op warned of when it made the outputs of a known step, from the action's record. Copies:
 * action_record_free in the end. True with `warning_count` 0 where there was nothing. */
bool plan_warnings(const plan *p, int32_t instance, action_record *out, error *e);
/* Outputs as they came out of an execution. */
void plan_set_outputs(plan *p, int32_t instance, const action_output *outputs);
/* Is every object of a known step that `instance` reads (or that is wanted) still in the store? */
bool plan_has_object(const plan *p, graph_edge from);

/* Announces that this run counts on a known step and its outputs. Before plan_has_object is asked:
 * then what is there stays. */
bool plan_keep(const plan *p, int32_t instance, error *e);

/* Known steps whose objects are needed and gone are to run again. For run_plan, which looks once
 * more when the run is announced: until then a collection may remove what the plan counts on. */
void plan_find_lost(plan *p);

/* A reason for an instance not to be as it was in the last run of this pipeline. */
typedef enum plan_reason {
    REASON_FIRST,  /* never ran in this store as part of this pipeline */
    REASON_FAILED, /* ran, and never to its end */
    REASON_OP,
    REASON_REVISION,
    REASON_PLUGIN, /* `name`: of the plugin; before and after: version and digest */
    REASON_PARAM,
    REASON_FILE,  /* the content of a file; `name`: the file as this pipeline names it */
    REASON_INPUT, /* other values, or another number of them, and nothing before them changed */
    REASON_FORCED,
    REASON_LOST,      /* an object is gone from the store: `name` is the output */
    REASON_FORGOTTEN, /* the store has no record of the last execution any more */
    REASON_COUNT
} plan_reason;
typedef struct plan_change {
    plan_reason reason;
    int32_t instance; /* where: the one asked about, or one that it depends on */
    int32_t times;    /* in so many instances of its node; `instance` is the first */
    /* parameter, port, ...; values as text; NULL: none. Owned by the list */
    char *name, *before, *after;
} plan_change;
typedef struct plan_changes {
    plan_change *item;
    int count;
} plan_changes;

/* The first causes for an instance not to be cached: what changed since the last run, in it and in
 * what it depends on, producers first. Old and new values come from the records of then; names are
 * this pipeline's. Empty for a cached instance whose key is the one of the last run. What an
 * instance depends on counts as far as its values are unknown, or others than in the last run. */
bool plan_explain(plan *p, int32_t instance, plan_changes *out, error *e);
void plan_changes_free(plan_changes *c);
/* One change in one line, for a reader of what is said about `about`: "iterations 20 -> 30", and
 * where it is elsewhere "recon: iterations 20 -> 30", "recon (4 instances): ...". */
void plan_change_text(const plan *p, const plan_change *c, int32_t about, text *out);
const char *plan_reason_text(plan_reason reason); /* "param", "file", ...; static */
/* "cached", "will run", "pending", "not needed"; static */
const char *plan_state_text(plan_state state);
#endif
