/* peaks.c - see peaks.h. */
#include "peaks.h"
#include "kit/cells.h"
#include "kit/gaussian.h"
#include "kit/geometry.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* pixels that maxima of the first reconstruction are sought at, what binning has blurred counted in
 */
#define BLUR 1.4
#define FIRST_LEAST 0.35 /* of the mean of the brighter maxima */
#define PITCH 0.75       /* of the width of a point: of the grid that residuals are cast on */

static bool is_peak(const grid *g, int64_t i)
{
    float v = g->value[i];
    for (int64_t z = -1; z <= 1; z++)
        for (int64_t y = -1; y <= 1; y++)
            for (int64_t x = -1; x <= 1; x++)
                if ((x || y || z) && !(v > g->value[i + (z * g->n[1] + y) * g->n[0] + x]))
                    return false;
    return true;
}

int64_t peaks_find(const grid *g, double least, double *point, int64_t room)
{
    int64_t count = 0, stride[3] = { 1, g->n[0], g->n[0] * g->n[1] };
    for (int64_t z = 1; z < g->n[2] - 1; z++)
        for (int64_t y = 1; y < g->n[1] - 1; y++)
            for (int64_t x = 1; x < g->n[0] - 1; x++) {
                int64_t at[3] = { x, y, z }, i = z * stride[2] + y * stride[1] + x;
                double v = (double)g->value[i];
                if (!(v > 0) || v < least || !is_peak(g, i)) continue;
                double *p = point + LOOM_POINT * count;
                if (count++ >= room) continue;
                for (int a = 0; a < 3; a++) {
                    double below = (double)g->value[i - stride[a]],
                           above = (double)g->value[i + stride[a]], bend = below - 2 * v + above;
                    p[a] = g->low[a]
                           + g->pitch
                                 * ((double)at[a] + (bend < 0 ? 0.5 * (below - above) / bend : 0));
                }
                p[3] = v;
            }
    return count;
}

/* Mean of the maxima above the mean of all. */
static double bright(const double *point, int64_t n)
{
    double mean = 0, sum = 0;
    int64_t count = 0;
    for (int64_t j = 0; j < n; j++) mean += point[LOOM_POINT * j + 3] / (double)n;
    for (int64_t j = 0; j < n; j++)
        if (point[LOOM_POINT * j + 3] > mean) {
            sum += point[LOOM_POINT * j + 3];
            count++;
        }
    return count ? sum / (double)count : 0;
}

