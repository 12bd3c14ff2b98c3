/* denoise/noise_fit.h - gain and read noise of a detector, measured from its images: the variance
 * of what no specimen shows, against the mean.
 *
 * Differences along both axes (second, fourth or sixth; orthogonal to planes) leave white noise and
 * take away what is smooth; of several frames of a tilt the differences between frames are taken
 * first. With kernels of unit norm the mean square of the result is the variance of a pixel, for
 * noise of any distribution. Pixels are sorted into classes of equal numbers by the mean of the
 * square around them; variance = gain (mean - offset) + read^2 is fitted to the classes of all
 * tilts. */
#ifndef DENOISE_NOISE_FIT_H
#define DENOISE_NOISE_FIT_H
#include <atomloom/op.h>

enum { NOISE_CLASSES = 32, NOISE_ORDERS = 3, NOISE_MIN_EDGE = 12 };

/* Pixels of one tilt and order, by class. */
typedef struct noise_classes {
    double n[NOISE_CLASSES], mean[NOISE_CLASSES], variance[NOISE_CLASSES];
} noise_classes;

typedef struct noise_job {
    const float *images;    /* [nt][nf][ny][nx], finite, ny and nx >= NOISE_MIN_EDGE */
    int64_t nt, nf, ny, nx; /* nf >= 1 */
    int threads;
} noise_job;

/* Straight line through classes of tilts first .. end-1. */
typedef struct noise_line {
    double gain, fixed;              /* variance = gain mean + fixed */
    double gain_error, fixed_error;  /* standard errors */
    double through_zero, zero_error; /* gain of a line with fixed = 0 */
    double mean, variance;           /* of all pixels used */
    double pixels;
} noise_line;

/* classes[nt][NOISE_ORDERS] of every tilt; false when out of memory (reported) or asked to stop
 * (cancelled). The same bytes for any number of threads. [main] */
bool noise_classify(loom_call *call, const noise_job *job, noise_classes *classes);

/* The line of one order (0 .. NOISE_ORDERS-1) through the classes of tilts first .. end-1; all
 * zeros where there are no pixels. */
noise_line noise_fit_line(const noise_classes *classes, int64_t first, int64_t end, int order);

/* The lowest order from which on the variance falls no further: higher ones have fewer independent
 * samples, lower ones may show the specimen. */
int noise_choose_order(const noise_classes *classes, int64_t nt);
#endif
