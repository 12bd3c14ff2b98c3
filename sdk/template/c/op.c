/* @id@ - every voxel times a factor. Replace this line, and what follows, with your method. */
#include <atomloom/op.h>
#include "kit/check.h"

/* The parameters, as `run` reads them. The host fills the struct from the table: nothing is parsed
 * here. */
typedef struct params { double factor; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, factor, .def = 1, .min = -1e6, .max = 1e6,
               .doc = "what every voxel is multiplied by"),
    { 0 }
};

static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "the density times the factor; same grid", 0 }, { 0 }
};

/* Kernels allocate nothing and cannot fail. The result must not depend on the number of threads. */
static void scale(int64_t n, const float *src, float factor, int threads, float *restrict dst)
{
    (void)threads; /* unused where the compiler has no OpenMP */
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < n; i++) dst[i] = factor * src[i];
}

/* Check first, then get memory from the host, then compute. Everything is freed by the host,
 * wherever `run` returns. */
static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    if (!density || !loom_need_finite(call, "volume", density)) return LOOM_E_DATA;
    loom_value *out = h->output(call, "volume");
    float *dst = h->add_array(call, out, "density", LOOM_F32, density->rank, density->dim,
                              density->unit);
    if (!dst) return LOOM_E_MEMORY;
    /* voxel size, origin, what else there is */
    if (!loom_pass_rest(call, h->input(call, "volume", 0), out)) return LOOM_E_MEMORY;
    scale(loom_array_count(density), density->data, (float)p->factor, h->threads(call), dst);
    return LOOM_OK;
}

/* The texts are the documentation: `atomloom describe @id@` shows them. Raise `revision` whenever
 * the same input gives other bytes. */
static const loom_op @family@_@name@ = {
    .size = sizeof(loom_op), .revision = 1, .id = "@id@",
    .summary = "Every voxel of a volume times a factor.",
    .method = "Multiplication in single precision.",
    .cites = "none", /* or .citations, a table: atomloom/op.h, kit/citations.h */
    .limits = "One factor for the whole volume.",
    .inputs = inputs, .outputs = outputs,
    .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("@id@", "0.1", "BSD-3-Clause", &@family@_@name@);
