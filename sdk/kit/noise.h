/* kit/noise.h - what a series says of its noise, and how an op says what it did to it.
 *
 * A pixel of tilt k whose expectation is m has the variance
 *     factor (gain (m - offset) + read^2),
 * with the columns noise_gain, noise_read, offset and noise_factor of types.h. Counts of electrons
 * need no columns: gain 1, the rest 0, factor 1. A linear filter of kernel w leaves factor sum w^2
 * (and noise that is no longer white); a Fourier shift leaves all of it. A series without columns
 * that is not marked as counts has noise that is not known. */
#ifndef LOOM_KIT_NOISE_H
#define LOOM_KIT_NOISE_H
#include <atomloom/op.h>

typedef struct loom_noise {
    double gain, read, offset, factor;
} loom_noise;

static inline double loom_noise_variance(const loom_noise *n, double mean)
{
    double signal = n->gain * (mean - n->offset);
    return n->factor * ((signal > 0 ? signal : 0) + n->read * n->read);
}

/* Into noise[nt] what input `port` (frames or tilt_series of nt tilts) says. 1: known, 0: it says
 * nothing, -1: failed with a message (columns of another length, negative or not finite). [main] */
int loom_noise_read(loom_call *call, const char *port, int64_t nt, loom_noise *noise);

/* The same of value `index` of a port that takes several. [main] */
int loom_noise_read_at(loom_call *call, const char *port, int64_t index, int64_t nt,
                       loom_noise *noise);

/* Writes the columns of `out`, and noise_model ("known", "estimated"; NULL: left to be passed on).
 * False when out of memory (reported). [main] */
bool loom_noise_write(loom_call *call, loom_value *out, int64_t nt, const loom_noise *noise,
                      const char *model);

/* What the series of input `port` said, times the share of variance of each tilt that the op
 * leaves, into `out`; nothing where the input's noise is not known. share: [nt], or NULL for 1
 * everywhere. To be called before loom_pass_rest. False after failing. [main] */
bool loom_noise_pass(loom_call *call, const char *port, loom_value *out, int64_t nt,
                     const double *share);
#endif
