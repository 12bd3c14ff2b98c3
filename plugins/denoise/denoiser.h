/* denoise/denoiser.h - what all denoisers share: their ports, what they need to know of the noise,
 * and what they say of the noise they leave. */
#ifndef DENOISE_DENOISER_H
#define DENOISE_DENOISER_H
#include <atomloom/op.h>
#include "kit/noise.h"

/* clang-format off */
#define DENOISE_INPUTS \
    { "tilts", "tilt_series", "noisy images; their noise is measured where they do not say it", 0 }
#define DENOISE_OUTPUTS \
    { "tilts", "tilt_series", \
      "the images with less noise; everything else as it was, `counts` is 0", 0 }
/* clang-format on */

typedef struct denoiser {
    int64_t nt, ny, nx;
    const float *src;  /* [nt][ny][nx] */
    float *dst;        /* [nt][ny][nx] of the output */
    const char *unit;  /* of the images */
    loom_noise *noise; /* [nt] of the input */
    double *share;     /* [nt] of the noise's variance that is left, to be set */
    const char *model; /* noise_model of the output; NULL: as it was */
    int threads;
} denoiser;

/* Input `tilts` checked (not empty, finite), the noise of each tilt read, or measured with a note
 * where nothing is known. A failure status after failing. [main] */
loom_status denoiser_open(loom_call *call, denoiser *d);

/* The output with its images still zero (d->dst). [main] */
loom_status denoiser_start(loom_call *call, denoiser *d);

/* What is left to write once dst and share are filled. [main] */
loom_status denoiser_end(loom_call *call, const denoiser *d);

/* Scratch that open and start may take, for `estimate`. */
uint64_t denoiser_bytes(loom_call *call);

/* Variance of the noise of a pixel of tilt k, mean over its pixels. */
double denoiser_mean_variance(const denoiser *d, int64_t k);
#endif
