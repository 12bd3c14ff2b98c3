/* diffusion/relax.c - see relax.h */
#include "relax.h"
#include <math.h>
#include <string.h>

int32_t relaxation_terms(double mean) { return (int32_t)ceil(mean + 8 * sqrt(mean) + 12); }

void relaxation_at(const relaxation *r, double D, double *out)
{
    double mean = D * r->rate_time, term = exp(-mean), log_term = -mean;
    memset(out, 0, sizeof *out * (size_t)r->layers);
    for (int32_t k = 0; k < r->terms; k++) {
        if (k) log_term += log(mean / k);
        term = exp(log_term); /* in logarithms: exp(-mean) alone would be 0 for a large mean */
        for (int32_t q = 0; q < r->layers; q++) out[q] += term * r->mean[k * r->layers + q];
    }
}

double relaxation_misfit(const relaxation *steps, int n, double D)
{
    double sum = 0, predicted[MOST_LAYERS];
    for (int s = 0; s < n; s++) {
        relaxation_at(&steps[s], D, predicted);
        for (int32_t q = 0; q < steps[s].layers; q++) {
            double d = predicted[q] - steps[s].observed[q];
            sum += steps[s].weight[q] * d * d;
        }
    }
    return sum;
}

double relaxation_fit(const relaxation *steps, int n, double low, double high)
{
    enum { SCAN = 48 };
    const double golden = 0.61803398874989485;
    double a = log(low), b = log(high), step = (b - a) / SCAN, best = INFINITY;
    int at = 0;
    for (int i = 0; i <= SCAN; i++) {
        double m = relaxation_misfit(steps, n, exp(a + i * step));
        if (m < best) { best = m; at = i; }
    }
    double left = a + (at > 0 ? at - 1 : 0) * step, right = a + (at < SCAN ? at + 1 : SCAN) * step;
    double x1 = right - golden * (right - left), x2 = left + golden * (right - left);
    double f1 = relaxation_misfit(steps, n, exp(x1)), f2 = relaxation_misfit(steps, n, exp(x2));
    while (right - left > 1e-4) {
        if (f1 <= f2) {
            right = x2;
            x2 = x1;
            f2 = f1;
            x1 = right - golden * (right - left);
            f1 = relaxation_misfit(steps, n, exp(x1));
        } else {
            left = x1;
            x1 = x2;
            f1 = f2;
            x2 = left + golden * (right - left);
            f2 = relaxation_misfit(steps, n, exp(x2));
        }
    }
    return exp((left + right) / 2);
}
