/* kit/cells.c - see cells.h */
#include "kit/cells.h"
#include <assert.h>
#include <math.h>
#include <string.h>

int64_t loom_cells_along(const loom_cells *c, int axis, double x)
{
    assert(axis >= 0 && axis < 3 && c->edge > 0);
    double i = floor((x - c->low[axis]) / c->edge);
    if (!(i > 0)) return 0;
    return i < (double)(c->dim[axis] - 1) ? (int64_t)i : c->dim[axis] - 1;
}

static int64_t cell_of(const loom_cells *c, const double x[3])
{
    return (loom_cells_along(c, 2, x[2]) * c->dim[1] + loom_cells_along(c, 1, x[1])) * c->dim[0]
           + loom_cells_along(c, 0, x[0]);
}

static void choose_grid(loom_cells *c, double radius)
{
    double high[3] = { 0, 0, 0 };
    for (int a = 0; a < 3; a++) c->low[a] = c->n ? INFINITY : 0;
    for (int a = 0; a < 3; a++) high[a] = c->n ? -INFINITY : 0;
    for (int64_t i = 0; i < c->n; i++)
        for (int a = 0; a < 3; a++) {
            c->low[a] = fmin(c->low[a], c->position[3 * i + a]);
            high[a] = fmax(high[a], c->position[3 * i + a]);
        }
    for (c->edge = radius;;
         c->edge *= 1.25) { /* sparse clouds: no more than a few cells per point */
        double cells = 1;
        for (int a = 0; a < 3; a++) cells *= floor((high[a] - c->low[a]) / c->edge) + 1;
        if (cells <= 8.0 * (double)c->n + 64) break;
    }
    for (int a = 0; a < 3; a++) c->dim[a] = (int64_t)floor((high[a] - c->low[a]) / c->edge) + 1;
}

bool loom_cells_build(loom_call *call, const double *position, int64_t n, double radius,
                      loom_cells *out)
{
    assert(n >= 0 && n < INT32_MAX && (position || !n));
    loom_cells c = { .position = position, .n = n };
    choose_grid(&c, radius);
    int64_t cells = c.dim[0] * c.dim[1] * c.dim[2];
    c.start = call->host->scratch(call, sizeof *c.start * (size_t)(cells + 1));
    c.index = call->host->scratch(call, sizeof *c.index * (size_t)(n + 1));
    if (!c.start || !c.index) return false;
    memset(c.start, 0, sizeof *c.start * (size_t)(cells + 1));
    for (int64_t i = 0; i < n; i++) c.start[cell_of(&c, position + 3 * i) + 1]++;
    for (int64_t k = 0; k < cells; k++) c.start[k + 1] += c.start[k];
    for (int64_t i = n;
         i-- > 0;) /* backwards: each cell is filled from its end, which leaves numbers ascending */
        c.index[--c.start[cell_of(&c, position + 3 * i) + 1]] = (int32_t)i;
    /* start[k+1] now is the first entry of cell k: shift back */
    memmove(c.start, c.start + 1, sizeof *c.start * (size_t)cells);
    c.start[cells] = n;
    *out = c;
    return true;
}

typedef struct box {
    int64_t low[3], high[3];
} box;

static box cells_around(const loom_cells *c, const double at[3], double radius)
{
    assert(radius >= 0);
    box b;
    for (int a = 0; a < 3; a++) {
        b.low[a] = loom_cells_along(c, a, at[a] - radius);
        b.high[a] = loom_cells_along(c, a, at[a] + radius);
    }
    return b;
}

static double distance2_of(const double *x, const double *y)
{
    double dx = x[0] - y[0], dy = x[1] - y[1], dz = x[2] - y[2];
    return dx * dx + dy * dy + dz * dz;
}

static void sort_ascending(int32_t *v, int64_t n)
{
    assert(n >= 0 && (v || !n));
    for (int64_t i = 1; i < n; i++) { /* short, nearly sorted lists */
        int32_t x = v[i];
        int64_t k = i;
        for (; k > 0 && v[k - 1] > x; k--) v[k] = v[k - 1];
        v[k] = x;
    }
}

int64_t loom_cells_near(const loom_cells *c, const double at[3], double radius, int32_t *out,
                        int64_t most)
{
    assert(out || most == 0);
    int64_t found = 0;
    if (!c->n) return 0;
    box b = cells_around(c, at, radius);
    for (int64_t z = b.low[2]; z <= b.high[2]; z++)
        for (int64_t y = b.low[1]; y <= b.high[1]; y++) {
            int64_t row = (z * c->dim[1] + y) * c->dim[0];
            for (int64_t k = c->start[row + b.low[0]]; k < c->start[row + b.high[0] + 1]; k++) {
                if (distance2_of(c->position + 3 * c->index[k], at) > radius * radius) continue;
                if (found < most) out[found] = c->index[k];
                found++;
            }
        }
    sort_ascending(out, found < most ? found : most);
    return found;
}

int64_t loom_cells_nearest(const loom_cells *c, const double at[3], double radius,
                           double *distance2)
{
    int64_t best = -1;
    double best2 = radius * radius;
    if (!c->n) return -1;
    box b = cells_around(c, at, radius);
    for (int64_t z = b.low[2]; z <= b.high[2]; z++)
        for (int64_t y = b.low[1]; y <= b.high[1]; y++) {
            int64_t row = (z * c->dim[1] + y) * c->dim[0];
            for (int64_t k = c->start[row + b.low[0]]; k < c->start[row + b.high[0] + 1]; k++) {
                int64_t i = c->index[k];
                double d2 = distance2_of(c->position + 3 * i, at);
                if (d2 < best2 || (d2 == best2 && (best < 0 || i < best))) {
                    best2 = d2;
                    best = i;
                }
            }
        }
    if (best >= 0 && distance2) *distance2 = best2;
    return best;
}

bool loom_neighbours_build(loom_call *call, const loom_cells *c, double radius,
                           loom_neighbours *out)
{
    assert(c->start && radius >= 0);
    int threads = call->host->threads(call);
    out->first = call->host->scratch(call, sizeof *out->first * (size_t)(c->n + 1));
    if (!out->first) return false;
    out->first[0] = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
    for (int64_t i = 0; i < c->n; i++)
        out->first[i + 1] = loom_cells_near(c, c->position + 3 * i, radius, NULL, 0) - 1;
    for (int64_t i = 0; i < c->n; i++) out->first[i + 1] += out->first[i];
    out->list =
        call->host->scratch(call, sizeof *out->list * (size_t)(out->first[c->n] + c->n + 1));
    if (!out->list) return false;
    /* each point needs one more place while itself is in the list: written behind its own */
    int32_t *with_self = out->list;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
    for (int64_t i = 0; i < c->n; i++) {
        int64_t n = out->first[i + 1] - out->first[i] + 1, k = 0;
        int32_t *list = with_self + out->first[i] + i;
        int64_t found = loom_cells_near(c, c->position + 3 * i, radius, list, n);
        assert(found == n);
        (void)found;
        while (list[k] != i) k++;
        memmove(list + k, list + k + 1, sizeof *list * (size_t)(n - 1 - k));
    }
    for (int64_t i = 0; i < c->n; i++)
        memmove(out->list + out->first[i], with_self + out->first[i] + i,
                sizeof *out->list * (size_t)(out->first[i + 1] - out->first[i]));
    return true;
}
