/* prepare/harmonic.h - Laplace's equation inside a set of pixels. */
#ifndef PREPARE_HARMONIC_H
#define PREPARE_HARMONIC_H
#include <stdint.h>

/* v[ny nx] where set is 1 becomes the solution of: each pixel is the mean of its neighbours (2 to 4
 * of them; beyond the image there are none, so no flux crosses its edge). Where set is 0 v is given
 * and stays. Values inside are where the iteration begins. Returns the largest residual over the
 * largest absolute value of v; 0 where the set is empty, -1 where it is the whole image, which has
 * no solution. work: 5 ny nx doubles. */
double harmonic_fill(const uint8_t *set, int64_t ny, int64_t nx, double *v, double *work);
#endif
