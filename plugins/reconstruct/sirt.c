/* reconstruct.sirt - simultaneous iterative reconstruction. */
#include "descent.h"
#include "kit/citations.h"
#include <assert.h>

typedef struct params {
    problem_settings set;
    double relaxation;
} params;
static const loom_param param_table[] = {
    PROBLEM_PARAMS(params, 100, true, LOOM_BASIC, LOOM_BASIC),
    LOOM_PARAM(params, relaxation, .def = 1, .min = 1e-6, .max = 1.99,
               .doc = "length of a step; 2 is the limit of convergence"),
    { 0 }
};

/* w = 1 / w where w is not a small part of the largest, else 0: rays and voxels that hardly cross
 * are left out. */
static void invert(int64_t n, float *w)
{
    assert(n >= 0);
    float most = 0;
    for (int64_t i = 0; i < n; i++) most = w[i] > most ? w[i] : most;
    for (int64_t i = 0; i < n; i++) w[i] = w[i] > 0.01f * most ? 1 / w[i] : 0;
}

static loom_status pass(problem *q, const void *param_struct)
{
    const params *p = param_struct;
    int64_t nv = q->a->volume_floats, ni = q->a->image_floats;
    descent d = { .step = p->relaxation };
    float *voxels = problem_state(q, nv), *images = problem_state(q, ni);
    if (!voxels || !images || !descent_open(q, &d, false)) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < nv; i++) voxels[i] = q->mask ? q->mask[i] : 1;
    loom_project(q->a, 0, q->nt, voxels, images);
    for (int64_t i = 0; i < ni; i++) d.other[i] = 1;
    problem_drop_left_out(q, d.other);
    loom_back_project(q->a, 0, q->nt, d.other, loom_sink_store, voxels);
    invert(ni, images);
    invert(nv, voxels);
    d.voxel_weight = voxels;
    d.image_weight = images;
    return descend(q, &d);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    return problem_solve(call, &((const params *)param_struct)->set, pass, param_struct);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    return problem_estimate(call, &p->set, 3, 1, out);
}

static const loom_citation citations[] = {
    CITE_GILBERT_1972, CITE_GREGOR_2008, CITE_BRUNGER_1992, { 0 }
};

static const loom_op reconstruct_sirt = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.sirt",
    .summary =
        "Tomogram by simultaneous iterations, each residual divided by its ray's length (SIRT).",
    .method = "u <- max(0, u + relaxation C A'R (b - A u)), where R divides by the row sums of A "
              "(how much volume a ray crosses) and C "
              "by its column sums (how many rays cross a voxel). The limit is the volume of least "
              "R-weighted residual; few iterations "
              "give a smooth one.",
    .citations = citations,
    .limits = "Converges slowly: high frequencies need hundreds of iterations, which "
              "`reconstruct.resire` with acceleration needs not.",
    .inputs = problem_inputs,
    .outputs = problem_outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.sirt", "1.0", "BSD-3-Clause", &reconstruct_sirt);
