/* kit/fit_solve.c - the Fisher matrix: its products, its blocks on the diagonal, and conjugate
 * gradients. See fit.h */
#include "kit/fit_inside.h"
#include "kit/linalg.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define JITTER \
    1e-9 /* of the diagonal, so that a block that the images do not hold can be solved \
          */

double fit_dot(int64_t n, const double *x, const double *y)
{
    assert(n >= 0);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

void fit_hold(const loom_fit *f, double *v)
{
    double *view = fit_view_part(f, v), *common = fit_common_part(f, v);
    for (int64_t j = 0; j < f->n; j++) {
        double *a = v + LOOM_ATOM * j;
        if (!f->free.position) a[0] = a[1] = a[2] = 0;
        if (!f->free.height) a[3] = 0;
    }
    for (int64_t k = 0; k < f->nt; k++)
        for (int64_t i = 0; i < fit_views(f); i++)
            if (!f->free.view[i] || (f->used && !f->used[k])) view[k * fit_views(f) + i] = 0;
    for (int64_t i = 0; i < fit_common(f); i++)
        if (!f->free.common[i]) common[i] = 0;
}

void fit_pull(loom_fit *f, float *images, double *out)
{
    assert(images && out);
    loom_imaging m = fit_model(f);
    int64_t all = f->nt * fit_pixels(f);
#pragma omp parallel for simd num_threads(f->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) images[i] *= f->weight[i];
    loom_imaging_backward(&m, &f->fields, images, f->work, out, fit_view_part(f, out),
                          fit_common_part(f, out));
}

static bool any(const bool *flags, int64_t n)
{
    bool found = false;
    for (int64_t i = 0; i < n; i++) found = found || flags[i];
    return found;
}

void loom_fit_curve(loom_fit *f, const double *in, double *out)
{
    assert(in != out);
    loom_imaging m = fit_model(f);
    double *v = fit_vector(f, 4);
    bool atoms = f->free.position || f->free.height;
    memcpy(v, in, (size_t)loom_fit_unknowns(f) * sizeof(double));
    fit_hold(f, v);
    loom_imaging_forward(&m, &f->fields, atoms ? v : NULL,
                         any(f->free.view, fit_views(f)) ? fit_view_part(f, v) : NULL,
                         any(f->free.common, fit_common(f)) ? fit_common_part(f, v) : NULL, f->work,
                         f->change);
    fit_pull(f, f->change, out);
    loom_bonds_curve(&f->bonds, v, out);
    for (int64_t j = 0; f->height_weight && j < f->n; j++)
        out[LOOM_ATOM * j + 3] += f->height_weight[j] * v[LOOM_ATOM * j + 3];
    for (int64_t k = 0; k < f->nt; k++)
        for (int64_t i = 0; i < fit_views(f); i++)
            if (f->view_spread[i] > 0)
                fit_view_part(f, out)[k * fit_views(f) + i] +=
                    fit_view_part(f, v)[k * fit_views(f) + i]
                    / (f->view_spread[i] * f->view_spread[i]);
    fit_hold(f, out);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static bool find_springs(loom_fit *f)
{
    loom_bonds_free(f->call, &f->bonds);
    if (!(f->spring_spread > 0)) return true;
    if (!loom_bonds_find(f->call, f->n, f->atom, f->spring_length, &f->bonds)) return false;
    double one = f->spring_spread * f->bonds.length;
    f->bonds.stiffness = one > 0 ? 1 / (one * one) : 0;
    return true;
}

/* Of each common unknown: its own square. */
static void common_blocks(loom_fit *f, const loom_imaging *m)
{
    assert(fit_common(f) <= LOOM_MAX_COMMON);
    int64_t all = f->nt * fit_pixels(f);
    for (int64_t c = 0; c < fit_common(f); c++) {
        double unit[LOOM_MAX_COMMON] = { 0 }, sum = 0;
        f->common_block[c] = 0;
        if (!f->free.common[c]) continue;
        unit[c] = 1;
        loom_imaging_forward(m, &f->fields, NULL, NULL, unit, f->work, f->change);
        for (int64_t i = 0; i < all; i++)
            sum += (double)(f->weight[i] * f->change[i] * f->change[i]);
        f->common_block[c] = sum;
    }
}

bool loom_fit_blocks(loom_fit *f)
{
    loom_imaging m = fit_model(f);
    if (!find_springs(f)) return false;
    loom_fit_measure(f); /* the prior with the springs as they are now */
    loom_imaging_atom_blocks(&m, f->weight, f->atom_block);
    loom_bonds_blocks(&f->bonds, LOOM_ATOM_BLOCK, f->atom_block);
    for (int64_t j = 0; f->height_weight && j < f->n; j++)
        f->atom_block[LOOM_ATOM_BLOCK * j + LOOM_ATOM_BLOCK - 1] += f->height_weight[j];
    if (any(f->free.view, fit_views(f)))
        loom_imaging_view_blocks(&m, &f->fields, f->free.view, f->weight, f->work, f->view_block);
    common_blocks(f, &m);
    return true;
}

/* Solves the free part of a symmetric block of n unknowns, full[n][n]; the rest of `x` becomes
 * zero. */
static void solve_block(int64_t n, const bool *is_free, const double *full, double *x)
{
    assert(n > 0 && n <= LOOM_MAX_VIEW);
    double a[LOOM_MAX_VIEW * LOOM_MAX_VIEW], b[LOOM_MAX_VIEW];
    int index[LOOM_MAX_VIEW], m = 0;
    for (int64_t i = 0; i < n; i++)
        if (is_free[i] && full[i * n + i] > 0) index[m++] = (int)i;
    for (int i = 0; i < m; i++) {
        for (int c = 0; c < m; c++) a[i * m + c] = full[index[i] * n + index[c]];
        a[i * m + i] *= 1 + JITTER;
        b[i] = x[index[i]];
    }
    bool good = m > 0 && loom_solve_spd(m, a, b);
    for (int i = 0; i < m && !good; i++) b[i] = x[index[i]] / full[index[i] * (n + 1)];
    memset(x, 0, (size_t)n * sizeof *x);
    for (int i = 0; i < m; i++) x[index[i]] = b[i];
}

void fit_precondition(const loom_fit *f, const double *in, double *out)
{
    assert(in != out);
    int64_t nv = fit_views(f);
    memcpy(out, in, (size_t)loom_fit_unknowns(f) * sizeof(double));
#pragma omp parallel for num_threads(f->threads) schedule(static)
    for (int64_t j = 0; j < f->n; j++) {
        const bool is_free[LOOM_ATOM] = { f->free.position, f->free.position, f->free.position,
                                          f->free.height };
        const double *b = f->atom_block + LOOM_ATOM_BLOCK * j;
        double full[LOOM_ATOM * LOOM_ATOM];
        for (int i = 0, e = 0; i < LOOM_ATOM; i++)
            for (int c = 0; c <= i; c++, e++)
                full[LOOM_ATOM * i + c] = full[LOOM_ATOM * c + i] = b[e];
        solve_block(LOOM_ATOM, is_free, full, out + LOOM_ATOM * j);
    }
    for (int64_t k = 0; k < f->nt; k++) {
        double full[LOOM_MAX_VIEW * LOOM_MAX_VIEW];
        memcpy(full, f->view_block + nv * nv * k, (size_t)(nv * nv) * sizeof(double));
        for (int64_t i = 0; i < nv; i++)
            if (f->view_spread[i] > 0)
                full[i * (nv + 1)] += 1 / (f->view_spread[i] * f->view_spread[i]);
        solve_block(nv, f->free.view, full, fit_view_part(f, out) + nv * k);
    }
    for (int64_t c = 0; c < fit_common(f); c++) {
        double *x = fit_common_part(f, out) + c;
        *x = f->common_block[c] > 0 ? *x / f->common_block[c] : 0;
    }
    fit_hold(f, out);
}

/* ---- conjugate gradients --------------------------------------------------------------------- */

int64_t loom_fit_solve(loom_fit *f, int64_t rounds, double accuracy, double *x, double *rest)
{
    assert(rounds >= 0 && accuracy > 0 && x != rest);
    int64_t n = loom_fit_unknowns(f), r = 0;
    double *scaled = fit_vector(f, 2), *direction = fit_vector(f, 3), *curved = fit_vector(f, 5);
    memset(x, 0, (size_t)n * sizeof(double));
    fit_hold(f, rest);
    fit_precondition(f, rest, scaled);
    memcpy(direction, scaled, (size_t)n * sizeof(double));
    double left = fit_dot(n, rest, scaled), first = left;
    for (; r < rounds && left > accuracy * accuracy * first && !f->call->host->cancelled(f->call);
         r++) {
        loom_fit_curve(f, direction, curved);
        double curvature = fit_dot(n, direction, curved);
        if (!(curvature > 0)) break;
        double length = left / curvature;
        for (int64_t i = 0; i < n; i++) {
            x[i] += length * direction[i];
            rest[i] -= length * curved[i];
        }
        fit_precondition(f, rest, scaled);
        double next = fit_dot(n, rest, scaled), keep = next / left;
        left = next;
        for (int64_t i = 0; i < n; i++) direction[i] = scaled[i] + keep * direction[i];
    }
    return r;
}
