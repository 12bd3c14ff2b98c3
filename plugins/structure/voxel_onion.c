/* structure/voxel_onion.c - see voxel_onion.h */
#include "voxel_onion.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#define VOXELS_MOST 2e9

/* voxel (i, j, k) is at (low + index) * voxel */
typedef struct grid {
    int64_t dim[3], low[3], count;
    double voxel;
} grid;

/* False where the particle would need more voxels than VOXELS_MOST. */
static bool choose_grid(const loom_atoms *atoms, const onion_settings *s, grid *g)
{
    int64_t margin = 2 * s->half_width + 2;
    double low[3], high[3], voxels = 1;
    for (int a = 0; a < 3; a++) {
        low[a] = INFINITY;
        high[a] = -INFINITY;
        for (int64_t i = 0; i < atoms->n; i++) {
            low[a] = fmin(low[a], atoms->position[3 * i + a]);
            high[a] = fmax(high[a], atoms->position[3 * i + a]);
        }
        low[a] = floor(low[a] / s->voxel);
        high[a] = ceil(high[a] / s->voxel);
        voxels *= high[a] - low[a] + (double)(2 * margin) + 1;
        if (!(fabs(low[a]) < VOXELS_MOST && voxels < VOXELS_MOST)) return false;
    }
    g->voxel = s->voxel;
    g->count = 1;
    for (int a = 0; a < 3; a++) {
        g->low[a] = (int64_t)low[a] - margin;
        g->dim[a] = (int64_t)high[a] + margin - g->low[a] + 1;
        g->count *= g->dim[a];
    }
    return true;
}

/* The voxels whose centre lies in the tetrahedron: all four barycentric coordinates not negative.
 */
static void fill_tetrahedron(const grid *g, const double *const x[4], uint8_t *restrict set)
{
    int64_t from[3], to[3];
    double e[3][3], inverse[3][3];
    for (int a = 0; a < 3; a++) {
        double low = fmin(fmin(x[0][a], x[1][a]), fmin(x[2][a], x[3][a])),
               high = fmax(fmax(x[0][a], x[1][a]), fmax(x[2][a], x[3][a]));
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
                double d[3] = { (double)(i + g->low[0]) * g->voxel - x[0][0],
                                (double)(y + g->low[1]) * g->voxel - x[0][1],
                                (double)(z + g->low[2]) * g->voxel - x[0][2] };
                double b[3], least = INFINITY;
                for (int k = 0; k < 3; k++) {
                    b[k] =
                        (inverse[k][0] * d[0] + inverse[k][1] * d[1] + inverse[k][2] * d[2]) / det;
                    least = fmin(least, b[k]);
                }
                if (fmin(least, 1 - b[0] - b[1] - b[2]) >= -1e-12)
                    set[(z * g->dim[1] + y) * g->dim[0] + i] = 1;
            }
}

/* A body of its own: alpha shape at twice its critical alpha. */
static loom_status fill_body(loom_call *call, const loom_atoms *atoms, double r1, const grid *g,
                             uint8_t *set)
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
        if (c.radius[t] <= 2 * alpha)
            fill_tetrahedron(g,
                             (const double *const[4]){ x + 3 * (int64_t)v[0], x + 3 * (int64_t)v[1],
                                                       x + 3 * (int64_t)v[2],
                                                       x + 3 * (int64_t)v[3] },
                             set);
    }
    call->host->release(call, c.tetrahedron);
    call->host->release(call, c.radius);
    return LOOM_OK;
}

/* Along n rows of `width` voxels, `stride` apart: dst is 1 where src is within `half` rows, or
 * (low) 0 where src is 0 or outside. `last[k]` is the last row seen, looking ahead by `half`, in
 * which column k has the value sought. */
