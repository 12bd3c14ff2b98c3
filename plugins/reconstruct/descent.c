/* descent.c - see descent.h.
 *
 * Acceleration is Nesterov's, with the momentum dropped whenever it points uphill (O'Donoghue and
 * Candes 2015). The projections of the extrapolated volume are the same extrapolation of
 * projections that are known already, so an iteration costs one projection and one back-projection
 * either way, and the table's residuals are those of u itself. */
#include "descent.h"

typedef struct update {
    problem *q;
    const descent *d;
    /* u of this iteration and of the one before, over which the new one is written; the same
     * without momentum */
    float *u, *before;
    double momentum;
} update;

enum { SHORT = 512 }; /* terms that are summed in single precision, eight sums side by side */

/* The new u, with |new - u|^2, |new|^2 and <v - new, new - u> of this piece. */
static void renew(void *user, loom_piece piece)
{
    const update *m = user;
    const problem *q = m->q;
    const float *u = m->u + piece.at,
                *c = m->d->voxel_weight ? m->d->voxel_weight + piece.at : NULL;
    const uint8_t *mask = q->mask ? q->mask + piece.at : NULL;
    float *before = m->before + piece.at, momentum = (float)m->momentum, step = (float)m->d->step;
    float least = q->set.positivity ? 0 : -INFINITY;
    double changed = 0, size = 0, uphill = 0;
    for (int64_t first = 0; first < piece.count; first += SHORT) {
        int64_t end = first + SHORT < piece.count ? first + SHORT : piece.count;
        float some_changed = 0, some_size = 0, some_uphill = 0;
#pragma omp simd reduction(+ : some_changed, some_size, some_uphill)
        for (int64_t i = first; i < end; i++) {
            float v = u[i] + momentum * (u[i] - before[i]);
            float new = v - step *(c ? c[i] : 1) * piece.sum[i];
            new = new > least ? new : least;
            new = mask && !mask[i] ? 0 : new;
            float d = new - u[i];
            some_changed += d * d;
            some_size += new *new;
            some_uphill += (v - new) * d;
            before[i] = new;
        }
        changed += (double)some_changed;
        size += (double)some_size;
        uphill += (double)some_uphill;
    }
    double *part = q->part + 3 * piece.index;
    part[0] = changed;
    part[1] = size;
    part[2] = uphill;
}

/* r = W (A v - b) written over the projections of the u before, which A v takes its momentum from.
 */
static void residual(const problem *q, const descent *d, double momentum, const float *projected,
                     float *before)
{
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
    d->before = before ? problem_floats(q, q->a->volume_floats) : NULL;
    d->projected = problem_floats(q, q->a->image_floats);
    d->other = problem_floats(q, q->a->image_floats);
    return (d->before || !before) && d->projected && d->other;
}

loom_status descend(problem *q, const descent *d)
{
    int64_t nv = q->a->volume_floats, ni = q->a->image_floats;
    /* without momentum in place */
    update m = { .q = q, .d = d, .u = q->u, .before = d->accelerate ? d->before : q->u };
    float *projected = d->projected, *other = d->other;
    if (m.before != m.u) memcpy(m.before, m.u, (size_t)nv * sizeof(float));
    loom_project(q->a, 0, q->nt, m.u, projected);
    memcpy(other, projected, (size_t)ni * sizeof(float));
    bool done = problem_row(q, projected, 0);
    double t = 1;
    for (int64_t i = 1; i <= q->set.iterations && !done; i++) {
        residual(q, d, m.momentum, projected, other);
        loom_back_project(q->a, 0, q->nt, other, renew, &m);
        double change = sqrt(problem_sum(q, 0) / fmax(problem_sum(q, 1), 1e-300));
        if (problem_sum(q, 2) > 0) t = 1;
        double next = (1 + sqrt(1 + 4 * t * t)) / 2;
        m.momentum = d->accelerate ? (t - 1) / next : 0;
        t = next;
        float *u = m.before, *p = other;
        m.before = m.u;
        m.u = u;
        other = projected;
        projected = p;
        loom_project(q->a, 0, q->nt, m.u, projected);
        done = problem_row(q, projected, change);
        if (!problem_progress(q, i)) return LOOM_E_CANCELLED;
        if (!isfinite(q->table[4 * i])) break;
    }
    q->call->host->release(q->call, projected);
    q->call->host->release(q->call, other);
    return problem_close(q, m.u, m.before != m.u ? m.before : d->before);
}

/* Power iteration from a flat volume; the largest ratio of an element to the one before bounds the
 * eigenvalue of a matrix without negative elements from above (Collatz 1942), and A' A is nearly
 * one: the filter's negative taps act where the flat volume has no structure. */
double largest_eigenvalue(problem *q, const descent *d)
{
    int64_t n = q->a->volume_floats;
    float *x = d->before, value = 0;
    for (int64_t i = 0; i < n; i++) x[i] = 1;
    for (int round = 0; round < 6; round++) {
        loom_project(q->a, 0, q->nt, x, d->projected);
        loom_back_project(q->a, 0, q->nt, d->projected, loom_sink_store, x);
        value = 0;
#pragma omp parallel for simd num_threads(q->threads) reduction(max : value)
        for (int64_t i = 0; i < n; i++) value = x[i] > value ? x[i] : value;
        float scale = 1 / value;
#pragma omp parallel for simd num_threads(q->threads)
        for (int64_t i = 0; i < n; i++) x[i] *= scale;
    }
    return (double)value;
}
