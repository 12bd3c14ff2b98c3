/* trace/quartic.c - see quartic.h
 *
 * Least squares of poly(q - s) against the samples V(q) with weights W^2 on the squared residuals.
 * W^2 is a product of one factor per axis, so every sum over the window is made row by row from
 * tables of weighted powers along x, then y, then z: the 165 moments of the normal matrix cost less
 * than solving it. Lengths are divided by R, which keeps the powers within about one. */
#include "quartic.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { N_TERMS = 35, LOW = N_TERMS - 10, MOST = QUARTIC_MAX_RADIUS, SIDE = 2 * MOST + 1 };

/* Exponents of x, y, z. The ten terms up to second degree come last, so that back substitution
 * reaches them first and stops. */
static const uint8_t term[N_TERMS][3] = {
    { 4, 0, 0 }, { 3, 1, 0 }, { 3, 0, 1 }, { 2, 2, 0 }, { 2, 1, 1 }, { 2, 0, 2 }, { 1, 3, 0 },
    { 1, 2, 1 }, { 1, 1, 2 }, { 1, 0, 3 }, { 0, 4, 0 }, { 0, 3, 1 }, { 0, 2, 2 }, { 0, 1, 3 },
    { 0, 0, 4 }, { 3, 0, 0 }, { 2, 1, 0 }, { 2, 0, 1 }, { 1, 2, 0 }, { 1, 1, 1 }, { 1, 0, 2 },
    { 0, 3, 0 }, { 0, 2, 1 }, { 0, 1, 2 }, { 0, 0, 3 }, { 2, 0, 0 }, { 1, 1, 0 }, { 1, 0, 1 },
    { 0, 2, 0 }, { 0, 1, 1 }, { 0, 0, 2 }, { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0, 0, 0 }
};
enum { XX, XY, XZ, YY, YZ, ZZ, GX, GY, GZ, ONE }; /* of the last ten */

/* power[i][p] = W^2 factor * t^p at offset i - R, t = (offset - s) / R. */
typedef struct axis_table {
    double power[SIDE][9];
} axis_table;

static void make_axis(const quartic_rule *r, double shift, axis_table *out)
{
    assert(r->radius > 0);
    double scale = 1 / (double)r->radius;
    for (int64_t i = 0; i <= 2 * r->radius; i++) {
        double t = ((double)(i - r->radius) - shift) * scale;
        out->power[i][0] = exp(-2 * r->alpha * t * t);
        for (int p = 1; p < 9; p++) out->power[i][p] = out->power[i][p - 1] * t;
    }
}

/* Half length of the window's row at (y, z), or -1 where the window has none. */
static int64_t row_reach(const quartic_rule *r, int64_t y, int64_t z)
{
    assert(r->radius > 0);
    double most = ((double)r->radius + 0.5) * ((double)r->radius + 0.5) - (double)(y * y + z * z);
    if (r->box) return r->radius;
    return most < 0 ? -1 : (int64_t)sqrt(most);
}

/* moment[k][j][i] = sum over the window of W^2 x^i y^j z^k, i + j + k <= 8; right[k][j][i] the same
 * with V, i + j + k <= 4. */
static void make_sums(const quartic_rule *r, const axis_table t[3], const double *window,
                      double moment[9][9][9], double right[5][5][5])
{
    int64_t R = r->radius, side = 2 * R + 1;
    double row[MOST + 1][9]; /* [reach] sums of powers along x */
    memset(moment, 0, sizeof(double[9][9][9]));
    memset(right, 0, sizeof(double[5][5][5]));
    for (int p = 0; p < 9; p++) row[0][p] = t[0].power[R][p];
    for (int64_t e = 1; e <= R; e++)
        for (int p = 0; p < 9; p++)
            row[e][p] = row[e - 1][p] + t[0].power[R - e][p] + t[0].power[R + e][p];
    for (int64_t z = 0; z < side; z++) {
        double plane[9][9] = { 0 }, plane_right[5][5] = { 0 };
        for (int64_t y = 0; y < side; y++) {
            int64_t reach = row_reach(r, y - R, z - R);
            if (reach < 0) continue;
            const double *v = window + (z * side + y) * side, *ty = t[1].power[y];
            double sum[5] = { 0 };
            for (int64_t x = R - reach; x <= R + reach; x++)
                for (int p = 0; p < 5; p++) sum[p] += t[0].power[x][p] * v[x];
            for (int j = 0; j < 9; j++)
                for (int i = 0; i < 9; i++) plane[j][i] += ty[j] * row[reach][i];
            for (int j = 0; j < 5; j++)
                for (int i = 0; i < 5; i++) plane_right[j][i] += ty[j] * sum[i];
        }
        for (int k = 0; k < 9; k++)
            for (int j = 0; j < 9 - k; j++)
                for (int i = 0; i < 9; i++) moment[k][j][i] += t[2].power[z][k] * plane[j][i];
        for (int k = 0; k < 5; k++)
            for (int j = 0; j < 5; j++)
                for (int i = 0; i < 5; i++) right[k][j][i] += t[2].power[z][k] * plane_right[j][i];
    }
}

