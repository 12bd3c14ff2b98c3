/* descent.c - see descent.h. */
#include "kit/descent.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { SHORT = 512 }; /* terms that are summed in single precision, eight sums at a time */
enum { CHANGED, SIZE, UPHILL }; /* the sums of a piece */
enum { POWER_ROUNDS = 6 };

/* The new u over the one before, with |new - u|^2, |new|^2 and <v - new, new - u> of this piece. */
static void renew(void *user, loom_piece piece)
{
    const loom_descent *d = user;
    const float *u = d->u + piece.at, *c = d->voxel_weight ? d->voxel_weight + piece.at : NULL;
    const uint8_t *mask = d->mask ? d->mask + piece.at : NULL;
    float *before = d->before + piece.at, momentum = (float)d->momentum, step = (float)d->step;
    float least = d->positive ? 0 : -INFINITY;
    double changed = 0, size = 0, uphill = 0;
    for (int64_t first = 0; first < piece.count; first += SHORT) {
        int64_t end = first + SHORT < piece.count ? first + SHORT : piece.count;
        float some_changed = 0, some_size = 0, some_uphill = 0;
#pragma omp simd reduction(+ : some_changed, some_size, some_uphill)
        for (int64_t i = first; i < end; i++) {
            float v = u[i] + momentum * (u[i] - before[i]);
            float next = v - step * (c ? c[i] : 1) * piece.sum[i];
            next = next > least ? next : least;
            next = mask && !mask[i] ? 0 : next;
            float move = next - u[i];
            some_changed += move * move;
            some_size += next * next;
            some_uphill += (v - next) * move;
            before[i] = next;
        }
        changed += (double)some_changed;
        size += (double)some_size;
        uphill += (double)some_uphill;
    }
    double *part = d->part + LOOM_DESCENT_SUMS * piece.index;
    part[CHANGED] = changed;
    part[SIZE] = size;
    part[UPHILL] = uphill;
}

/* Over all pieces, in order. */
static double sum_of(const loom_descent *d, int64_t pieces, int which)
{
    assert(which >= 0 && which < LOOM_DESCENT_SUMS);
    double sum = 0;
    for (int64_t i = 0; i < pieces; i++) sum += d->part[LOOM_DESCENT_SUMS * i + which];
    return sum;
}

void loom_descent_begin(loom_descent *d, const loom_projector *a)
{
    assert(d->u && d->before);
    d->momentum = d->change = 0;
    d->time = 1;
    d->uphill = false;
    if (d->before != d->u) memcpy(d->before, d->u, (size_t)a->volume_floats * sizeof *d->u);
}

void loom_descent_step(loom_descent *d, const loom_projector *a, const float *residual)
{
    assert(d->part && (d->before != d->u || !(d->momentum > 0)));
    assert(d->step >= 0 && residual);
    loom_back_project(a, 0, a->nt, residual, renew, d);
    d->change = sqrt(sum_of(d, a->pieces, CHANGED) / fmax(sum_of(d, a->pieces, SIZE), 1e-300));
    d->uphill = sum_of(d, a->pieces, UPHILL) > 0;
    float *u = d->before;
    d->before = d->u;
    d->u = u;
}

void loom_descent_accelerate(loom_descent *d, bool again)
{
    assert(d->time >= 1);
    double t = again ? 1 : d->time, next = (1 + sqrt(1 + 4 * t * t)) / 2;
    d->momentum = (t - 1) / next;
    d->time = next;
}

/* Power iteration from a flat volume; the largest ratio of an element to the one before bounds the
 * eigenvalue of a matrix without negative elements from above (Collatz 1942), and A' A is nearly
 * one: the filter's negative taps act where the flat volume has no structure. */
double loom_largest_eigenvalue(const loom_projector *a, float *x, float *images)
{
    assert(x && images && a->volume_floats > 0);
    int64_t n = a->volume_floats;
    float value = 0;
    for (int64_t i = 0; i < n; i++) x[i] = 1;
    for (int round = 0; round < POWER_ROUNDS; round++) {
        loom_project(a, 0, a->nt, x, images);
        loom_back_project(a, 0, a->nt, images, loom_sink_store, x);
        value = 0;
#pragma omp parallel for simd num_threads(a->threads) reduction(max : value)
        for (int64_t i = 0; i < n; i++) value = x[i] > value ? x[i] : value;
        float scale = 1 / value;
#pragma omp parallel for simd num_threads(a->threads)
        for (int64_t i = 0; i < n; i++) x[i] *= scale;
    }
    return (double)value;
}