static void spread_rows(const uint8_t *restrict src, int64_t n, int64_t stride, int64_t width,
                        int64_t half, bool low, int32_t *restrict last, uint8_t *restrict dst)
{
    assert(half >= 0 && stride > 0);
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
static void spread_row(const uint8_t *restrict src, int64_t n, int64_t half, bool low,
                       uint8_t *restrict dst)
{
    assert(half >= 0);
    uint8_t seek = !low;
    int64_t last = -half - 1;
    for (int64_t i = 0; i < half && i < n; i++) last = src[i] == seek ? i : last;
    for (int64_t i = 0; i < n; i++) {
        bool edge = low && (i < half || i + half >= n);
        if (i + half < n && src[i + half] == seek) last = i + half;
        dst[i] = last >= i - half || edge ? seek : !seek;
    }
}

typedef struct sets {
    grid g;
    /* the particle; the growing core; the set at hand; room for a pass */
    uint8_t *body, *core, *set, *work;
    int32_t *last; /* nx entries per thread */
    int threads;
} sets;

/* Dilation (or erosion) by a cube: along x, y and z in turn. */
static void spread(const sets *s, int64_t half, bool low, uint8_t *set)
{
    int64_t nx = s->g.dim[0], ny = s->g.dim[1], nz = s->g.dim[2];
    uint8_t *work = s->work;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (int64_t k = 0; k < ny * nz; k++) spread_row(set + k * nx, nx, half, low, work + k * nx);
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (int64_t z = 0; z < nz; z++)
        spread_rows(work + z * ny * nx, ny, nx, nx, half, low, s->last + nx * omp_get_thread_num(),
                    set + z * ny * nx);
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (int64_t y = 0; y < ny; y++)
        spread_rows(set + y * nx, nz, ny * nx, nx, half, low, s->last + nx * omp_get_thread_num(),
                    work + y * nx);
    memcpy(set, work, (size_t)s->g.count);
}

static void clip(const sets *s, uint8_t *restrict set)
{
    for (int64_t k = 0; k < s->g.count; k++) set[k] &= s->body[k];
}

static int64_t voxel_of(const grid *g, const double *x)
{
    assert(g->voxel > 0);
    int64_t at[3];
    for (int a = 0; a < 3; a++) at[a] = (int64_t)floor(x[a] / g->voxel + 0.5) - g->low[a];
    return (at[2] * g->dim[1] + at[1]) * g->dim[0] + at[0];
}

/* Adds one to `inside` of every atom the set holds; says whether the set holds a voxel at all. */
static bool count_inside(const loom_atoms *atoms, const grid *g, const uint8_t *set,
                         int32_t *inside)
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
        for (int64_t k = s->nb->first[i]; k < s->nb->first[i + 1]; k++)
            of += atoms->species[s->nb->list[k]] == s->core;
        if (atoms->species[i] == s->core && all == 12 && of == 12)
            memcpy(position + 3 * n++, atoms->position + 3 * i, 3 * sizeof *position);
    }
    return n;
}

static bool allocate(loom_call *call, sets *s)
{
    const loom_host *h = call->host;
    size_t n = (size_t)s->g.count;
    s->threads = h->threads(call);
    s->body = h->scratch(call, n);
    s->core = h->scratch(call, n);
    s->set = h->scratch(call, n);
    s->work = h->scratch(call, n);
    s->last = h->scratch(call, (size_t)(s->g.dim[0] * s->threads) * sizeof *s->last);
    return s->body && s->core && s->set && s->work && s->last;
}

/* How many of the nested sets hold each atom. Returns the number of sets, or -1 when asked to stop.
 */
static int32_t nest(loom_call *call, const loom_atoms *atoms, const sets *s, int64_t half,
                    int32_t *restrict inside)
{
    const loom_host *h = call->host;
    int32_t n = 0;
    memset(inside, 0, (size_t)atoms->n * sizeof *inside);
    memcpy(s->set, s->core, (size_t)s->g.count);
    for (; count_inside(atoms, &s->g, s->set, inside);
         n++) { /* the core and what is left of it, inwards */
        if (!h->progress(call, 0.3, 1)) return -1;
        spread(s, half, true, s->set);
    }
    for (;; n++) { /* outwards, until nothing of the body is left to take */
        if (!h->progress(call, 0.6, 1)) return -1;
        memcpy(s->set, s->core, (size_t)s->g.count);
        spread(s, half, false, s->core);
        clip(s, s->core);
        if (!memcmp(s->set, s->core, (size_t)s->g.count)) return n;
        count_inside(atoms, &s->g, s->core, inside);
    }
}

loom_status voxel_onion(loom_call *call, const loom_atoms *atoms, const onion_settings *settings,
                        int32_t *layer, int32_t *layers)
{
    enum { CORE_LEAST = 20 };
    const loom_host *h = call->host;
    sets s = { 0 };
    if (!choose_grid(atoms, settings, &s.g))
        return h->fail(call, LOOM_E_PARAM, "voxel",
                       "voxels of %g angstrom would make a grid of more than %g; make them larger",
                       settings->voxel, VOXELS_MOST);
    double *position = h->scratch(call, (size_t)atoms->n * 3 * sizeof *position);
    if (!position || !allocate(call, &s)) return LOOM_E_MEMORY;
    loom_atoms pure = { .n = find_core(atoms, settings, position), .position = position };
    if (pure.n < CORE_LEAST)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "%lld atoms of the core species have 12 neighbours of their own kind, "
                       "expected %d or more; choose another 'core' or "
                       "'method: depth'",
                       (long long)pure.n, CORE_LEAST);
    loom_status status = fill_body(call, atoms, settings->r1, &s.g, s.body);
    if (status != LOOM_OK
        || (status = fill_body(call, &pure, settings->r1, &s.g, s.core)) != LOOM_OK)
        return status;
    spread(&s, settings->half_width, false, s.body);
    spread(&s, 2, false, s.core);
    clip(&s, s.core);
    *layers = nest(call, atoms, &s, settings->half_width, layer);
    for (int64_t i = 0; i < atoms->n; i++) layer[i] = *layers - layer[i] + 1;
    return *layers < 0 ? LOOM_E_CANCELLED : LOOM_OK;
}
