/* kit/descent.h - projected gradient descent on |A u - b|^2 with optional weights and acceleration:
 * the steps that reconstruction and alignment share.
 *
 * A step is u <- P(v - step C A' r), with v = u + momentum (u - before), r the residual W (A v - b)
 * that the caller has made, and P positivity and support. Acceleration is Nesterov's, with the
 * momentum dropped whenever it points uphill (O'Donoghue and Candes 2015,
 * doi 10.1007/s10208-013-9150-3). Volumes and residuals are states of the projector (projector.h).
 *
 *     loom_descent d = { .u = u, .before = before, .part = part, .step = 1 / largest,
 *                        .positive = true };
 *     loom_descent_begin(&d, a);
 *     while (...) {
 *         ... residual at v = d.u + d.momentum (d.u - d.before) ...
 *         loom_descent_step(&d, a, residual);
 *         loom_descent_accelerate(&d, d.uphill);
 *     } */
#ifndef LOOM_KIT_DESCENT_H
#define LOOM_KIT_DESCENT_H
#include "kit/projector.h"

enum { LOOM_DESCENT_SUMS = 3 };

typedef struct loom_descent {
    /* The volume and the one before it, which change places with every step. Without momentum both
     * may be one state. Borrowed. */
    float *u, *before;
    const uint8_t *mask;       /* as a state, 0 outside the support; NULL: everywhere */
    const float *voxel_weight; /* C, a state; NULL: 1 */
    double *part;              /* [pieces of the projector][LOOM_DESCENT_SUMS] to work in */
    double step;               /* times the gradient */
    bool positive;             /* negative voxels become zero */
    /* set by the functions below */
    double momentum; /* of the next step: v = u + momentum (u - before) */
    double time;     /* Nesterov's t */
    double change;   /* |u - before| / |u| of the last step */
    bool uphill;     /* the last step turned back on the one before it */
} loom_descent;

/* Forgets all momentum, and makes `before` a copy of `u`. [main] */
void loom_descent_begin(loom_descent *d, const loom_projector *a);

/* One step with `residual` (an image state), summed over all views. Sets u, before, change and
 * uphill. [main] */
void loom_descent_step(loom_descent *d, const loom_projector *a, const float *residual);

/* The momentum of the next step; it starts again from nothing where `again`. [main] */
void loom_descent_accelerate(loom_descent *d, bool again);

/* An upper bound of the largest eigenvalue of A' A, within a few per cent of it: plain steps
 * converge below 2 / it, accelerated ones below 1 / it. `x` (a volume state) and `images` (an image
 * state) are to work in. [main] */
double loom_largest_eigenvalue(const loom_projector *a, float *x, float *images);
#endif
