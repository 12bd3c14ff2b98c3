/* run/provenance.h - what an action was, as a JSON object: kept with the action, read by `why`,
 * `cite`, `crate` and `plan --explain`.
 *
 *   { "atomloom": "0.1.0", "op": "volume.threshold", "revision": 1,
 *     "plugin": {"name", "version", "licence", "file", "sha256"},
 *     "parameters": {"level": {"value": 0.3, "unit": "1"}, "file": {"value": "a.mat", "sha256":
 * "..."}}, "inputs": [{"port", "sha256", "from": "recon", "output": "volume", "action": KEY of what
 * made it}], "outputs": [{"port", "sha256"}], "instance": "mask[minutes=30]", "pipeline":
 * "/home/me/a.yaml", "host": "node7", "started": "2025-01-31T12:00:00Z", "wall_s", "cpu_s",
 * "peak_bytes", "threads" } */
#ifndef ATOMLOOM_RUN_PROVENANCE_H
#define ATOMLOOM_RUN_PROVENANCE_H
#include "run/plan.h"

typedef struct execution {
    double started, wall_s, cpu_s;
    uint64_t peak_bytes;
    int threads;
    const char *host; /* NULL: this one */
} execution;

/* `how` NULL: only what a key is made of (op, revision, plugin, parameters, inputs). */
void provenance_write(const plan *p, int32_t instance, const execution *how, text *out);
#endif
