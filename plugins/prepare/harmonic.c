/* harmonic.c - conjugate gradients on the five-point Laplacian; see harmonic.h. */
#include "harmonic.h"
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-11

typedef struct grid {
    const uint8_t *set;
    int64_t ny, nx;
} grid;

/* dst = A src inside: neighbours there are times src, less the sum of those neighbours; what lies
 * outside the set is taken from src as well (0 in directions, given values in v). */
static void apply(const grid *g, const double *src, double *restrict dst)
{
    int64_t ny = g->ny, nx = g->nx;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            int64_t i = y * nx + x;
            double sum = 0, n = 0;
            dst[i] = 0;
            if (!g->set[i]) continue;
            if (y) sum += src[i - nx];
            if (y + 1 < ny) sum += src[i + nx];
            if (x) sum += src[i - 1];
            if (x + 1 < nx) sum += src[i + 1];
            n = (double)((y > 0) + (y + 1 < ny) + (x > 0) + (x + 1 < nx));
            dst[i] = n * src[i] - sum;
        }
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double largest(int64_t n, const double *v)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(v[i]));
    return most;
}

double harmonic_fill(const uint8_t *set, int64_t ny, int64_t nx, double *v, double *work)
{
    grid g = { set, ny, nx };
    int64_t n = ny * nx, inside = 0;
    double *r = work, *p = work + n, *q = work + 2 * n;
    for (int64_t i = 0; i < n; i++) inside += set[i] != 0;
    if (!inside) return 0;
    if (inside == n) return -1;
    apply(&g, v, r);
    for (int64_t i = 0; i < n; i++) p[i] = r[i] = -r[i];
    double rr = dot(n, r, r), scale = fmax(largest(n, v), 1e-300);
    for (int64_t round = 0; round < 20 * (ny + nx) && largest(n, r) > TOLERANCE * scale; round++) {
        apply(&g, p, q);
        double step = rr / dot(n, p, q), before = rr;
        for (int64_t i = 0; i < n; i++) {
            v[i] += step * p[i];
            r[i] -= step * q[i];
        }
        rr = dot(n, r, r);
        for (int64_t i = 0; i < n; i++) p[i] = r[i] + rr / before * p[i];
    }
    apply(&g, v, r); /* the residual itself, not what rounding made of the one carried along */
    return largest(n, r) / scale;
}
