/* kit/anscombe.h - the generalised Anscombe transform: counts with Poisson and normal noise turned
 * into numbers whose noise has a standard deviation of 1, and back without bias.
 *
 * Forth: f(z) = 2 sqrt(max(0, x + 3/8 + s^2)) with x = (z - offset) / gain, s = read / gain. Back:
 * the mean m for which E[f] is the given number (Makitalo and Foi, IEEE Trans. Image Process. 22,
 * 91, 2013), by a table made here from Poisson sums over exact normal integrals. Without gain
 * (noise that does not depend on the mean) both are linear. */
#ifndef LOOM_KIT_ANSCOMBE_H
#define LOOM_KIT_ANSCOMBE_H
#include <stdint.h>

enum { LOOM_ANSCOMBE_ROWS = 1024 };

typedef struct loom_anscombe {
    double gain, offset, s; /* linear: gain 0, s the standard deviation */
    /* mean[i] in electrons and E[f] at that mean, both increasing */
    double mean[LOOM_ANSCOMBE_ROWS], expected[LOOM_ANSCOMBE_ROWS];
} loom_anscombe;

/* gain, read >= 0 and not both 0, finite. Some milliseconds. [any] */
void loom_anscombe_make(double gain, double read, double offset, loom_anscombe *out);

double loom_anscombe_forth(const loom_anscombe *a, double z);

/* The unbiased inverse: a mean in the units of z, never below the offset where there is a gain. */
double loom_anscombe_back(const loom_anscombe *a, double f);

/* E[f] at a mean of m electrons, Poisson counts plus normal noise of standard deviation s. */
double loom_anscombe_expected(double m, double s);
#endif
