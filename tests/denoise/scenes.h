/* tests/denoise/scenes.h - images of atoms with a known mean, as counts. */
#ifndef TESTS_DENOISE_SCENES_H
#define TESTS_DENOISE_SCENES_H
#include "support/op_test.h"
#include <kit/poisson.h>
#include <math.h>

enum { SCENE_EDGE = 96, SCENE_PIXELS = SCENE_EDGE * SCENE_EDGE };

/* A particle of atoms on a square lattice of `period` pixels, turned a little from tilt to tilt;
 * atoms 1.8 pixels wide, `peak` counts above `base`. */
static inline double scene_mean(int tilt, int i, double peak, double base, double period)
{
    double x = i % SCENE_EDGE - SCENE_EDGE / 2, y = i / SCENE_EDGE - SCENE_EDGE / 2,
           turn = 0.1 * tilt, u = (x * cos(turn) + y * sin(turn)) / period,
           v = (y * cos(turn) - x * sin(turn)) / period, du = period * (u - round(u)),
           dv = period * (v - round(v));
    double inside = 1 / (1 + exp(sqrt(x * x + y * y) - 36));
    return base + peak * inside * exp(-(du * du + dv * dv) / (2 * 1.8 * 1.8));
}

/* mean[nt] and counts[nt] of the scene. */
static inline void scene_record(int nt, double peak, double base, float *mean, float *counts)
{
    for (int k = 0; k < nt; k++)
        for (int i = 0; i < SCENE_PIXELS; i++) {
            double m = scene_mean(k, i, peak, base, 8.3);
            mean[k * SCENE_PIXELS + i] = (float)m;
            counts[k * SCENE_PIXELS + i] = (float)loom_poisson(11, k, i, m);
        }
}

static inline double scene_mse(int64_t n, const float *a, const float *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)(a[i] - b[i]) * (double)(a[i] - b[i]);
    return sum / (double)n;
}

static inline double scene_sum(int64_t n, const float *a)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)a[i];
    return sum;
}

static inline loom_value *scene_series(int nt, const float *images, bool counts)
{
    static const double angles[3 * 64];
    loom_value *v = make_tilt_series(nt, SCENE_EDGE, SCENE_EDGE, 0.3, images, angles);
    if (counts) value_set_number(v, "counts", 1, NULL, NULL);
    return v;
}
#endif
