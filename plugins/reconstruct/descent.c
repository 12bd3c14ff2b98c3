/* descent.c - see descent.h.
 *
 * The projections of the volume that momentum leads to are the same extrapolation of projections
 * that are known already, so an iteration costs one projection and one back-projection either way,
 * and the table's residuals are those of u itself. */
#include "descent.h"
#include "kit/descent.h"
#include <assert.h>

/* r = W (A v - b) written over the projections of the u before, which A v takes its momentum from.
 */
static void residual(const problem *q, const descent *d, double momentum, const float *projected,
                     float *before)
{
    assert(momentum >= 0 && projected != before);
    float beta = (float)momentum;
    const float *w = d->image_weight;
#pragma omp parallel for simd num_threads(q->threads) schedule(static)
    for (int64_t i = 0; i < q->a->image_floats; i++) {
        float r = projected[i] + beta * (projected[i] - before[i]) - q->b[i];
        before[i] = w ? w[i] * r : r;
    }
}

bool descent_open(problem *q, descent *d, bool before)
{
    d->before = before ? problem_state(q, q->a->volume_floats) : NULL;
    d->projected = problem_state(q, q->a->image_floats);
    d->other = problem_state(q, q->a->image_floats);
    return (d->before || !before) && d->projected && d->other;
}

/* One iteration; `projected` and `other` (the projections of u and of the one before) change
 * places as u and before do. */
static void iterate(const problem *q, const descent *d, loom_descent *steps, float **projected,
                    float **other)
{
    assert(*projected != *other);
    float *p = *other;
    residual(q, d, steps->momentum, *projected, p);
    problem_drop_left_out(q, p);
    loom_descent_step(steps, q->a, p);
    if (d->accelerate) loom_descent_accelerate(steps, steps->uphill);
    *other = *projected;
    *projected = p;
    loom_project(q->a, 0, q->nt, steps->u, p);
}

loom_status descend(problem *q, const descent *d)
{
    assert(d->projected);
    /* without momentum in place */
    loom_descent steps = { .u = q->u,
                           .before = d->accelerate ? d->before : q->u,
                           .mask = q->mask,
                           .voxel_weight = d->voxel_weight,
                           .part = q->part,
                           .step = d->step,
                           .positive = q->set.positivity };
    float *projected = d->projected, *other = d->other;
    loom_descent_begin(&steps, q->a);
    loom_project(q->a, 0, q->nt, steps.u, projected);
    memcpy(other, projected, (size_t)q->a->image_floats * sizeof(float));
    bool done = problem_row(q, projected, 0);
    for (int64_t i = 1; i <= q->set.iterations && !done; i++) {
        iterate(q, d, &steps, &projected, &other);
        done = problem_row(q, projected, steps.change);
        if (!problem_progress(q, i)) return LOOM_E_CANCELLED;
        if (problem_finish(q, i)) break;
        if (!isfinite(q->table[4 * i])) break;
    }
    problem_release(q, projected);
    problem_release(q, other);
    q->made = steps.u;
    q->spare = steps.before != steps.u ? steps.before : d->before;
    return LOOM_OK;
}
