/* reconstruct.mlem - expectation maximisation for Poisson counts. */
#include "free.h"
#include "kit/citations.h"
#include <assert.h>

typedef struct params {
    problem_settings set;
} params;
static const loom_param param_table[] = {
    PROBLEM_PARAMS(params, 50, true, LOOM_BASIC, LOOM_NO_EFFECT), { 0 }
};

typedef struct update {
    problem *q;
    const float *sensitivity;
} update;

/* u <- u sum / sensitivity, with |new - u|^2 and |new|^2 of this piece. */
static void renew(void *user, loom_piece piece)
{
    const update *m = user;
    float *u = m->q->u + piece.at;
    const float *s = m->sensitivity + piece.at;
    double changed = 0, size = 0;
#pragma omp simd reduction(+ : changed, size)
    for (int64_t i = 0; i < piece.count; i++) {
        float factor = s[i] > 0 ? piece.sum[i] / s[i] : 0, new = factor > 0 ? u[i] * factor : 0,
              d = new - u[i];
        changed += (double)d * d;
        size += (double)new *new;
        u[i] = new;
    }
    double *part = m->q->part + 3 * piece.index;
    part[0] = changed;
    part[1] = size;
}

/* Counts over expected counts, background included in both. Where hardly anything is expected (the
 * projector's filter may even go below zero there) `least` stands in, so that a stray count cannot
 * blow a voxel up. */
static void quotient(const problem *q, const float *images, float least, float *restrict out)
{
    assert(images != out);
    float level = (float)q->level;
#pragma omp parallel for simd num_threads(q->threads) schedule(static)
    for (int64_t i = 0; i < q->a->image_floats; i++) {
        float counts = q->b[i] + level, expected = images[i] + level;
        out[i] = (counts > 0 ? counts : 0) / (expected > least ? expected : least);
    }
}

/* A' 1, zero where fewer than a hundredth of the views of the best-seen voxel look, or outside the
 * support. */
static void measure_sensitivity(const problem *q, float *images, float *s)
{
    for (int64_t i = 0; i < q->a->image_floats; i++) images[i] = 1;
    problem_drop_left_out(q, images);
    loom_back_project(q->a, 0, q->nt, images, loom_sink_store, s);
    float most = 0;
    for (int64_t i = 0; i < q->a->volume_floats; i++) most = s[i] > most ? s[i] : most;
    for (int64_t i = 0; i < q->a->volume_floats; i++)
        if (s[i] < 0.01f * most || (q->mask && !q->mask[i])) s[i] = 0;
}

/* EM cannot leave zero: start from `initial` raised to a little above it, or from the flat volume
 * with the images' sum. */
static void start(problem *q, bool given, const float *s)
{
    double images = 0, sensitivity = 0;
    for (int64_t k = 0; k < q->nt; k++) images += q->image_sum[k];
    for (int64_t i = 0; i < q->a->volume_floats; i++) sensitivity += s[i];
    float flat = sensitivity > 0 ? (float)(images / sensitivity) : 0,
          least = given ? 1e-3f * flat : flat;
    for (int64_t i = 0; i < q->a->volume_floats; i++)
        q->u[i] = s[i] > 0 ? (q->u[i] > least ? q->u[i] : least) : 0;
}

/* What the quotient puts in place of an expected number of counts that is next to nothing. */
static float least_expected(const problem *q)
{
    assert(q->nt > 0);
    double total = 0;
    for (int64_t k = 0; k < q->nt; k++) total += q->image_sum[k];
    return (float)fmax(0.01 * (total / (double)(q->nt * q->ny * q->nx) + q->level), 1e-30);
}

static loom_status pass(problem *q, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = q->call->host;
    if (q->level < 0)
        return h->fail(q->call, LOOM_E_PARAM, "background",
                       "a background of %g counts; counts are not negative", q->level);
    float *s = problem_state(q, q->a->volume_floats),
          *images = problem_state(q, q->a->image_floats),
          *ratio = problem_state(q, q->a->image_floats);
    if (!s || !images || !ratio) return LOOM_E_MEMORY;
    measure_sensitivity(q, images, s);
    start(q, h->input(q->call, "initial", 0) != NULL, s);
    float least = least_expected(q);
    loom_project(q->a, 0, q->nt, q->u, images);
    bool done = problem_row(q, images, 0);
    update m = { .q = q, .sensitivity = s };
    for (int64_t i = 1; i <= q->set.iterations && !done; i++) {
        quotient(q, images, least, ratio);
        problem_drop_left_out(q, ratio);
        loom_back_project(q->a, 0, q->nt, ratio, renew, &m);
        double change = sqrt(problem_sum(q, 0) / fmax(problem_sum(q, 1), 1e-300));
        loom_project(q->a, 0, q->nt, q->u, images);
        done = problem_row(q, images, change);
        if (!problem_progress(q, i)) return LOOM_E_CANCELLED;
        if (problem_finish(q, i)) break;
    }
    problem_release(q, images);
    problem_release(q, ratio);
    q->made = q->u;
    q->spare = s;
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

static const loom_citation citations[] = { CITE_SHEPP_1982, CITE_BRUNGER_1992, { 0 } };

static const loom_op reconstruct_mlem = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.mlem",
    .summary =
        "Tomogram of greatest likelihood for Poisson counts, by expectation maximisation (MLEM).",
    .method = "u <- u A'(b / (A u + background)) / A' 1, with b the counts as measured and the "
              "background modelled rather than "
              "subtracted, so that a pixel of few counts weighs as little as it tells. Starts from "
              "a flat volume; stays positive by "
              "itself. Every iteration raises the likelihood, the later ones mostly by fitting "
              "noise: `iterations` is the regularisation.",
    .citations = citations,
    .limits = "Wants raw counts: filtered or rescaled images no longer have Poisson noise, and "
              "images that go negative are clipped. Slow "
              "where the background is strong.",
    .inputs = problem_inputs,
    .outputs = problem_outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.mlem", "1.0", "BSD-3-Clause", &reconstruct_mlem);
