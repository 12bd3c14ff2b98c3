/* denoise/by_risk.h - filters of single stabilised images whose setting is the one of least squared
 * error, estimated without a truth.
 *
 * For an image g of mean m and a filter F, the mean of (F(g) - m)^2 is that of (F(g) - g)^2, less
 * the variance of the noise, which all settings share, plus twice the covariance of F(g) and g:
 * what the filter lets pass of the noise. It is measured on images drawn anew from the filter's own
 * result (Efron 2004), with counts as few as they are. */
#ifndef DENOISE_BY_RISK_H
#define DENOISE_BY_RISK_H
#include "denoiser.h"

enum { FILTER_MAX_SETTINGS = 16 };

/* What a filter makes of the two is its own. */
typedef struct filter_setting {
    double strength;
    int64_t radius;
} filter_setting;

typedef struct risk_filter {
    filter_setting setting[FILTER_MAX_SETTINGS];
    int settings;  /* 1: set by hand */
    int64_t reach; /* passed to the filter */
    /* floats that `apply` needs for any of the settings */
    int64_t (*work)(const struct risk_filter *, int64_t ny, int64_t nx);
    /* src[ny][nx] with noise of standard deviation 1 into dst[ny][nx]. [worker] */
    void (*apply)(const struct risk_filter *, const filter_setting *, const float *src, int64_t ny,
                  int64_t nx, float *work, float *dst);
} risk_filter;

/* Adds the setting unless it is there. [main] */
void filter_add(risk_filter *f, double strength, int64_t radius);

/* Of all settings. [any] */
int64_t filter_largest_radius(const risk_filter *f);

/* The whole `run` of an op with ports DENOISE_INPUTS and DENOISE_OUTPUTS. Notes the setting and its
 * estimated error; warns where that is no better than the noise itself. [main] */
loom_status filter_series(loom_call *call, const risk_filter *f);

/* The whole `estimate`. [main] */
loom_status filter_estimate(loom_call *call, const risk_filter *f, loom_estimate *out);

/* src[ny][nx] with `pad` mirrored pixels on each side into dst[ny + 2 pad][nx + 2 pad]. [any] */
void filter_pad(const float *src, int64_t ny, int64_t nx, int64_t pad, float *dst);
#endif
