/* place.c - see place.h. */
#include "place.h"
#include <assert.h>
#include <math.h>

enum { DIRECTIONS = 300 }; /* each with its opposite */
#define GOLDEN_ANGLE 2.39996322972865332

/* Nearly even over half of the sphere. */
static void direction(int i, double u[3])
{
    assert(i >= 0 && i < DIRECTIONS);
    double z = (i + 0.5) / DIRECTIONS, r = sqrt(1 - z * z), phase = GOLDEN_ANGLE * i;
    u[0] = r * cos(phase);
    u[1] = r * sin(phase);
    u[2] = z;
}

/* Depth below the planes that touch the particle. */
static void find_depth(int64_t n, const double *position, double *depth)
{
    for (int64_t i = 0; i < n; i++) depth[i] = INFINITY;
    for (int k = 0; k < DIRECTIONS; k++) {
        double u[3], low = INFINITY, high = -INFINITY;
        direction(k, u);
        for (int64_t i = 0; i < n; i++) {
            const double *x = position + 3 * i;
            double along = u[0] * x[0] + u[1] * x[1] + u[2] * x[2];
            low = fmin(low, along);
            high = fmax(high, along);
        }
        for (int64_t i = 0; i < n; i++) {
            const double *x = position + 3 * i;
            double along = u[0] * x[0] + u[1] * x[1] + u[2] * x[2];
            depth[i] = fmin(depth[i], fmin(along - low, high - along));
        }
    }
}

/* Mean 0 and variance 1; all 0 where the term is the same everywhere. */
static void standardise(int64_t n, int term, double *f)
{
    assert(n > 0 && term >= 0 && term < PLACE_TERMS);
    double mean = 0, square = 0;
    for (int64_t i = 0; i < n; i++) mean += f[PLACE_TERMS * i + term] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double *at = f + PLACE_TERMS * i + term;
        *at -= mean;
        square += *at * *at / (double)n;
    }
    double scale = square > 1e-12 * mean * mean ? 1 / sqrt(square) : 0;
    for (int64_t i = 0; i < n; i++) f[PLACE_TERMS * i + term] *= scale;
}

bool place_functions(loom_call *call, int64_t n, const double *position, const double *depth,
                     double *f)
{
    double *found = NULL, centre[3] = { 0 };
    if (!depth) {
        found = call->host->scratch(call, (size_t)(n + 1) * sizeof *found);
        if (!found) return false;
        find_depth(n, position, found);
    }
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) centre[k] += position[3 * i + k] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = depth ? depth[i] : found[i], x = position[3 * i] - centre[0],
               z = position[3 * i + 2] - centre[2], *at = f + PLACE_TERMS * i;
        at[0] = d;
        at[1] = d * d;
        at[2] = x * x;
        at[3] = z * z;
    }
    for (int term = 0; term < PLACE_TERMS; term++) standardise(n, term, f);
    if (found) call->host->release(call, found);
    return true;
}
