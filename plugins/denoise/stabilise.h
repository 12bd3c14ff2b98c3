/* denoise/stabilise.h - images of a series on a scale on which their noise has a standard deviation
 * of 1 (kit/anscombe.h), and back. */
#ifndef DENOISE_STABILISE_H
#define DENOISE_STABILISE_H
#include "denoiser.h"
#include "kit/anscombe.h"

typedef struct stabiliser {
    denoiser *d;          /* borrowed */
    double unit;          /* stabilised values are divided by it */
    int32_t *kind;        /* [nt] of noise, from 0; -1: without noise */
    loom_anscombe *table; /* one for each kind */
} stabiliser;

/* Tables for the noise that d says; unit > 0. False when out of memory (reported). [main] */
bool stabiliser_start(loom_call *call, denoiser *d, double unit, stabiliser *s);

/* Scratch that start may take, for `estimate`. */
uint64_t stabiliser_bytes(int64_t nt);

/* Image k of a tilt that has noise, into dst[ny][nx]. [any] */
void stabiliser_forth(const stabiliser *s, int64_t k, float *dst);

/* What a stabilised pixel whose mean is f holds on average: f, or more where that is less than
 * without any electron. [any] */
double stabiliser_mean(const stabiliser *s, int64_t k, double f);

/* Variance of its noise: below 1 where electrons are few. [any] */
double stabiliser_variance(const stabiliser *s, int64_t k, double f);

/* Another recording, stabilised, of a tilt whose stabilised mean is mean[ny][nx]; a pure function
 * of its arguments. [any] */
void stabiliser_draw(const stabiliser *s, int64_t k, const float *mean, float *dst);

/* stable[ny][nx] back to the units of the series, into d->dst; the total above the offset is that
 * of the noisy image where it can be told. Sets d->share[k] from the residuals. A tilt without
 * noise is copied. [any, one thread per tilt] */
void stabiliser_back(const stabiliser *s, int64_t k, const float *stable);
#endif
