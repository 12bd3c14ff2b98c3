/* kit/poisson.h - exact Poisson numbers from counter-based random bits. Header only.
 *
 * Means below 10: sequential inversion of the distribution function (one uniform number, good to
 * 2^-52). From 10 on: the transformed rejection PTRS of W. Hoermann, Insurance: Mathematics and
 * Economics 12, 39 (1993), doi 10.1016/0167-6687(93)90997-4, exact for any mean, 1.1 to 1.3 trials
 * each. Trial t uses the counter's t-th place, so a number depends on nothing but its arguments. */
#ifndef LOOM_KIT_POISSON_H
#define LOOM_KIT_POISSON_H
#include "kit/rng.h"

/* ln k! for k >= 0: a table up to 9, from there Stirling's series (error below 1e-13). */
static inline double loom_log_factorial(double k)
{
    static const double small[] = { 0,
                                    0,
                                    0.69314718055994530942,
                                    1.7917594692280550008,
                                    3.1780538303479456197,
                                    4.7874917427820459943,
                                    6.5792512120101009951,
                                    8.5251613610654143002,
                                    10.604602902745250228,
                                    12.801827480081469611 };
    if (k < 10) return small[(int)k];
    double x = k + 1, i = 1 / x, i2 = i * i;
    return (x - 0.5) * log(x) - x + 0.91893853320467274178
           + i
                 * (1 / 12.0
                    - i2 * (1 / 360.0 - i2 * (1 / 1260.0 - i2 * (1 / 1680.0 - i2 / 1188.0))));
}

/* counters one number may use: the chance of needing more is below 1e-30 */
enum { LOOM_POISSON_TRIALS = 64 };

static inline double loom_poisson_by_inversion(double mean, double uniform)
{
    double p = exp(-mean), k = 0;
    while (uniform > p && k < 200) {
        uniform -= p;
        p *= mean / ++k;
    }
    return k;
}

/* A Poisson number of that mean (finite, >= 0; 0 gives 0; below 1e15). Uses the counters
 * LOOM_POISSON_TRIALS*counter and the following LOOM_POISSON_TRIALS - 1 of the stream. */
static inline double loom_poisson(uint64_t seed, uint64_t stream, uint64_t counter, double mean)
{
    uint64_t bits[2], place = counter * LOOM_POISSON_TRIALS;
    if (!(mean > 0)) return 0;
    if (mean < 10) return loom_poisson_by_inversion(mean, loom_uniform(seed, stream, place));
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b,
           inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), vr = 0.9277 - 3.6224 / (b - 2);
    double log_mean = log(mean), k = floor(mean);
    for (int trial = 0; trial < LOOM_POISSON_TRIALS; trial++) {
        loom_random128(seed, stream, place + (uint64_t)trial, bits);
        double u = loom_uniform_of(bits[0]) - 0.5, v = loom_uniform_of(bits[1]), us = 0.5 - fabs(u);
        k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= vr) break;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        if (log(v) + log(inverse_alpha) - log(a / (us * us) + b)
            <= k * log_mean - mean - loom_log_factorial(k))
            break;
    }
    return k > 0 ? k : 0;
}
#endif
