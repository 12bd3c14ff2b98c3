/* cli/records.h - what an instance of this pipeline is, and how its action was executed.
 *
 * What it is (op, plugin, parameters, files, inputs, names) comes from the pipeline at hand, for
 * the same action may have been executed for another pipeline that calls things otherwise. The
 * record of the action, found by its key, adds when, where, how long and what the op warned of. */
#ifndef ATOMLOOM_CLI_RECORDS_H
#define ATOMLOOM_CLI_RECORDS_H
#include "cli/common.h"
#include "run/plan.h"

/* The members of run/provenance.h that a key is made of. Owned: json_decref. NULL: out of memory.
 */
json_t *instance_json(const plan *p, int32_t instance);

/* One execution of an action, by its record. */
typedef struct executed {
    action_record record; /* times, memory, warnings */
    json_t *provenance;
    const char *host, *atomloom, *started; /* "" where the record does not say */
    int threads;
} executed;
/* False with `e` set where the store has no record, or one that cannot be read. */
bool executed_read(store *s, const digest *key, executed *out, error *e);
void executed_free(executed *x);

/* The instances that some outputs rest on, these included, producers first. Owned; NULL with `e`.
 */
int32_t *rests_on(const graph *g, const graph_edge *outputs, int32_t n, int32_t *count, error *e);

/* Who gave a parameter its value: "p.yaml:14", "--set recon.iterations=30", and the variables that
 * and axes that it is made of: "p.yaml:14, dose by --var dose=1e5, minutes=30"; "" where the
 * default stands. */
void origin_text(const graph *g, int32_t instance, int row, text *out);
/* The same as {"kind": "default", "file", "set" or "sweep", "where", "variables": [...], "axes":
 * {...}}. Owned. */
json_t *origin_json(const graph *g, int32_t instance, int row);
bool origin_is_default(const graph *g, int32_t node, int row);

const char *record_text(const json_t *o, const char *name); /* "" where there is none */
/* A parameter's value as YAML has it. */
void record_value(const json_t *v, text *out);
#endif
