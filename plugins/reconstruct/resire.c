/* reconstruct.resire - real-space iterative reconstruction by projected gradient descent. */
#include "descent.h"
#include "kit/citations.h"
#include "kit/descent.h"

typedef struct params {
    problem_settings set;
    double step;
    int32_t acceleration;
} params;
static const char *const accelerations[] = { "none", "nesterov", NULL };
enum { NONE, NESTEROV };
static const loom_param param_table[] = {
    PROBLEM_PARAMS(params, 100, true, LOOM_BASIC, LOOM_BASIC),
    LOOM_PARAM(params, step, .def = 0.95, .min = 1e-6, .max = 1,
               .doc = "length of a step as a fraction of the longest stable one"),
    LOOM_PARAM(params, acceleration, .choices = accelerations, .def = NESTEROV,
               .doc = "nesterov: carry on along the last change; none: plain gradient steps"),
    { 0 }
};

static loom_status pass(problem *q, const void *param_struct)
{
    const params *p = param_struct;
    bool accelerate = p->acceleration == NESTEROV;
    descent d = { .accelerate = accelerate };
    if (!descent_open(q, &d, true)) return LOOM_E_MEMORY;
    double largest = loom_largest_eigenvalue(q->a, d.before, d.projected);
    q->call->host->note(q->call, "largest eigenvalue of A'A %.6g: %.4g per view and voxel of depth",
                        largest, largest / (double)(q->nt * q->vz));
    d.step = p->step * (accelerate ? 1 : 2) / largest;
    return descend(q, &d);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    return problem_solve(call, &((const params *)param_struct)->set, pass, param_struct);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    return problem_estimate(call, &p->set, 2, 1, out);
}

static const loom_citation citations[] = {
    CITE_PHAM_2023, CITE_ODONOGHUE_2015, CITE_BRUNGER_1992, { 0 }
};

static const loom_op reconstruct_resire = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.resire",
    .summary = "Tomogram by gradient descent on the squared residual, with positivity (RESIRE).",
    .method =
        "Minimises half the sum over tilts of |A_k u - b_k|^2 by repeating u <- max(0, u - dt "
        "A'(A u - b)). A projects the volume u along any Euler angles; A' is its exact "
        "transpose (kit/projector.h). The step dt is `step` times the longest stable one: 2 / "
        "L for plain steps and 1 / L for accelerated ones, where L, the largest eigenvalue of "
        "A'A, is measured first. Without acceleration, the published step size s corresponds "
        "to `step` = s / 2.09. The acceleration is Nesterov's with restarts: about five times "
        "fewer iterations for the same residual. `oversampling` refines the projector; it is "
        "not the zero padding of the published code.\n\n"
        "Even the true volume leaves a residual, from noise and from what a projector "
        "neglects. A residual below that fits errors: with noisy images stop early (`stop: "
        "noise`, `stop: free`, or fewer iterations). `stop: free` leaves out one of "
        "`free_every` tilts (or that share of all counts), finds the number of iterations "
        "that explains these best, and begins again with all data and that number.",
    .citations = citations,
    .limits =
        "All pixels have the same weight; at low counts `reconstruct.mlem`, which weights "
        "them by their noise, is better. There is no regularisation but positivity, the "
        "support and stopping early. Of a film, those parts of the volume are valid that most "
        "tilts show.",
    .inputs = problem_inputs,
    .outputs = problem_outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.resire", "1.0", "BSD-3-Clause", &reconstruct_resire);
