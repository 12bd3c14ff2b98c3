/* kit/fit_errors.c - standard errors of atoms from the Fisher matrix. See fit.h */
#include "kit/cells.h"
#include "kit/fit_inside.h"
#include "kit/linalg.h"
#include "kit/rng.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { SOLVE_ROUNDS = 120 };
#define SOLVE_ACCURACY 0.02

/* The diagonal of the inverse of one atom's block; zero for what is held. */
static void own_variances(const loom_fit *f, const double *block, double out[LOOM_ATOM])
{
    bool is_free[LOOM_ATOM] = { f->free.position, f->free.position, f->free.position,
                                f->free.height };
    int index[LOOM_ATOM], m = 0;
    for (int i = 0; i < LOOM_ATOM; i++) {
        out[i] = 0;
        if (is_free[i]) index[m++] = i;
    }
    for (int want = 0; want < m; want++) {
        double a[LOOM_ATOM * LOOM_ATOM], x[LOOM_ATOM] = { 0 };
        for (int i = 0; i < m; i++)
            for (int c = 0; c < m; c++) {
                int p = index[i], q = index[c];
                a[i * m + c] = p >= q ? block[p * (p + 1) / 2 + q] : block[q * (q + 1) / 2 + p];
            }
        x[want] = 1;
        out[index[want]] = loom_solve_spd(m, a, x) ? x[want] : 0;
    }
}

/* ---- what no image can tell: where the whole specimen is, how it is turned, and the unit of
 * heights  */

enum { GAUGES = 7 };
/* orthonormal, [n][LOOM_ATOM] each */
typedef struct gauge {
    int count;
    double *mode[GAUGES];
} gauge;

/* The movement of atom j: 0 .. 2 along an axis, 3 .. 5 about one, 6 in height. */
static void gauge_move(const loom_fit *f, int which, const double centre[3], int64_t j,
                       double out[LOOM_ATOM])
{
    assert(which >= 0 && which < GAUGES && j >= 0 && j < f->n);
    const double *a = f->atom + LOOM_ATOM * j;
    int axis = which % 3, next = (axis + 1) % 3, last = (axis + 2) % 3;
    memset(out, 0, LOOM_ATOM * sizeof *out);
    if (which < 3) out[axis] = 1;
    else if (which < 6) {
        out[next] = -(a[last] - centre[last]);
        out[last] = a[next] - centre[next];
    } else out[3] = a[3];
}

/* v minus its parts along the modes. */
static void gauge_remove(const gauge *g, int64_t n, double *v)
{
    assert(g->count >= 0 && g->count <= GAUGES);
    for (int m = 0; m < g->count; m++) {
        double part = fit_dot(n, g->mode[m], v);
        for (int64_t i = 0; i < n; i++) v[i] -= part * g->mode[m][i];
    }
}

static bool gauge_make(loom_fit *f, gauge *g)
{
    int64_t n = LOOM_ATOM * f->n;
    double centre[3] = { 0 },
           *memory = f->call->host->scratch(f->call, (size_t)(GAUGES * n + 1) * sizeof(double));
    const bool is_free[GAUGES] = { f->free.view[VIEW_X],    f->free.view[VIEW_X],
                                   f->free.view[VIEW_X],    f->free.view[VIEW_PHI],
                                   f->free.view[VIEW_PHI],  f->free.view[VIEW_PHI],
                                   f->free.view[VIEW_SCALE] };
    g->count = 0;
    g->mode[0] = memory;
    if (!memory) return false;
    for (int64_t j = 0; j < f->n; j++)
        for (int i = 0; i < 3; i++) centre[i] += f->atom[LOOM_ATOM * j + i] / (double)f->n;
    for (int which = 0; which < GAUGES; which++) {
        double *mode = memory + g->count * n;
        if (!is_free[which]) continue;
        for (int64_t j = 0; j < f->n; j++) gauge_move(f, which, centre, j, mode + LOOM_ATOM * j);
        gauge_remove(g, n, mode);
        double length = sqrt(fit_dot(n, mode, mode));
        if (!(length > 1e-9)) continue;
        for (int64_t i = 0; i < n; i++) mode[i] /= length;
        g->mode[g->count++] = mode;
    }
    return true;
}

/* sum[n][LOOM_ATOM] += z (F^-1 z - B^-1 z) for random signs z of atoms' unknowns, B the blocks on
 * the diagonal, all without what no image can tell. The diagonal of B^-1 is known, so only what
 * goes beyond it needs chance. */
