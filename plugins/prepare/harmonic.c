/* harmonic.c - conjugate gradients on the five-point Laplacian, preconditioned by incomplete
 * factors of it; see harmonic.h. */
#include "harmonic.h"
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9

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

/* Incomplete factors (D + L) D^-1 (D + L') of the matrix, with its row sums (Gustafsson, BIT 18,
 * 142 (1978), doi 10.1007/BF01931691; a little less of the sums than all keeps them positive). d:
 * one over the diagonal of D. */
static void factorise(const grid *g, double *d)
{
    const double kept = 0.97;
    int64_t ny = g->ny, nx = g->nx;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            int64_t i = y * nx + x;
            if (!g->set[i]) continue;
            double own = (double)((y > 0) + (y + 1 < ny) + (x > 0) + (x + 1 < nx));
            if (x && g->set[i - 1])
                own -= (1 + kept * (double)(y + 1 < ny && g->set[i - 1 + nx])) * d[i - 1];
            if (y && g->set[i - nx])
                own -= (1 + kept * (double)(x + 1 < nx && g->set[i - nx + 1])) * d[i - nx];
            d[i] = 1 / own;
        }
}

/* z = (what factorise made)^-1 r inside; elsewhere z is 0 as it was. */
static void precondition(const grid *g, const double *d, const double *r, double *restrict z)
{
    int64_t ny = g->ny, nx = g->nx;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            int64_t i = y * nx + x;
            if (g->set[i]) z[i] = (r[i] + (x ? z[i - 1] : 0) + (y ? z[i - nx] : 0)) * d[i];
        }
    for (int64_t y = ny - 1; y >= 0; y--)
        for (int64_t x = nx - 1; x >= 0; x--) {
            int64_t i = y * nx + x;
            if (g->set[i])
                z[i] += ((x + 1 < nx ? z[i + 1] : 0) + (y + 1 < ny ? z[i + nx] : 0)) * d[i];
        }
}

double harmonic_fill(const uint8_t *set, int64_t ny, int64_t nx, double *v, double *work)
{
    grid g = { set, ny, nx };
    int64_t n = ny * nx, inside = 0;
    double *r = work, *p = work + n, *q = work + 2 * n, *z = work + 3 * n, *d = work + 4 * n;
    for (int64_t i = 0; i < n; i++) inside += set[i] != 0;
    if (!inside) return 0;
    if (inside == n) return -1;
    memset(z, 0, (size_t)n * sizeof *z);
    factorise(&g, d);
    apply(&g, v, r);
    for (int64_t i = 0; i < n; i++) r[i] = -r[i];
    precondition(&g, d, r, z);
    memcpy(p, z, (size_t)n * sizeof *p);
    double rz = dot(n, r, z), scale = fmax(largest(n, v), 1e-300);
    for (int64_t round = 0; round < 20 * (ny + nx) && largest(n, r) > TOLERANCE * scale; round++) {
        apply(&g, p, q);
        double step = rz / dot(n, p, q), before = rz;
        for (int64_t i = 0; i < n; i++) {
            v[i] += step * p[i];
            r[i] -= step * q[i];
        }
        precondition(&g, d, r, z);
        rz = dot(n, r, z);
        for (int64_t i = 0; i < n; i++) p[i] = z[i] + rz / before * p[i];
    }
    apply(&g, v, r); /* the residual itself, not what rounding made of the one carried along */
    return largest(n, r) / scale;
}
