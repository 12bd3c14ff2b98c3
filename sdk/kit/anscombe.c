/* kit/anscombe.c - see anscombe.h. */
#include "kit/anscombe.h"
#include <assert.h>
#include <math.h>
#include <stdbool.h>

#define MAX_MEAN 250.0                      /* of the table; beyond it the asymptotic inverse */
enum { MAX_COUNT = 512, MAX_NODES = 1200 }; /* MAX_MEAN and 16 standard deviations */

/* E[2 sqrt(max(0, c + s n))] over standard normal n. With u^2 = c + s n the integrand is an even
 * analytic function of u, so equal steps converge faster than any power. */
static double mean_root(double c, double s)
{
    const double reach = 9;
    if (!(s > 0)) return 2 * sqrt(c > 0 ? c : 0);
    double low = c - reach * s > 0 ? sqrt(c - reach * s) : 0, high = sqrt(c + reach * s), sum = 0;
    double step = (high - low) / MAX_NODES;
    for (int i = low > 0 ? 0 : 1; i <= MAX_NODES; i++) {
        double u = low + step * i, n = (u * u - c) / s;
        sum += u * u * exp(-0.5 * n * n);
    }
    return 4 * step * sum / (s * 2.50662827463100050242);
}

static double poisson_sum(double m, const double *value, int count)
{
    assert(m >= 0 && count > 0);
    double p = exp(-m), sum = 0;
    for (int k = 0; k < count; k++) {
        sum += p * value[k];
        p *= m / (k + 1);
    }
    return sum;
}

/* value[k]: mean of f over the normal noise, at k electrons. */
static void mean_values(double s, double value[MAX_COUNT])
{
    for (int k = 0; k < MAX_COUNT; k++) value[k] = mean_root(k + 0.375 + s * s, s);
}

double loom_anscombe_expected(double m, double s)
{
    double value[MAX_COUNT];
    mean_values(s, value);
    return poisson_sum(m, value, MAX_COUNT);
}

void loom_anscombe_make(double gain, double read, double offset, loom_anscombe *out)
{
    assert(read >= 0);
    double value[MAX_COUNT];
    /* beyond a ratio of 1,000 the electrons' noise is below what a float can tell */
    bool linear = !(gain > 1e-3 * read);
    out->gain = linear ? 0 : gain;
    out->offset = offset;
    out->s = linear ? read : read / gain;
    if (linear) return;
    mean_values(out->s, value);
    for (int i = 0; i < LOOM_ANSCOMBE_ROWS; i++) { /* dense near 0, where f bends */
        double at = (double)i / (LOOM_ANSCOMBE_ROWS - 1);
        out->mean[i] = MAX_MEAN * at * at;
        out->expected[i] = poisson_sum(out->mean[i], value, MAX_COUNT);
    }
}

double loom_anscombe_forth(const loom_anscombe *a, double z)
{
    if (!(a->gain > 0)) return (z - a->offset) / a->s;
    double t = (z - a->offset) / a->gain + 0.375 + a->s * a->s;
    return 2 * sqrt(t > 0 ? t : 0);
}

double loom_anscombe_back(const loom_anscombe *a, double f)
{
    const double *e = a->expected, *m = a->mean;
    if (!(a->gain > 0)) return a->offset + a->s * f;
    double electrons = 0;
    if (f >= e[LOOM_ANSCOMBE_ROWS - 1]) electrons = f * f / 4 - 0.125 - a->s * a->s;
    else if (f > e[0]) {
        int low = 0, high = LOOM_ANSCOMBE_ROWS - 1;
        assert(e[0] < e[high]);
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (e[middle] <= f) low = middle;
            else high = middle;
        }
        electrons = m[low] + (m[high] - m[low]) * (f - e[low]) / (e[high] - e[low]);
    }
    return a->offset + a->gain * electrons;
}
