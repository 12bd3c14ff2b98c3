/* kit/gaussian.h - separable Gaussian filter, one axis at a time. */
#ifndef LOOM_KIT_GAUSSIAN_H
#define LOOM_KIT_GAUSSIAN_H
#include <stdint.h>

enum { LOOM_GAUSSIAN_REACH = 256 }; /* samples on each side at most: sigma up to 64 */
#define LOOM_GAUSSIAN_MAX_SIGMA 64.0

/* What lies beyond the first and last sample. */
typedef enum loom_border {
    LOOM_BORDER_REFLECT, /* c b a | a b c: keeps the sum of all samples exactly */
    LOOM_BORDER_NEAREST, /* a a a | a b c */
    LOOM_BORDER_ZERO     /* 0 0 0 | a b c: what passes the border is lost. A symmetric matrix, as
                            REFLECT is */
} loom_border;

/* A Gaussian cut at four sigma and normalised to sum 1: weight[0] at the centre, weight[i] at
 * distance i. */
typedef struct loom_gaussian {
    int64_t reach;
    float weight[LOOM_GAUSSIAN_REACH + 1];
} loom_gaussian;

/* 0 <= sigma <= LOOM_GAUSSIAN_MAX_SIGMA, in samples; 0 gives the identity. [any] */
void loom_gaussian_make(double sigma, loom_gaussian *out);

/* Filter the middle axis of src[outer][n][inner] into dst (not overlapping). inner is 1 for the
 * fastest axis. [main] */
void loom_gaussian_axis(const loom_gaussian *g, loom_border border, const float *src, int64_t outer,
                        int64_t n, int64_t inner, float *restrict dst, int threads);

/* Every image of src[images][ny][nx] filtered along x and y. `work` is as large as src; src may be
 * dst. [main] */
void loom_gaussian_images(const loom_gaussian *g, loom_border border, const float *src,
                          int64_t images, int64_t ny, int64_t nx, float *work, float *dst,
                          int threads);

/* src[n[2]][n[1]][n[0]] filtered along all axes, mirrored at its faces. `work` is as large as src;
 * src must not be dst. [main] */
void loom_gaussian_volume(const loom_gaussian *g, const float *src, const int64_t n[3], float *work,
                          float *dst, int threads);
#endif
