/* structure/cubic.c - see cubic.h */
#include "cubic.h"
#include "kit/linalg.h"
#include <assert.h>
#include <math.h>

/* Sites and positions of the atoms that have a site, and the means of both. */
typedef struct points {
    int64_t n;
    double *site, *x; /* [n][3] */
    int32_t *atom;    /* [n] their numbers */
    double mean_site[3], mean_x[3];
} points;

static bool gather(loom_call *call, const loom_atoms *atoms, const fcc_lattice *f, points *p)
{
    const loom_host *h = call->host;
    size_t n = (size_t)f->indexed;
    *p = (points){ .n = 0,
                   .site = h->scratch(call, n * 3 * sizeof *p->site),
                   .x = h->scratch(call, n * 3 * sizeof *p->x),
                   .atom = h->scratch(call, n * sizeof *p->atom) };
    if (!p->site || !p->x || !p->atom) return false;
    for (int64_t i = 0; i < f->n; i++) {
        if (!f->has[i]) continue;
        assert(p->n < f->indexed);
        for (int a = 0; a < 3; a++) {
            p->site[3 * p->n + a] = f->site[i][a];
            p->x[3 * p->n + a] = atoms->position[3 * i + a];
            p->mean_site[a] += f->site[i][a] / (double)f->indexed;
            p->mean_x[a] += atoms->position[3 * i + a] / (double)f->indexed;
        }
        p->atom[p->n++] = (int32_t)i;
    }
    return true;
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Site of point k from the mean of all, turned into the axes of the positions. */
static void turned_site(const points *p, int64_t k, const double r[9], double out[3])
{
    double m[3];
    for (int a = 0; a < 3; a++) m[a] = p->site[3 * k + a] - p->mean_site[a];
    loom_apply3(r, m, out);
}

/* With the rotation known, a/2 is the slope of positions over turned sites: a sum that is linear
 * in the positions, so errors follow from its weights. A small rotation does not change it to first
 * order. */
static void fit_scale(const points *p, const position_errors *errors, cubic_lattice *c)
{
    double slope = 0, square = 0, variance = 0, u[3], x[3];
    for (int64_t k = 0; k < p->n; k++) {
        turned_site(p, k, c->rotation, u);
        for (int a = 0; a < 3; a++) x[a] = p->x[3 * k + a] - p->mean_x[a];
        slope += dot(u, x);
        square += dot(u, u);
        if (errors->axis[0]) variance += position_variance(errors, p->atom[k], u);
    }
    assert(square > 0);
    c->a = 2 * slope / square;
    c->error = 2 * sqrt(variance) / square;
    double sum2 = 0;
    for (int64_t k = 0; k < p->n; k++) {
        turned_site(p, k, c->rotation, u);
        for (int a = 0; a < 3; a++) x[a] = p->x[3 * k + a] - p->mean_x[a] - c->a / 2 * u[a];
        sum2 += dot(x, x);
    }
    c->rms = sqrt(sum2 / (double)p->n);
    /* seven unknowns: origin, rotation, a */
    c->error_of_residuals = 2 * sqrt(sum2 / (double)(3 * p->n - 7) / square);
}

bool cubic_fit(loom_call *call, const loom_atoms *atoms, const fcc_lattice *f,
               const position_errors *errors, cubic_lattice *out)
{
    assert(f->indexed >= 4);
    points p;
    *out = (cubic_lattice){ 0 };
    if (!gather(call, atoms, f, &p)) return false;
    double shift[3];
    loom_rigid_fit(p.n, p.site, p.x, out->rotation, shift);
    fit_scale(&p, errors, out);
    void *const done[] = { p.site, p.x, p.atom };
    for (int k = 0; k < 3; k++) call->host->release(call, done[k]);
    return true;
}

/* Inverse of the sum over atoms of (m - mean)(m - mean)^T; false where sites lie in a plane. */
static bool inverse_of_spread(const fcc_lattice *f, const double mean[3], double out[9])
{
    double sum[9] = { 0 };
    for (int64_t i = 0; i < f->n; i++)
        for (int k = 0; f->has[i] && k < 9; k++)
            sum[k] += (f->site[i][k / 3] - mean[k / 3]) * (f->site[i][k % 3] - mean[k % 3]);
    return loom_inverse3(sum, out);
}

/* H = sum over atoms of x g^T with g = spread^-1 (m - mean); a = 2 det(H)^(1/3) changes by
 * a/3 trace(H^-1 dH). */
double cubic_error_of_free(const loom_atoms *atoms, const fcc_lattice *f,
                           const position_errors *errors)
{
    assert(errors->axis[0] && f->indexed >= 4 && atoms->n == f->n);
    double mean[3] = { 0 }, spread[9], inverse[9], variance = 0;
    for (int64_t i = 0; i < f->n; i++)
        for (int a = 0; f->has[i] && a < 3; a++) mean[a] += f->site[i][a] / (double)f->indexed;
    if (!inverse_of_spread(f, mean, spread) || !loom_inverse3(f->half, inverse)) return 0;
    for (int64_t i = 0; i < f->n; i++) {
        if (!f->has[i]) continue;
        double m[3], g[3], c[3];
        for (int a = 0; a < 3; a++) m[a] = f->site[i][a] - mean[a];
        loom_apply3(spread, m, g);
        for (int x = 0; x < 3; x++)
            c[x] = f->a / 3 * (inverse[x] * g[0] + inverse[3 + x] * g[1] + inverse[6 + x] * g[2]);
        variance += position_variance(errors, i, c);
    }
    return sqrt(variance);
}
