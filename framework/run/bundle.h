/* run/bundle.h - actions for a process on another machine, as a text: everything that it needs and
 * that the store does not know. It takes the actions one after another.
 *
 *   {"atomloom_bundle": 1, "limit_bytes": 0, "actions": [
 *     {"key", "instance": "recon[minutes=30]", "op", "plugin": PATH, "plugin_sha256",
 *      "parameters": {"level": {"value": "0.3"}, "file": {"value": PATH, "sha256": ["..."]}},
 *      "canonical": SHA-256 of params_canonical,
 *      "inputs": [["volume", SHA-256 of the value]], "threads", "limit_bytes", "limit_s"}]}
 *
 * and a last line with the checksum (sealed.h). Only parameters that were given are there; values
 * are texts as in a pipeline, so they are read by the one reader that there is, and `canonical`
 * must come out again. Paths are absolute. Plugins are named by path and digest: others of the same
 * name are refused. */
#ifndef ATOMLOOM_RUN_BUNDLE_H
#define ATOMLOOM_RUN_BUNDLE_H
#include "run/executor.h"

enum { BUNDLE_MAX_ACTIONS = 4096, BUNDLE_MAX_BYTES = 64 << 20 };

/* One action, appended as JSON. */
bool bundle_describe(const graph *g, const executor_order *order, text *out, error *e);
/* The whole text of `count` such descriptions. limit_bytes: memory limit of those that set none. */
bool bundle_write(const text *const *described, int count, uint64_t limit_bytes, text *out,
                  error *e);

typedef struct bundle_action {
    digest key;
    task task;          /* `instance` of the bundle's graph, which is its index here as well */
    task_input *inputs; /* task.input_count */
    double limit_s;
} bundle_action;

/* What the text says, with a graph that has one node and one instance for each action and no edges:
 * enough for an executor. */
typedef struct bundle {
    int count;
    bundle_action *action;
    graph graph;
    registry *ops;
} bundle;

/* Keys alone; owned. NULL where the text is none, with 0 in *count. */
digest *bundle_keys(const char *bytes, size_t n, int *count);
/* `cache_dir` as in registry_open. bundle_free in either case. */
bool bundle_read(const char *bytes, size_t n, const char *cache_dir, bundle *out, error *e);
void bundle_free(bundle *b);
#endif
