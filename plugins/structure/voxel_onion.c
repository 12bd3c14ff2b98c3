/* structure/voxel_onion.c - see voxel_onion.h */
#include "voxel_onion.h"
#include <math.h>
#include <omp.h>
#include <string.h>

typedef struct grid { int64_t dim[3], low[3], count; double voxel; } grid; /* voxel (i, j, k) is at (low + index) * voxel */

static void choose_grid(const loom_atoms *atoms, const onion_settings *s, grid *g)
{
    int64_t margin = 2 * s->half_width + 2;
    g->voxel = s->voxel;
    g->count = 1;
    for (int a = 0; a < 3; a++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < atoms->n; i++) {
            low = fmin(low, atoms->position[3 * i + a]);
            high = fmax(high, atoms->position[3 * i + a]);
        }
        g->low[a] = (int64_t)floor(low / s->voxel) - margin;
        g->dim[a] = (int64_t)ceil(high / s->voxel) + margin - g->low[a] + 1;
        g->count *= g->dim[a];
    }
}

/* The voxels whose centre lies in the tetrahedron: all four barycentric coordinates not negative. */
static void fill_tetrahedron(const grid *g, const double *const x[4], uint8_t *restrict set)
{
    int64_t from[3], to[3];
    double e[3][3], inverse[3][3];
    for (int a = 0; a < 3; a++) {
        double low = fmin(fmin(x[0][a], x[1][a]), fmin(x[2][a], x[3][a])), high = fmax(fmax(x[0][a], x[1][a]), fmax(x[2][a], x[3][a]));
        from[a] = (int64_t)ceil(low / g->voxel) - g->low[a];
        to[a] = (int64_t)floor(high / g->voxel) - g->low[a];
        for (int k = 0; k < 3; k++) e[k][a] = x[k + 1][a] - x[0][a];
    }
    for (int k = 0; k < 3; k++) /* rows: what takes a point to its barycentric coordinates 1..3 */
        for (int a = 0; a < 3; a++) {
            const double *p = e[(k + 1) % 3], *q = e[(k + 2) % 3];
            inverse[k][a] = p[(a + 1) % 3] * q[(a + 2) % 3] - p[(a + 2) % 3] * q[(a + 1) % 3];
        }
    double det = e[0][0] * inverse[0][0] + e[0][1] * inverse[0][1] + e[0][2] * inverse[0][2];
    if (det == 0) return;
    for (int64_t z = from[2]; z <= to[2]; z++)
        for (int64_t y = from[1]; y <= to[1]; y++)
            for (int64_t i = from[0]; i <= to[0]; i++) {
                double d[3] = { (double)(i + g->low[0]) * g->voxel - x[0][0], (double)(y + g->low[1]) * g->voxel - x[0][1], (double)(z + g->low[2]) * g->voxel - x[0][2] };
                double b[3], least = INFINITY;
                for (int k = 0; k < 3; k++) {
                    b[k] = (inverse[k][0] * d[0] + inverse[k][1] * d[1] + inverse[k][2] * d[2]) / det;
                    least = fmin(least, b[k]);
                }
                if (fmin(least, 1 - b[0] - b[1] - b[2]) >= -1e-12) set[(z * g->dim[1] + y) * g->dim[0] + i] = 1;
            }
}

/* A body of its own: alpha shape at twice its critical alpha. */
static loom_status fill_body(loom_call *call, const loom_atoms *atoms, double r1, const grid *g, uint8_t *set)
{
    alpha_complex c;
    double alpha;
    loom_status status = critical_alpha(call, atoms, r1, &alpha, &c);
    if (status != LOOM_OK) return status;
    call->host->note(call, "%lld atoms: critical alpha %.3f angstrom", (long long)atoms->n, alpha);
    memset(set, 0, (size_t)g->count);
    for (int64_t t = 0; t < c.count; t++) {
        const int32_t *v = c.tetrahedron[t];
        const double *x = atoms->position;
        if (c.radius[t] <= 2 * alpha) fill_tetrahedron(g, (const double *const[4]){ x + 3 * (int64_t)v[0], x + 3 * (int64_t)v[1], x + 3 * (int64_t)v[2], x + 3 * (int64_t)v[3] }, set);
    }
    call->host->release(call, c.tetrahedron);
    call->host->release(call, c.radius);
    return LOOM_OK;
}

/* Along n rows of `width` voxels, `stride` apart: dst is 1 where src is within `half` rows, or (low) 0 where src is 0 or outside. `last[k]` is
 * the last row seen, looking ahead by `half`, in which column k has the value sought. */
static void spread_rows(const uint8_t *restrict src, int64_t n, int64_t stride, int64_t width, int64_t half, bool low, int32_t *restrict last, uint8_t *restrict dst)
{
    uint8_t seek = !low;
    for (int64_t k = 0; k < width; k++) last[k] = (int32_t)(-half - 1);
    for (int64_t i = 0, at = 0; i < n; i++) {
        for (; at <= i + half && at < n; at++) {
            const uint8_t *row = src + at * stride;
            for (int64_t k = 0; k < width; k++) last[k] = row[k] == seek ? (int32_t)at : last[k];
        }
        int32_t enough = low && (i < half || i + half >= n) ? INT32_MIN : (int32_t)(i - half);
        uint8_t *out = dst + i * stride;
        for (int64_t k = 0; k < width; k++) out[k] = last[k] >= enough ? seek : !seek;
    }
}

/* The same along one row. */
static void spread_row(const uint8_t *restrict src, int64_t n, int64_t half, bool low, uint8_t *restrict dst)
{
    uint8_t seek = !low;
    int64_t last = -half - 1;
    for (int64_t i = 0; i < half && i < n; i++) last = src[i] == seek ? i : last;
    for (int64_t i = 0; i < n; i++) {
        bool edge = low && (i < half || i + half >= n);
        if (i + half < n && src[i + half] == seek) last = i + half;
        dst[i] = last >= i - half || edge ? seek : !seek;
    }
}

