/* trace/fine_grid.c - see fine_grid.h */
#include "fine_grid.h"
#include <math.h>
#include <string.h>

/* ---- cubic spline: coefficients of B-splines, one axis at a time ------------------------------------------------------- */

/* Coefficients c[-1 .. n] (at c[0 .. n+1]) of the not-a-knot spline through f[0 .. n-1]: c[i-1] + 4 c[i] + c[i+1] = 6 f[i], and no jump of
 * the third derivative at the second sample from each end, which makes those two coefficients explicit. `d` holds n numbers. */
static void spline_coefficients(const double *f, int64_t n, double *restrict c, double *restrict d)
{
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
static void spline_axis(const float *src, int64_t outer, int64_t n, int64_t inner, float *restrict dst, double *line)
{
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

/* ---- the grid ----------------------------------------------------------------------------------------------------------- */

static bool make_axis(loom_call *call, const fine_grid *g, int64_t n, fine_axis *out)
{
    int64_t u = g->upsampling, inner = u * (n - 2) + 2;
    out->n = inner + 2 * g->pad;
    out->first = call->host->scratch(call, sizeof *out->first * (size_t)out->n);
    out->weight = call->host->scratch(call, sizeof *out->weight * (size_t)out->n);
    if (!out->first || !out->weight) return false;
    for (int64_t i = 0; i < out->n; i++) {
        int64_t f = i - g->pad, base = (f + u - 1) / u;
        double *w = out->weight[i], t = (double)((f + u - 1) % u) / (double)u;
        memset(w, 0, sizeof *out->weight);
        out->first[i] = -1;
        if (f < 0 || f >= inner) continue;
        if (base == n - 1) { base = n - 2; t = 1; } /* the last sample is the end of the last interval */
        out->first[i] = (int32_t)base;
        double s = 1 - t;
        if (g->taps == 2) { w[0] = s; w[1] = t; continue; }
        w[0] = s * s * s / 6; /* uniform cubic B-spline */
        w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
        w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
        w[3] = t * t * t / 6;
    }
    return true;
}

bool fine_grid_make(loom_call *call, const float *density, const int64_t n[3], int64_t upsampling, bool cubic, int64_t pad, fine_grid *out)
{
    *out = (fine_grid){ .upsampling = upsampling, .pad = pad, .taps = cubic ? 4 : 2 };
    out->data = cubic ? spline_volume(call, density, n) : density;
    if (!out->data) return false;
    for (int k = 0; k < 3; k++) {
        out->stored[k] = n[k] + (cubic ? 2 : 0);
        if (!make_axis(call, out, n[k], &out->axis[k])) return false;
    }
    return true;
}

/* sum[k] = the stored samples at x = from + k, combined along y and z. */
static void combine(const fine_grid *g, int64_t y, int64_t z, int64_t from, int64_t count, double *restrict sum)
{
    const fine_axis *ay = &g->axis[1], *az = &g->axis[2];
    memset(sum, 0, sizeof *sum * (size_t)count);
    if (ay->first[y] < 0 || az->first[z] < 0) return;
    for (int64_t c = 0; c < g->taps; c++)
        for (int64_t b = 0; b < g->taps; b++) {
            double w = az->weight[z][c] * ay->weight[y][b];
            const float *row = g->data + ((az->first[z] + c) * g->stored[1] + ay->first[y] + b) * g->stored[0] + from;
            for (int64_t k = 0; k < count; k++) sum[k] += w * (double)row[k];
        }
}

static double along_x(const fine_grid *g, const double *sum, int64_t from, int64_t x)
{
    const fine_axis *ax = &g->axis[0];
    double v = 0;
    if (ax->first[x] < 0) return 0;
    for (int64_t a = 0; a < g->taps; a++) v += ax->weight[x][a] * sum[ax->first[x] - from + a];
    return v;
}

void fine_grid_row(const fine_grid *g, int64_t y, int64_t z, double *scratch, double *restrict dst)
{
    combine(g, y, z, 0, g->stored[0], scratch);
    for (int64_t x = 0; x < g->axis[0].n; x++) dst[x] = along_x(g, scratch, 0, x);
}

void fine_grid_window(const fine_grid *g, const int64_t at[3], int64_t radius, double *restrict dst)
{
    enum { MOST = 32 }; /* a window reaches over at most 2 * 8 + 1 + 4 stored samples */
    double sum[MOST];
    const fine_axis *ax = &g->axis[0];
    int64_t from = INT64_MAX, to = 0;
    for (int64_t x = at[0] - radius; x <= at[0] + radius; x++)
        if (ax->first[x] >= 0) {
            if (ax->first[x] < from) from = ax->first[x];
            if (ax->first[x] + g->taps > to) to = ax->first[x] + g->taps;
        }
    bool empty = to <= from;
    for (int64_t z = at[2] - radius; z <= at[2] + radius; z++)
        for (int64_t y = at[1] - radius; y <= at[1] + radius; y++) {
            if (!empty) combine(g, y, z, from, to - from, sum);
            for (int64_t x = at[0] - radius; x <= at[0] + radius; x++) *dst++ = empty ? 0 : along_x(g, sum, from, x);
        }
}
