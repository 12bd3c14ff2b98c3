/* diffusion/relax.c - see relax.h */
#include "relax.h"
#include "kit/poisson.h"
#include <assert.h>
#include <math.h>
#include <string.h>

int32_t relaxation_terms(double mean)
{
    assert(mean >= 0 && mean <= MAX_RATE_TIME);
    return (int32_t)ceil(mean + 8 * sqrt(mean) + 12);
}

double relaxation_coefficient(relax_kind kind, const double *rate_time, int32_t k, double D,
                              double *derivative)
{
    double c;
    if (kind == RELAX_MODES) {
        c = exp(-D * rate_time[k]);
        *derivative = -D * rate_time[k] * c;
    } else {
        double mean = D * *rate_time;
        c = mean > 0 ? exp(k * log(mean) - mean - loom_log_factorial(k)) : k == 0;
        *derivative = (k - mean) * c;
    }
    return c;
}

void relaxation_at(const relaxation *r, double D, double *out, double *derivative)
{
    memset(out, 0, sizeof *out * (size_t)r->layers);
    if (derivative) memset(derivative, 0, sizeof *derivative * (size_t)r->layers);
    for (int32_t k = 0; k < r->terms; k++) {
        double slope, c = relaxation_coefficient(r->kind, r->rate_time, k, D, &slope);
        const double *mean = r->mean + (int64_t)k * r->layers;
        if (c < 1e-15 && r->kind == RELAX_POWERS) continue;
        for (int32_t q = 0; q < r->layers; q++) out[q] += c * mean[q];
        if (derivative)
            for (int32_t q = 0; q < r->layers; q++) derivative[q] += slope * mean[q];
    }
}

double relaxation_misfit(const relaxation *steps, int n, double D)
{
    double sum = 0, predicted[MAX_LAYERS];
    for (int s = 0; s < n; s++) {
        relaxation_at(&steps[s], D, predicted, NULL);
        for (int32_t q = 0; q < steps[s].layers; q++) {
            double d = predicted[q] - steps[s].observed[q];
            sum += steps[s].weight[q] * d * d;
        }
    }
    return sum;
}

double relaxation_score(const relaxation *steps, int n, double D)
{
    double sum = 0, predicted[MAX_LAYERS], slope[MAX_LAYERS];
    for (int s = 0; s < n; s++) {
        relaxation_at(&steps[s], D, predicted, slope);
        for (int32_t q = 0; q < steps[s].layers; q++)
            sum += steps[s].weight[q] * (predicted[q] - steps[s].observed[q]) * slope[q];
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
        if (m < best) {
            best = m;
            at = i;
        }
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

/* One implicit QL sweep on rows l .. m (Bowdler, Martin, Reinsch & Wilkinson, Numer. Math. 11, 293
 * (1968)). */
static void ql_sweep(int32_t n, int32_t l, int32_t m, double *d, double *e, double *v)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1), s = 1, c = 1, p = 0;
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (int32_t i = m - 1; i >= l; i--) {
        double f = s * e[i], b = c * e[i];
        e[i + 1] = r = hypot(f, g);
        if (r == 0) {
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        for (int32_t k = 0; k < n; k++) {
            f = v[(int64_t)(i + 1) * n + k];
            v[(int64_t)(i + 1) * n + k] = s * v[(int64_t)i * n + k] + c * f;
            v[(int64_t)i * n + k] = c * v[(int64_t)i * n + k] - s * f;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

bool tridiagonal_modes(int32_t n, const double *diagonal, const double *off, double *value,
                       double *vector)
{
    double e[MAX_LAYERS] = { 0 };
    assert(n >= 1 && n <= MAX_LAYERS);
    memcpy(value, diagonal, sizeof *value * (size_t)n);
    memcpy(e, off, sizeof *e * (size_t)(n - 1));
    memset(vector, 0, sizeof *vector * (size_t)n * (size_t)n);
    for (int32_t k = 0; k < n; k++) vector[(int64_t)k * n + k] = 1;
    for (int32_t l = 0; l < n; l++)
        for (int round = 0;; round++) {
            int32_t m = l;
            while (m < n - 1 && fabs(e[m]) > 1e-16 * (fabs(value[m]) + fabs(value[m + 1]))) m++;
            if (m == l) break;
            if (round == 60) return false;
            ql_sweep(n, l, m, value, e, vector);
        }
    return true;
}
