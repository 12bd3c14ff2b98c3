/* align/ground.h - what is left of a background, fitted out of every image: a polynomial, by
 * weighted least squares. A background taken off beforehand is seen around the specimen only; under
 * it a guess remains, which atoms that had to explain it would turn into what they are not. Fitted
 * out of residuals and of their derivatives alike it is an unknown that the others know of
 * (variable projection: Golub, Pereyra, SIAM J. Numer. Anal. 10, 413 (1973), doi 10.1137/0710036).
 */
#ifndef ALIGN_GROUND_H
#define ALIGN_GROUND_H
#include "kit/polynomial.h"
#include <stddef.h>

typedef struct ground {
    int64_t nt, ny, nx;
    const float *weight; /* [nt][ny][nx] borrowed */
    double *gram;        /* [nt][terms][terms] */
    int threads;
} ground;

/* Of `gram`, which the caller allocates. */
size_t ground_bytes(int64_t nt);
/* Sums of the weights; they stay as they are from here on. */
void ground_weigh(ground *g, int64_t nt, int64_t ny, int64_t nx, const float *weight, int threads);
/* images[nt][ny][nx] -= the polynomial that fits each best. */
void ground_remove(const ground *g, float *images);
#endif
