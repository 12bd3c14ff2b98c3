/* reconstruct/descent.h - projected gradient descent with optional weights and acceleration: RESIRE
 * and SIRT are two settings of it. */
#ifndef RECONSTRUCT_DESCENT_H
#define RECONSTRUCT_DESCENT_H
#include "problem.h"

typedef struct descent {
    double step;               /* times the scaled gradient */
    const float *image_weight; /* image state, or NULL: 1 */
    const float *voxel_weight; /* volume state, or NULL: 1 */
    bool accelerate;
    /* image states to work in, from descent_open; free for set-up until `descend` */
    float *projected, *other;
    float *before; /* a volume state; only needed to accelerate */
} descent;

/* Memory for the iterations, `before` on request; false when out of it (reported). */
bool descent_open(problem *q, descent *d, bool before);
/* u <- P(v - step C A' W (A v - b)), P: positivity and support, v = u or, accelerated, u carried on
 * along the last change. Runs all iterations, fills the table, makes the outputs. */
loom_status descend(problem *q, const descent *d);
/* An upper bound of the largest eigenvalue of A' A, within a few per cent of it. Works in `before`
 * and `projected`. */
double largest_eigenvalue(problem *q, const descent *d);
#endif
