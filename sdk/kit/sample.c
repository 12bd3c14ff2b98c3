/* kit/sample.c - see sample.h */
#include "kit/sample.h"
#include <assert.h>
#include <math.h>

/* Coefficients c[-1 .. n] (at c[0 .. n+1]) of the not-a-knot spline through f[0 .. n-1]: c[i-1] + 4
 * c[i] + c[i+1] = 6 f[i], and no jump of the third derivative at the second sample from each end,
 * which makes those two coefficients explicit. `d` holds n numbers. */
static void spline_coefficients(const double *f, int64_t n, double *restrict c, double *restrict d)
{
    assert(n >= 3 && f != c);
    double *at = c + 1;
    at[1] = (8 * f[1] - f[0] - f[2]) / 6;
    at[n - 2] = (8 * f[n - 2] - f[n - 1] - f[n - 3]) / 6;
    d[1] = 0; /* ratios of the elimination from 2 to n-3 */
    for (int64_t i = 2; i <= n - 3; i++) {
        double pivot = 4 - d[i - 1];
        d[i] = 1 / pivot;
        at[i] = (6 * f[i] - at[i - 1]) / pivot;
    }
    for (int64_t i = n - 3; i >= 2; i--) at[i] -= d[i] * at[i + 1];
    at[0] = 6 * f[1] - 4 * at[1] - at[2];
    at[-1] = 6 * f[0] - 4 * at[0] - at[1];
    at[n - 1] = 6 * f[n - 2] - 4 * at[n - 2] - at[n - 3];
    at[n] = 6 * f[n - 1] - 4 * at[n - 1] - at[n - 2];
}

/* Along one axis: src[outer][n][inner] -> dst[outer][n+2][inner]. `line` holds 3 n + 2 numbers. */
static void spline_axis(const float *src, int64_t outer, int64_t n, int64_t inner,
                        float *restrict dst, double *line)
{
    assert(src != dst && outer >= 0 && inner > 0);
    double *f = line, *c = line + n, *d = line + 2 * n + 2;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t k = 0; k < inner; k++) {
            for (int64_t i = 0; i < n; i++) f[i] = (double)src[(o * n + i) * inner + k];
            spline_coefficients(f, n, c, d);
            for (int64_t i = 0; i < n + 2; i++) dst[(o * (n + 2) + i) * inner + k] = (float)c[i];
        }
}

static const float *spline_volume(loom_call *call, const float *density, const int64_t n[3])
{
    const loom_host *h = call->host;
    int64_t longest = n[0] > n[1] ? n[0] : n[1];
    if (n[2] > longest) longest = n[2];
    double *line = h->scratch(call, sizeof *line * (size_t)(3 * longest + 2));
    float *a = h->scratch(call, sizeof *a * (size_t)(n[2] * n[1] * (n[0] + 2)));
    float *b = h->scratch(call, sizeof *b * (size_t)(n[2] * (n[1] + 2) * (n[0] + 2)));
    float *c = h->scratch(call, sizeof *c * (size_t)((n[2] + 2) * (n[1] + 2) * (n[0] + 2)));
    if (!line || !a || !b || !c) return NULL;
    spline_axis(density, n[2] * n[1], n[0], 1, a, line);
    spline_axis(a, n[2], n[1], n[0] + 2, b, line);
    spline_axis(b, 1, n[2], (n[1] + 2) * (n[0] + 2), c, line);
    h->release(call, a);
    h->release(call, b);
    return c;
}

bool loom_sampled_make(loom_call *call, const float *density, const int64_t n[3], bool cubic,
                       loom_sampled *out)
{
    *out = (loom_sampled){ .taps = cubic ? 4 : 2,
                           .data = cubic ? spline_volume(call, density, n) : density };
    for (int k = 0; k < 3; k++) {
        out->n[k] = n[k];
        out->stored[k] = n[k] + (cubic ? 2 : 0);
    }
    return out->data != NULL;
}

bool loom_sampled_weights(int64_t taps, int64_t n, double c, int64_t *first, double w[4])
{
    assert(taps == 2 || taps == 4);
    if (!(c >= 0 && c <= (double)(n - 1))) return false;
    /* the last sample is the end of the last interval */
    int64_t base = (int64_t)c < n - 2 ? (int64_t)c : n - 2;
    double t = c - (double)base, s = 1 - t;
    *first = base;
    if (taps == 2) {
        w[0] = s;
        w[1] = t;
        return true;
    }
    w[0] = s * s * s / 6; /* uniform cubic B-spline */
    w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
    w[3] = t * t * t / 6;
    return true;
}
