/* peaks.c - see peaks.h. */
#include "peaks.h"
#include "kit/cells.h"
#include "kit/gaussian.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include "kit/maxima.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* pixels that maxima of the first reconstruction are sought at, what binning has blurred counted in
 */
#define BLUR 1.4
#define FIRST_LEAST 0.35 /* of the mean of the brighter maxima */
#define PITCH 0.75       /* of the width of a point: of the grid that residuals are cast on */

/* A volume of samples at low + pitch * (x, y, z), in pixels from the rotation centre. */
typedef struct grid {
    int64_t n[3];
    double low[3], pitch;
    float *value;
} grid;

static void grid_row(const void *user, int64_t y, int64_t z, double *work, double *restrict row)
{
    const grid *g = user;
    const float *from = g->value + (z * g->n[1] + y) * g->n[0];
    (void)work;
    for (int64_t x = 0; x < g->n[0]; x++) row[x] = (double)from[x];
}

/* Strict maxima above zero of 27 samples, in order of z, y, x. NULL when out of memory. */
static loom_maximum *maxima_of(const bundle *b, const grid *g, int64_t *count)
{
    return loom_maxima_find(b->call,
                            &(loom_maxima){ .n = { g->n[0], g->n[1], g->n[2] },
                                            .surround = LOOM_CUBE,
                                            .make_row = grid_row,
                                            .user = g },
                            count);
}

/* Points at those maxima that are not below `least`, placed between the samples by a parabola along
 * each axis. Returns how many there are, of which at most `room` are written. */
static int64_t place_points(const grid *g, const loom_maximum *found, int64_t n, double least,
                            double *point, int64_t room)
{
    const int64_t stride[3] = { 1, g->n[0], g->n[0] * g->n[1] };
    int64_t count = 0;
    for (int64_t k = 0; k < n; k++) {
        const loom_maximum *m = &found[k];
        if (m->value < least || count++ >= room) continue;
        const float *v = g->value + m->at[2] * stride[2] + m->at[1] * stride[1] + m->at[0];
        double *p = point + LOOM_POINT * (count - 1);
        for (int a = 0; a < 3; a++)
            p[a] = g->low[a]
                   + g->pitch
                         * ((double)m->at[a]
                            + loom_parabola((double)v[-stride[a]], m->value, (double)v[stride[a]]));
        p[3] = m->value;
    }
    return count;
}

/* The first points: maxima that are not much fainter than the brighter ones. */
static bool begin_at_maxima(bundle *b, const grid *g)
{
    const loom_host *h = b->call->host;
    int64_t n;
    loom_maximum *found = maxima_of(b, g, &n);
    float *value = found ? h->scratch(b->call, (size_t)(n + 1) * sizeof *value) : NULL;
    if (!value) return false;
    for (int64_t k = 0; k < n; k++) value[k] = (float)found[k].value;
    double least = n <= b->room ? FIRST_LEAST * loom_bright_level(value, n) : 0;
    b->n = place_points(g, found, n, least, b->point, b->room);
    h->release(b->call, value);
    h->release(b->call, found);
    return true;
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
    loom_gaussian_volume(&blur, volume, n, c, a, b->threads);
    h->release(b->call, c);
    for (int i = 0; i < 3; i++) g.low[i] = -binning * (double)loom_centre(n[i]);
    g.value = a;
    bool good = begin_at_maxima(b, &g);
    h->release(b->call, a);
    return good;
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
    loom_gaussian_images(&image, LOOM_BORDER_REFLECT, b->widened, b->nt, b->ny, b->nx, b->model,
                         b->widened, b->threads);
    if (!cast_back(b, b->widened, &g)) return -1;
    int64_t n;
    loom_maximum *maxima = maxima_of(b, &g, &n);
    if (!maxima) return -1;
    int64_t found =
        place_points(&g, maxima, n, fraction * median, b->point + LOOM_POINT * old, b->room - old);
    h->release(b->call, maxima);
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