/* Dilation (or erosion) by a cube: along x, y and z in turn. `last` has room for nx entries per thread. */
static void spread(const grid *g, int64_t half, bool low, int threads, uint8_t *set, uint8_t *work, int32_t *last)
{
    int64_t nx = g->dim[0], ny = g->dim[1], nz = g->dim[2];
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t k = 0; k < ny * nz; k++) spread_row(set + k * nx, nx, half, low, work + k * nx);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t z = 0; z < nz; z++) spread_rows(work + z * ny * nx, ny, nx, nx, half, low, last + nx * omp_get_thread_num(), set + z * ny * nx);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t y = 0; y < ny; y++) spread_rows(set + y * nx, nz, ny * nx, nx, half, low, last + nx * omp_get_thread_num(), work + y * nx);
    memcpy(set, work, (size_t)g->count);
}

static int64_t voxel_of(const grid *g, const double *x)
{
    int64_t at[3];
    for (int a = 0; a < 3; a++) at[a] = (int64_t)floor(x[a] / g->voxel + 0.5) - g->low[a];
    return (at[2] * g->dim[1] + at[1]) * g->dim[0] + at[0];
}

/* Adds one to `inside` of every atom the set holds; says whether the set holds a voxel at all. */
static bool count_inside(const loom_atoms *atoms, const grid *g, const uint8_t *set, int32_t *inside)
{
    for (int64_t i = 0; i < atoms->n; i++) inside[i] += set[voxel_of(g, atoms->position + 3 * i)];
    return memchr(set, 1, (size_t)g->count) != NULL;
}

/* Centres of the core species with twelve neighbours, all of that species. */
static int64_t find_core(const loom_atoms *atoms, const onion_settings *s, double *position)
{
    int64_t n = 0;
    for (int64_t i = 0; i < atoms->n; i++) {
        int64_t of = 0, all = s->nb->first[i + 1] - s->nb->first[i];
        for (int64_t k = s->nb->first[i]; k < s->nb->first[i + 1]; k++) of += atoms->species[s->nb->list[k]] == s->core;
        if (atoms->species[i] == s->core && all == 12 && of == 12) memcpy(position + 3 * n++, atoms->position + 3 * i, 3 * sizeof *position);
    }
    return n;
}

loom_status voxel_onion(loom_call *call, const loom_atoms *atoms, const onion_settings *s, int32_t *layer, int32_t *layers)
{
    enum { CORE_LEAST = 20, SETS_MOST = 10000 };
    const double most_voxels = 2e9;
    const loom_host *h = call->host;
    int threads = h->threads(call);
    grid g;
    choose_grid(atoms, s, &g);
    if ((double)g.dim[0] * (double)g.dim[1] * (double)g.dim[2] > most_voxels)
        return h->fail(call, LOOM_E_PARAM, "voxel", "%g angstrom makes a grid of %lld x %lld x %lld voxels; make it larger", s->voxel, (long long)g.dim[0], (long long)g.dim[1], (long long)g.dim[2]);
    double *position = h->scratch(call, (size_t)atoms->n * 3 * sizeof *position);
    uint8_t *body = h->scratch(call, (size_t)g.count), *set = h->scratch(call, (size_t)g.count), *core = h->scratch(call, (size_t)g.count), *work = h->scratch(call, (size_t)g.count);
    int32_t *last = h->scratch(call, (size_t)(g.dim[0] * threads) * sizeof *last);
    if (!position || !body || !set || !core || !work || !last) return LOOM_E_MEMORY;
    loom_atoms pure = { .n = find_core(atoms, s, position), .position = position };
    if (pure.n < CORE_LEAST)
        return h->fail(call, LOOM_E_DATA, "atoms", "%lld atoms of the core species have 12 neighbours of their own kind, expected %d or more; choose another 'core' or 'method: depth'",
                       (long long)pure.n, CORE_LEAST);
    loom_status status = fill_body(call, atoms, s->r1, &g, body);
    if (status != LOOM_OK || (status = fill_body(call, &pure, s->r1, &g, core)) != LOOM_OK) return status;
    spread(&g, s->half_width, false, threads, body, work, last);
    spread(&g, 2, false, threads, core, work, last);
    for (int64_t k = 0; k < g.count; k++) core[k] &= body[k];
    memset(layer, 0, (size_t)atoms->n * sizeof *layer);
    *layers = 0;
    memcpy(set, core, (size_t)g.count);
    while (count_inside(atoms, &g, set, layer)) { /* the core and what is left of it, inwards */
        if (!h->progress(call, 0.3, 1)) return LOOM_E_CANCELLED;
        ++*layers;
        spread(&g, s->half_width, true, threads, set, work, last);
    }
    for (bool grows = true; grows && *layers < SETS_MOST; ++*layers) { /* outwards to the whole body */
        if (!h->progress(call, 0.6, 1)) return LOOM_E_CANCELLED;
        memcpy(set, core, (size_t)g.count);
        spread(&g, s->half_width, false, threads, core, work, last);
        for (int64_t k = 0; k < g.count; k++) core[k] &= body[k];
        grows = memcmp(set, core, (size_t)g.count) != 0;
        if (!grows) break;
        count_inside(atoms, &g, core, layer);
    }
    for (int64_t i = 0; i < atoms->n; i++) layer[i] = *layers - layer[i] + 1;
    void *const done[] = { position, body, set, core, work, last };
    for (int k = 0; k < 6; k++) h->release(call, done[k]);
    return LOOM_OK;
}
