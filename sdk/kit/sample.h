/* kit/sample.h - a volume between its samples: linear, or by a not-a-knot cubic spline. */
#ifndef LOOM_KIT_SAMPLE_H
#define LOOM_KIT_SAMPLE_H
#include <atomloom/op.h>

/* What is interpolated: the volume itself (2 taps) or its B-spline coefficients (4 taps, one more
 * sample on each side). */
typedef struct loom_sampled {
    int64_t n[3];      /* samples of the volume along x, y, z */
    int64_t stored[3]; /* entries of `data` along x, y, z */
    int64_t taps;
    const float *data; /* x fastest */
} loom_sampled;

/* `density` [n[2]][n[1]][n[0]], at least 4 samples along each axis; borrowed for linear
 * interpolation, otherwise the coefficients are scratch of the call. False when out of memory
 * (already reported). [main] */
bool loom_sampled_make(loom_call *call, const float *density, const int64_t n[3], bool cubic,
                       loom_sampled *out);

/* Entries first .. first + taps - 1 and their weights for coordinate c along an axis of n samples.
 * False, and no weights, outside 0 .. n-1. [any] */
bool loom_sampled_weights(int64_t taps, int64_t n, double c, int64_t *first, double weight[4]);
#endif
