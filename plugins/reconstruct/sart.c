/* reconstruct.sart - simultaneous algebraic reconstruction: one view at a time. */
#include "free.h"
#include "kit/citations.h"
#include <assert.h>

typedef struct params {
    problem_settings set;
    double relaxation;
} params;
static const loom_param param_table[] = {
    PROBLEM_PARAMS(params, 15, true, LOOM_BASIC, LOOM_BASIC),
    LOOM_PARAM(params, relaxation, .def = 0.3, .min = 1e-6, .max = 1.99,
               .doc = "share of the residual of a view that is corrected at once; small values are "
                      "slow and smooth"),
    { 0 }
};

typedef struct update {
    problem *q;
    float relaxation;
} update;

static void renew(void *user, loom_piece piece)
{
    const update *m = user;
    float *u = m->q->u + piece.at, least = m->q->set.positivity ? 0 : -INFINITY;
    const uint8_t *mask = m->q->mask ? m->q->mask + piece.at : NULL;
    for (int64_t i = 0; i < piece.count; i++) {
        float new = u[i] + m->relaxation *piece.sum[i];
        u[i] = mask && !mask[i] ? 0 : new > least ? new : least;
    }
}

/* w = (b - w) / (length of the ray) in the stretches of one view. */
static void residual(const problem *q, int64_t k, const float *inverse_length, float *w)
{
    assert(k >= 0 && k < q->nt);
#pragma omp parallel for num_threads(q->threads) schedule(static)
    for (int64_t i = 0; i < q->a->runs; i++) {
        loom_run r = loom_projector_run(q->a, i);
        for (int64_t j = r.at; r.tilt == k && j < r.at + r.count; j++)
            w[j] = (q->b[j] - w[j]) * inverse_length[j];
    }
}

/* A 1 inside the support, inverted; 0 for rays that miss the volume. `ones` is a volume state to
 * work in. */
static void invert_lengths(const problem *q, float *ones, float *inverse)
{
    for (int64_t i = 0; i < q->a->volume_floats; i++) ones[i] = q->mask ? q->mask[i] : 1;
    loom_project(q->a, 0, q->nt, ones, inverse);
    float most = 0;
    for (int64_t i = 0; i < q->a->image_floats; i++) most = inverse[i] > most ? inverse[i] : most;
    for (int64_t i = 0; i < q->a->image_floats; i++)
        inverse[i] = inverse[i] > 0.01f * most ? 1 / inverse[i] : 0;
}

/* |u - before|^2 / |u|^2, and before = u. */
static double changed(const problem *q, float *before)
{
    assert(before != q->u);
    double change = 0, size = 0;
#pragma omp simd reduction(+ : change, size)
    for (int64_t i = 0; i < q->a->volume_floats; i++) {
        double d = (double)q->u[i] - before[i];
        change += d * d;
        size += (double)q->u[i] * q->u[i];
        before[i] = q->u[i];
    }
    return sqrt(change / fmax(size, 1e-300));
}

/* The step nearest to the golden section of n views that visits each once: consecutive views then
 * differ much. */
static int64_t golden_step(int64_t n)
{
    assert(n > 0);
    for (int64_t step = (int64_t)((double)n * 0.6180339887); step > 1; step--) {
        int64_t a = n, b = step;
        while (b) {
            int64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) return step;
    }
    return 1;
}

/* One update after every view that is fitted; false: cancelled. */
static bool sweep(problem *q, update *m, const float *inverse, float *w)
{
    int64_t step = golden_step(q->nt);
    for (int64_t n = 0, k = 0; n < q->nt; n++, k = (k + step) % q->nt) {
        if (!problem_fits(q, k)) continue;
        loom_project(q->a, k, k + 1, q->u, w);
        residual(q, k, inverse, w);
        loom_back_project(q->a, k, k + 1, w, renew, m);
        if (q->call->host->cancelled(q->call)) return false;
    }
    return true;
}

static loom_status pass(problem *q, const void *param_struct)
{
    const params *p = param_struct;
    float *before = problem_state(q, q->a->volume_floats),
          *inverse = problem_state(q, q->a->image_floats),
          *w = problem_state(q, q->a->image_floats);
    if (!before || !inverse || !w) return LOOM_E_MEMORY;
    invert_lengths(q, before, inverse);
    memcpy(before, q->u, (size_t)q->a->volume_floats * sizeof(float));
    loom_project(q->a, 0, q->nt, q->u, w);
    bool done = problem_row(q, w, 0);
    update m = { .q = q, .relaxation = (float)p->relaxation };
    for (int64_t i = 1; i <= q->set.iterations && !done; i++) {
        if (!sweep(q, &m, inverse, w)) return LOOM_E_CANCELLED;
        loom_project(q->a, 0, q->nt, q->u, w);
        done = problem_row(q, w, changed(q, before));
        if (!problem_progress(q, i)) return LOOM_E_CANCELLED;
        if (problem_finish(q, i)) break;
    }
    problem_release(q, inverse);
    problem_release(q, w);
    q->made = q->u;
    q->spare = before;
    return LOOM_OK;
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

static const loom_citation citations[] = { CITE_ANDERSEN_1984, CITE_BRUNGER_1992, { 0 } };

static const loom_op reconstruct_sart = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.sart",
    .summary = "Tomogram by algebraic updates after every single view (SART).",
    .method =
        "One view after another: u <- max(0, u + relaxation A_k'(R_k (b_k - A_k u))), where "
        "R_k divides by the length of the rays. An iteration uses every view once. Successive "
        "views are about a golden section of their number apart, so that they differ much in "
        "angle. One iteration does the work of many SIRT iterations.",
    .citations = citations,
    .limits =
        "It does not converge to one volume: the last views have more weight, and with noise "
        "the volume keeps changing by about `relaxation` times the noise. Lower `relaxation`, "
        "or use `reconstruct.resire`.",
    .inputs = problem_inputs,
    .outputs = problem_outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.sart", "1.0", "BSD-3-Clause", &reconstruct_sart);
