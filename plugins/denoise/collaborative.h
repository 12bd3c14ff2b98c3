/* denoise/collaborative.h - block matching and collaborative filtering (Dabov et al. 2007) of
 * images whose noise is white with a standard deviation of 1. */
#ifndef DENOISE_COLLABORATIVE_H
#define DENOISE_COLLABORATIVE_H
#include "match.h"

typedef struct bm3d_step {
    int edge, step, group, search;
    double tau;  /* largest mean squared difference of a match, on the scale of 0 to 255 */
    double beta; /* of the window that estimates are added with */
} bm3d_step;

typedef struct bm3d_profile {
    bm3d_step hard, wiener;
    block_kind kind; /* of the first step; cosines in the second */
    double lambda;   /* threshold of the first step, in standard deviations */
} bm3d_profile;

/* Work space of one thread for images of ny x nx, in floats. */
int64_t bm3d_work(int64_t ny, int64_t nx);

/* First step: dst[ny][nx] from noisy planes (the first is filtered, the others lend blocks).
 * sigma255: the noise on the scale of 0 to 255, for tau. */
void bm3d_first(const bm3d_profile *p, const match_planes *noisy, double sigma255, float *work,
                float *dst);

/* Second step: basic are the results of the first step of the same planes. */
void bm3d_second(const bm3d_profile *p, const match_planes *noisy, const match_planes *basic,
                 double sigma255, float *work, float *dst);
#endif
