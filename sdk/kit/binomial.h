/* kit/binomial.h - exact binomial numbers from counter-based random bits. Header only.
 *
 * Means below 10: sequential inversion of the distribution function. From 10 on: transformed
 * rejection (BTRS, W. Hoermann, J. Statist. Comput. Simul. 46, 101 (1993),
 * doi 10.1080/00949659308811496), exact for any size. A number depends on nothing but its
 * arguments.
 *
 * Thinning: where n is a Poisson number, k ~ Binomial(n, p) and n - k are independent Poisson
 * numbers with p and 1 - p of its mean. */
#ifndef LOOM_KIT_BINOMIAL_H
#define LOOM_KIT_BINOMIAL_H
#include "kit/poisson.h"

static inline double loom_binomial_by_inversion(double n, double p, double uniform)
{
    double k = 0, odds = p / (1 - p), q = exp(n * log1p(-p));
    while (uniform > q && k < n) {
        uniform -= q;
        q *= odds * (n - k) / (k + 1);
        k++;
    }
    return k;
}

/* A binomial number of n trials (an integer >= 0, below 2^53) with success p, 0 < p <= 1/2. Uses
 * the counters LOOM_POISSON_TRIALS*counter and the following LOOM_POISSON_TRIALS - 1 of the stream.
 */
static inline double loom_binomial(uint64_t seed, uint64_t stream, uint64_t counter, double n,
                                   double p)
{
    uint64_t bits[2], place = counter * LOOM_POISSON_TRIALS;
    double mean = n * p, deviation = sqrt(mean * (1 - p)), k = floor(mean);
    if (mean < 10) return loom_binomial_by_inversion(n, p, loom_uniform(seed, stream, place));
    double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p, vr = 0.92 - 4.2 / b,
           alpha = (2.83 + 5.1 / b) * deviation, top = floor((n + 1) * p), odds = log(p / (1 - p));
    for (int trial = 0; trial < LOOM_POISSON_TRIALS; trial++) {
        loom_random128(seed, stream, place + (uint64_t)trial, bits);
        double u = loom_uniform_of(bits[0]) - 0.5, v = loom_uniform_of(bits[1]), us = 0.5 - fabs(u);
        k = floor((2 * a / us + b) * u + mean + 0.5);
        if (k < 0 || k > n) continue;
        if (us >= 0.07 && v <= vr) break;
        if (log(v * alpha / (a / (us * us) + b))
            <= loom_log_factorial(top) + loom_log_factorial(n - top) - loom_log_factorial(k)
                   - loom_log_factorial(n - k) + (k - top) * odds)
            break;
    }
    return k < 0 ? 0 : k > n ? n : k;
}
#endif