static void probe(loom_fit *f, const gauge *g, uint64_t seed, uint64_t stream, double *sum)
{
    int64_t n = LOOM_ATOM * f->n;
    double *x = fit_vector(f, 0), *rest = fit_vector(f, 1);
    memset(rest, 0, (size_t)loom_fit_unknowns(f) * sizeof(double));
    for (int64_t i = 0; i < n; i++) rest[i] = loom_random(seed, stream, (uint64_t)i) & 1 ? 1 : -1;
    gauge_remove(g, n, rest);
    fit_precondition(f, rest, x);
    gauge_remove(g, n, x);
    for (int64_t i = 0; i < n; i++)
        sum[i] -= loom_random(seed, stream, (uint64_t)i) & 1 ? x[i] : -x[i];
    loom_fit_solve(f, SOLVE_ROUNDS, SOLVE_ACCURACY, x, rest);
    gauge_remove(g, n, x);
    for (int64_t i = 0; i < n; i++)
        sum[i] += loom_random(seed, stream, (uint64_t)i) & 1 ? x[i] : -x[i];
}

/* A radius in which an atom has about `near` others, for points as dense as these on average. */
static double radius_of(const loom_fit *f, const double *position, int64_t near)
{
    assert(f->n > 0 && near > 0);
    double mean[3] = { 0 }, sum = 0;
    for (int64_t i = 0; i < 3 * f->n; i++) mean[i % 3] += position[i] / (double)f->n;
    for (int64_t i = 0; i < 3 * f->n; i++)
        sum += (position[i] - mean[i % 3]) * (position[i] - mean[i % 3]) / (double)f->n;
    return fmax(sqrt(5.0 / 3 * sum) * cbrt(fmin(1, (double)near / (double)f->n)), 1e-3);
}

/* error = sqrt(own variance times the widening nearby: sum of probes over sum of own variances). */
static bool combine(loom_fit *f, int64_t near, int64_t probes, const double *own, const double *sum,
                    double *error)
{
    const loom_host *h = f->call->host;
    double *position = h->scratch(f->call, (size_t)(3 * f->n + 3) * sizeof(double));
    loom_cells cells;
    loom_neighbours list;
    if (!position) return false;
    for (int64_t i = 0; i < 3 * f->n; i++) position[i] = f->atom[LOOM_ATOM * (i / 3) + i % 3];
    double radius = radius_of(f, position, near);
    if (!loom_cells_build(f->call, position, f->n, radius, &cells)
        || !loom_neighbours_build(f->call, &cells, radius, &list))
        return false;
    for (int64_t j = 0; j < f->n; j++)
        for (int i = 0; i < LOOM_ATOM; i++) {
            double mine = own[LOOM_ATOM * j + i], all = mine, more = sum[LOOM_ATOM * j + i];
            for (int64_t k = list.first[j]; k < list.first[j + 1]; k++) {
                all += own[LOOM_ATOM * list.list[k] + i];
                more += sum[LOOM_ATOM * list.list[k] + i];
            }
            double widening = all > 0 ? 1 + more / ((double)probes * all) : 1;
            /* what others do not know can only widen */
            error[LOOM_ATOM * j + i] = sqrt(mine * fmax(widening, 1));
        }
    void *done[] = { position, cells.start, cells.index, list.first, list.list };
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) h->release(f->call, done[i]);
    return true;
}

bool loom_fit_errors(loom_fit *f, int64_t probes, int64_t near, uint64_t seed, double *error)
{
    assert(probes >= 0 && near > 0 && error);
    const loom_host *h = f->call->host;
    size_t bytes = (size_t)(LOOM_ATOM * f->n + 1) * sizeof(double);
    double *own = h->scratch(f->call, bytes), *sum = h->scratch(f->call, bytes);
    gauge g;
    if (!own || !sum || !gauge_make(f, &g) || !loom_fit_blocks(f)) return false;
    memset(sum, 0, bytes);
    for (int64_t j = 0; j < f->n; j++)
        own_variances(f, f->atom_block + LOOM_ATOM_BLOCK * j, own + LOOM_ATOM * j);
    for (int64_t p = 0; p < probes; p++) probe(f, &g, seed, (uint64_t)p, sum);
    bool good = probes < 1 || combine(f, near, probes, own, sum, error);
    if (probes < 1) /* each atom as if it stood alone */
        for (int64_t i = 0; i < LOOM_ATOM * f->n; i++) error[i] = sqrt(own[i]);
    h->release(f->call, g.mode[0]);
    h->release(f->call, own);
    h->release(f->call, sum);
    return good;
}