bool peaks_begin(bundle *b, const float *volume, const int64_t n[3], double binning)
{
    const loom_host *h = b->call->host;
    int64_t all = n[0] * n[1] * n[2];
    grid g = { .n = { n[0], n[1], n[2] }, .pitch = binning };
    float *a = h->scratch(b->call, (size_t)all * sizeof(float)),
          *c = h->scratch(b->call, (size_t)all * sizeof(float));
    if (!a || !c) return false;
    loom_gaussian blur;
    loom_gaussian_make(sqrt(fmax(0, BLUR * BLUR - 1.44 * (binning * binning - 1))) / binning,
                       &blur); /* 1.44: see spectrum.c */
    loom_gaussian_axis(&blur, LOOM_BORDER_REFLECT, volume, n[2] * n[1], n[0], 1, a, b->threads);
    loom_gaussian_axis(&blur, LOOM_BORDER_REFLECT, a, n[2], n[1], n[0], c, b->threads);
    loom_gaussian_axis(&blur, LOOM_BORDER_REFLECT, c, 1, n[2], n[1] * n[0], a, b->threads);
    for (int i = 0; i < 3; i++) g.low[i] = -binning * (double)loom_centre(n[i]);
    g.value = a;
    b->n = peaks_find(&g, 0, b->point, b->room);
    if (b->n <= b->room)
        b->n = peaks_find(&g, FIRST_LEAST * bright(b->point, b->n), b->point, b->room);
    h->release(b->call, a);
    h->release(b->call, c);
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_amplitude(bundle *b)
{
    if (b->n == 0) return 0;
    for (int64_t j = 0; j < b->n; j++) b->amplitude[j] = b->point[LOOM_POINT * j + 3];
    qsort(b->amplitude, (size_t)b->n, sizeof(double), ascending);
    return b->amplitude[b->n / 2];
}

static void keep(bundle *b, double least)
{
    int64_t to = 0;
    for (int64_t j = 0; j < b->n; j++)
        if (b->point[LOOM_POINT * j + 3] > least)
            memmove(b->point + LOOM_POINT * to++, b->point + LOOM_POINT * j,
                    LOOM_POINT * sizeof(double));
    b->n = to;
}

static bool cells_of(bundle *b, double edge, double **position, loom_cells *cells)
{
    *position = b->call->host->scratch(b->call, (size_t)(3 * b->n + 3) * sizeof(double));
    if (!*position) return false;
    for (int64_t i = 0; i < 3 * b->n; i++) (*position)[i] = b->point[LOOM_POINT * (i / 3) + i % 3];
    return loom_cells_build(b->call, *position, b->n, edge, cells);
}

static void cells_free(bundle *b, double *position, loom_cells *cells)
{
    b->call->host->release(b->call, position);
    b->call->host->release(b->call, cells->start);
    b->call->host->release(b->call, cells->index);
}

static int64_t more(int64_t a, int64_t b) { return a > b ? a : b; }

int64_t peaks_prune(bundle *b, double fraction, double apart)
{
    int64_t before = b->n;
    double *position, least = fmax(apart, 1e-3);
    loom_cells cells;
    keep(b, fraction * median_amplitude(b));
    if (!cells_of(b, least, &position, &cells)) return -1;
    int64_t room = 0;
    for (int64_t i = 0; i < b->n; i++)
        room = more(room, loom_cells_near(&cells, position + 3 * i, least, NULL, 0));
    int32_t *near = b->call->host->scratch(b->call, (size_t)room * sizeof *near);
    if (!near) return -1;
    for (int64_t i = 0; i < b->n;
         i++) { /* by their places before; each takes in those of higher number */
        double *p = b->point + LOOM_POINT * i;
        int64_t n = loom_cells_near(&cells, position + 3 * i, least, near, room);
        assert(n <= room);
        for (int64_t k = 0; k < n && p[3] > 0; k++) {
            double *q = b->point + LOOM_POINT * near[k], sum = p[3] + q[3];
            if (near[k] <= i || !(q[3] > 0)) continue;
            for (int a = 0; a < 3; a++) p[a] = (p[a] * p[3] + q[a] * q[3]) / sum;
            p[3] = sum;
            q[3] = 0;
        }
    }
    b->call->host->release(b->call, near);
    cells_free(b, position, &cells);
    keep(b, 0);
    return before - b->n;
}

/* What of `filtered` lies where a place lands, over all views, as the amplitude of a point standing
 * there alone. */
static float promise(const bundle *b, const double *rotation, const float *filtered,
                     const double place[3])
{
    double sum = 0, weight = 0, plain = 1 / (4 * LOOM_PI * b->sigma_px * b->sigma_px);
    for (int64_t k = 0; k < b->nt; k++) {
        double at[3];
        loom_to_detector(rotation + 9 * k, place, at);
        double u = at[0] + b->poses[k].v[POSE_X] + (double)loom_centre(b->nx),
               v = at[1] + b->poses[k].v[POSE_Y] + (double)loom_centre(b->ny);
        if (!(u >= 0 && v >= 0 && u < (double)(b->nx - 1) && v < (double)(b->ny - 1))) continue;
        int64_t x = (int64_t)u, y = (int64_t)v, i = (k * b->ny + y) * b->nx + x;
        double fx = u - (double)x, fy = v - (double)y;
        const float *p = filtered + i;
        sum += ((double)p[0] * (1 - fx) + (double)p[1] * fx) * (1 - fy)
               + ((double)p[b->nx] * (1 - fx) + (double)p[b->nx + 1] * fx) * fy;
        weight += (double)b->weight[i];
    }
    return weight > 0 ? (float)(sum / (plain * weight)) : 0;
}

/* Over the box of all points. False when out of memory. */
static bool cast_back(bundle *b, const float *filtered, grid *g)
{
    const loom_host *h = b->call->host;
    double high[3], *rotation = h->scratch(b->call, (size_t)(9 * b->nt) * sizeof(double));
    if (!rotation) return false;
    g->pitch = PITCH * b->sigma_px;
    for (int a = 0; a < 3; a++) {
        g->low[a] = high[a] = b->point[a];
        for (int64_t j = 0; j < b->n; j++) {
            g->low[a] = fmin(g->low[a], b->point[LOOM_POINT * j + a]);
            high[a] = fmax(high[a], b->point[LOOM_POINT * j + a]);
        }
        g->low[a] -= 4 * b->sigma_px;
        g->n[a] = (int64_t)((high[a] + 4 * b->sigma_px - g->low[a]) / g->pitch) + 1;
    }
    g->value = h->scratch(b->call, (size_t)(g->n[0] * g->n[1] * g->n[2]) * sizeof(float));
    if (!g->value) return false;
    for (int64_t k = 0; k < b->nt; k++) loom_euler(b->poses[k].v + POSE_PHI, rotation + 9 * k);
#pragma omp parallel for num_threads(b->threads) schedule(dynamic)
    for (int64_t row = 0; row < g->n[2] * g->n[1]; row++)
        for (int64_t x = 0; x < g->n[0]; x++) {
            double place[3] = { g->low[0] + g->pitch * (double)x,
                                g->low[1] + g->pitch * (double)(row % g->n[1]),
                                g->low[2] + g->pitch * (double)(row / g->n[1]) };
            g->value[row * g->n[0] + x] = promise(b, rotation, filtered, place);
        }
    h->release(b->call, rotation);
    return true;
}

int64_t peaks_add(bundle *b, double fraction, double apart)
{
    const loom_host *h = b->call->host;
    int64_t all = b->nt * b->ny * b->nx, old = b->n;
    double *position, median = median_amplitude(b);
    loom_gaussian image;
    loom_cells cells;
    grid g;
    if (b->n == 0) return 0;
    if (!cells_of(b, fmax(apart, 1e-3), &position, &cells)) return -1;
    loom_gaussian_make(b->sigma_px, &image);
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) b->widened[i] = b->residual[i] * b->weight[i];
    loom_gaussian_axis(&image, LOOM_BORDER_REFLECT, b->widened, b->nt * b->ny, b->nx, 1, b->model,
                       b->threads);
    loom_gaussian_axis(&image, LOOM_BORDER_REFLECT, b->model, b->nt, b->ny, b->nx, b->widened,
                       b->threads);
    if (!cast_back(b, b->widened, &g)) return -1;
    int64_t found = peaks_find(&g, fraction * median, b->point + LOOM_POINT * old, b->room - old);
    for (int64_t j = old; j < old + found && j < b->room; j++) {
        if (loom_cells_nearest(&cells, b->point + LOOM_POINT * j, fmax(apart, 1e-3), NULL) >= 0)
            continue;
        memmove(b->point + LOOM_POINT * b->n++, b->point + LOOM_POINT * j,
                LOOM_POINT * sizeof(double));
    }
    h->release(b->call, g.value);
    cells_free(b, position, &cells);
    bundle_measure(b);
    return b->n - old;
}