/* Eliminates a[][0..N_TERMS-1] with the right side in column N_TERMS (Cholesky, upper factor by
 * rows) and returns the last ten unknowns. False where the matrix is not positive definite. */
static bool solve(double a[N_TERMS][N_TERMS + 1], double low[10])
{
    for (int k = 0; k < N_TERMS; k++) {
        if (!(a[k][k] > 0)) return false;
        double scale = 1 / sqrt(a[k][k]);
        for (int i = k; i <= N_TERMS; i++) a[k][i] *= scale;
        for (int i = k + 1; i < N_TERMS; i++) {
            double f = a[k][i];
            for (int j = i; j <= N_TERMS; j++) a[i][j] -= f * a[k][j];
        }
    }
    for (int k = N_TERMS - 1; k >= LOW; k--) {
        double v = a[k][N_TERMS];
        for (int j = k + 1; j < N_TERMS; j++) v -= a[k][j] * low[j - LOW];
        low[k - LOW] = v / a[k][k];
    }
    return true;
}

/* Coefficients of the terms up to second degree about the shift, per sample. */
static bool fit_once(const quartic_rule *r, const double *window, const double shift[3],
                     double low[10])
{
    assert(r->radius > 0 && window);
    axis_table t[3];
    double moment[9][9][9], right[5][5][5], a[N_TERMS][N_TERMS + 1];
    for (int k = 0; k < 3; k++) make_axis(r, shift[k], &t[k]);
    make_sums(r, t, window, moment, right);
    for (int i = 0; i < N_TERMS; i++) {
        for (int j = i; j < N_TERMS; j++)
            a[i][j] =
                moment[term[i][2] + term[j][2]][term[i][1] + term[j][1]][term[i][0] + term[j][0]];
        a[i][N_TERMS] = right[term[i][2]][term[i][1]][term[i][0]];
    }
    if (!solve(a, low)) return false;
    double scale = 1 / (double)r->radius;
    for (int k = XX; k <= ZZ; k++) low[k] *= scale * scale;
    for (int k = GX; k <= GZ; k++) low[k] *= scale;
    return true;
}

/* The step -H^-1 g to the stationary point. False unless det(-H) > 0, the published condition;
 * *is_maximum tells whether -H is positive definite too: a fit may pass by a saddle on its way. */
static bool newton_step(const double c[10], double step[3], double *det, bool *is_maximum)
{
    /* -H: xx xy xz yy yz zz */
    double h[6] = { -2 * c[XX], -c[XY], -c[XZ], -2 * c[YY], -c[YZ], -2 * c[ZZ] };
    double inverse[6] = { h[3] * h[5] - h[4] * h[4], h[2] * h[4] - h[1] * h[5],
                          h[1] * h[4] - h[2] * h[3], h[0] * h[5] - h[2] * h[2],
                          h[1] * h[2] - h[0] * h[4], h[0] * h[3] - h[1] * h[1] };
    *det = h[0] * inverse[0] + h[1] * inverse[1] + h[2] * inverse[2];
    if (!(*det > 0)) return false;
    step[0] = (inverse[0] * c[GX] + inverse[1] * c[GY] + inverse[2] * c[GZ]) / *det;
    step[1] = (inverse[1] * c[GX] + inverse[3] * c[GY] + inverse[4] * c[GZ]) / *det;
    step[2] = (inverse[2] * c[GX] + inverse[4] * c[GY] + inverse[5] * c[GZ]) / *det;
    *is_maximum = h[0] > 0 && inverse[5] > 0;
    return true;
}

void quartic_fit(const quartic_rule *rule, const double *window, quartic_peak *out)
{
    assert(rule->iterations >= 0 && rule->radius > 0);
    /* samples: once steps are this short, further passes change nothing */
    const double still = 1e-8;
    int64_t successes = 0;
    *out = (quartic_peak){ .flag = TRACE_NOT_CONVERGED };
    for (int64_t pass = 0; pass < rule->iterations; pass++) {
        double c[10], step[3], det, longest = 0, farthest = 0;
        if (!fit_once(rule, window, out->shift, c)
            || !newton_step(c, step, &det, &out->is_maximum)) {
            out->flag = TRACE_NO_MAXIMUM;
            return;
        }
        for (int k = 0; k < 3; k++) {
            out->shift[k] += step[k] = fmin(fmax(step[k], -rule->clamp), rule->clamp);
            longest = fmax(longest, fabs(step[k]));
            farthest = fmax(farthest, fabs(out->shift[k]));
        }
        out->last_step = longest;
        out->height = c[ONE] + 0.5 * (c[GX] * step[0] + c[GY] * step[1] + c[GZ] * step[2]);
        out->width = out->height > 0 ? sqrt(out->height / cbrt(det)) : 0;
        if (farthest > (double)rule->radius) {
            out->flag = TRACE_LEFT_WINDOW;
            return;
        }
        successes = longest < rule->clamp ? successes + 1 : 0;
        if (successes >= rule->stable_steps || longest < still) {
            out->flag = TRACE_ACCEPTED;
            return;
        }
    }
}
