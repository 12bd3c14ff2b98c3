/* points.c - see points.h. */
#include "kit/points.h"
#include "kit/geometry.h"
#include <assert.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

/* Samples of a footprint: 2 reach + 1, rounded up to whole vectors with zeros; points whose sums
 * over views one thread makes at a time. */
enum { LANES = 8, MOST_WIDTH = 64, BLOCK = 256 };

static int64_t reach_of(double sigma) { return (int64_t)ceil(4 * sigma - 0.5); }
static int64_t width_of(int64_t reach) { return (2 * reach + LANES) / LANES * LANES; }

/* The profile about one coordinate and its derivative with respect to that coordinate; `table[i]`
 * is exp(-i^2 / 2 sigma^2) / norm. */
static void profile(double at, double sigma, int64_t reach, int64_t width, const double *table,
                    int64_t *first, float *restrict g, float *restrict slope)
{
    assert(reach >= 0 && width <= MOST_WIDTH && sigma > 0);
    int64_t centre = llround(at);
    double f = at - (double)centre, v = 1 / (sigma * sigma), base = exp(-0.5 * f * f * v),
           q = exp(f * v), up = base, down = base, inverse = 1 / q;
    *first = centre - reach;
    g[reach] = (float)(base * table[0]);
    slope[reach] = (float)(-f * v * base * table[0]);
    for (int64_t i = 1; i <= reach; i++) {
        up *= q;
        down *= inverse;
        double above = up * table[i], below = down * table[i];
        g[reach + i] = (float)above;
        g[reach - i] = (float)below;
        slope[reach + i] = (float)(((double)i - f) * v * above);
        slope[reach - i] = (float)((-(double)i - f) * v * below);
    }
    for (int64_t i = 2 * reach + 1; i < width; i++) g[i] = slope[i] = 0;
}

/* Where a point lands, with the columns that matter: x0 .. x1-1 and y0 .. y1-1 of the image,
 * entries of g from those of `first`. */
typedef struct patch {
    int64_t x, y, x0, x1, y0, y1;
    _Alignas(32) float gx[MOST_WIDTH], dx[MOST_WIDTH], gy[MOST_WIDTH], dy[MOST_WIDTH];
} patch;

typedef struct lens {
    double sigma, r[9], cx, cy, column[3][3], table[MOST_WIDTH / 2];
    int64_t reach, width, ny, nx;
} lens;

static void focus(const loom_points *m, int64_t k, lens *l)
{
    assert(k >= 0 && k < m->nt);
    const double *view = m->view + LOOM_VIEW * k;
    l->sigma = m->sigma_px;
    l->reach = reach_of(l->sigma);
    l->width = width_of(l->reach);
    assert(l->width <= MOST_WIDTH && l->reach < MOST_WIDTH / 2);
    l->ny = m->ny;
    l->nx = m->nx;
    l->cx = (double)loom_centre(m->nx) + view[0];
    l->cy = (double)loom_centre(m->ny) + view[1];
    loom_euler(view + 2, l->r);
    loom_angle_columns(view + 2, l->r, l->column);
    for (int64_t i = 0; i <= l->reach; i++)
        l->table[i] =
            exp(-0.5 * (double)(i * i) / (l->sigma * l->sigma)) / (sqrt(2 * LOOM_PI) * l->sigma);
}

/* False where it misses the image. `at`: detector coordinates from the rotation centre, the third
 * along the beam. */
static bool land(const lens *l, const double *point, double at[3], patch *p)
{
    loom_to_detector(l->r, point, at);
    double x = at[0] + l->cx, y = at[1] + l->cy, far = (double)l->reach + 1;
    if (!(x > -far && x < (double)l->nx + far && y > -far && y < (double)l->ny + far)) return false;
    profile(x, l->sigma, l->reach, l->width, l->table, &p->x, p->gx, p->dx);
    profile(y, l->sigma, l->reach, l->width, l->table, &p->y, p->gy, p->dy);
    p->x0 = p->x < 0 ? 0 : p->x;
    p->x1 = p->x + l->width > l->nx ? l->nx : p->x + l->width;
    p->y0 = p->y < 0 ? 0 : p->y;
    p->y1 = p->y + 2 * l->reach + 1 > l->ny ? l->ny : p->y + 2 * l->reach + 1;
    return p->x0 < p->x1 && p->y0 < p->y1;
}

/* Adds a g(x) g(y) + b g'(x) g(y) + c g(x) g'(y). The common width has a loop of its own, which the
 * compiler unrolls. */
static void scatter(const lens *l, const patch *p, float a, float b, float c, float *restrict image)
{
    const float *gx = p->gx + (p->x0 - p->x), *dx = p->dx + (p->x0 - p->x);
    int64_t n = p->x1 - p->x0;
    for (int64_t y = p->y0; y < p->y1; y++) {
        float *row = image + y * l->nx + p->x0, plain = a * p->gy[y - p->y] + c * p->dy[y - p->y],
              sloped = b * p->gy[y - p->y];
        if (n == 2 * LANES)
            for (int64_t i = 0; i < 2 * LANES; i++) row[i] += plain * gx[i] + sloped * dx[i];
        else
            for (int64_t i = 0; i < n; i++) row[i] += plain * gx[i] + sloped * dx[i];
    }
}

/* Sums of image times g g, g' g, g g'. */
static void gather(const lens *l, const patch *p, const float *image, float out[3])
{
    _Alignas(32) float plain[MOST_WIDTH] = { 0 }, sloped[MOST_WIDTH] = { 0 };
    const float *gx = p->gx + (p->x0 - p->x), *dx = p->dx + (p->x0 - p->x);
    int64_t n = p->x1 - p->x0;
    for (int64_t y = p->y0; y < p->y1; y++) {
        const float *row = image + y * l->nx + p->x0;
        float g = p->gy[y - p->y], d = p->dy[y - p->y];
        if (n == 2 * LANES)
            for (int64_t i = 0; i < 2 * LANES; i++) {
                plain[i] += g * row[i];
                sloped[i] += d * row[i];
            }
        else
            for (int64_t i = 0; i < n; i++) {
                plain[i] += g * row[i];
                sloped[i] += d * row[i];
            }
    }
    float s = 0, x = 0, y = 0;
    for (int64_t i = 0; i < n; i++) {
        s += plain[i] * gx[i];
        x += plain[i] * dx[i];
        y += sloped[i] * gx[i];
    }
    out[0] = s;
    out[1] = x;
    out[2] = y;
}

static void image_of(const loom_points *m, int64_t k, float *restrict image)
{
    assert(k >= 0 && k < m->nt);
    lens l;
    patch p;
    double at[3];
    focus(m, k, &l);
    memset(image, 0, (size_t)(m->ny * m->nx) * sizeof(float));
    for (int64_t j = 0; j < m->n; j++)
        if (land(&l, m->point + LOOM_POINT * j, at, &p))
            scatter(&l, &p, (float)m->point[LOOM_POINT * j + 3], 0, 0, image);
}

void loom_points_images(const loom_points *m, float *images)
{
    assert(m->threads > 0 && images);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) image_of(m, k, images + k * m->ny * m->nx);
}

/* Movement on the detector of what is at `at` when the view's unknowns change by d. */
static void carried(const lens *l, const double at[3], const double d[LOOM_VIEW], double *u,
                    double *v)
{
    double w[3] = { 0 };
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++) w[i] += l->column[a][i] * d[2 + a];
    *u = d[0] + w[1] * at[2] - w[2] * at[1];
    *v = d[1] + w[2] * at[0] - w[0] * at[2];
}

static void change_of(const loom_points *m, int64_t k, const double *point, const double *view,
                      float *restrict image)
{
    lens l;
    patch p;
    double at[3], moved[3], u, v;
    focus(m, k, &l);
    memset(image, 0, (size_t)(m->ny * m->nx) * sizeof(float));
    for (int64_t j = 0; j < m->n; j++) {
        double amplitude = m->point[LOOM_POINT * j + 3], change = 0, du = 0, dv = 0;
        if (!land(&l, m->point + LOOM_POINT * j, at, &p)) continue;
        if (point) {
            loom_to_detector(l.r, point + LOOM_POINT * j, moved);
            du = moved[0];
            dv = moved[1];
            change = point[LOOM_POINT * j + 3];
        }
        if (view) {
            carried(&l, at, view + LOOM_VIEW * k, &u, &v);
            du += u;
            dv += v;
        }
        scatter(&l, &p, (float)change, (float)(amplitude * du), (float)(amplitude * dv), image);
    }
}

void loom_points_forward(const loom_points *m, const double *point, const double *view,
                         float *images)
{
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) change_of(m, k, point, view, images + k * m->ny * m->nx);
}

int64_t loom_points_work(const loom_points *m)
{
    assert(m->n >= 0 && m->nt >= 0 && m->threads > 0);
    int64_t backward = 3 * m->n * m->nt, curvature = LOOM_VIEW * m->ny * m->nx * m->threads;
    return backward > curvature ? backward : curvature;
}

/* What each point says of view k into pulls[n][3] (amplitude, u, v), and their sum for the view. */
static void pull_of(const loom_points *m, int64_t k, const float *image, float *restrict pulls,
                    double view[LOOM_VIEW])
{
    lens l;
    patch p;
    double at[3], w[3] = { 0 };
    focus(m, k, &l);
    memset(view, 0, LOOM_VIEW * sizeof(double));
    for (int64_t j = 0; j < m->n; j++) {
        float *pull = pulls + 3 * j;
        double amplitude = m->point[LOOM_POINT * j + 3];
        if (!land(&l, m->point + LOOM_POINT * j, at, &p)) {
            pull[0] = pull[1] = pull[2] = 0;
            continue;
        }
        gather(&l, &p, image, pull);
        double u = amplitude * (double)pull[1], v = amplitude * (double)pull[2];
        pull[1] = (float)u;
        pull[2] = (float)v;
        view[0] += u;
        view[1] += v;
        w[0] -= v * at[2];
        w[1] += u * at[2];
        w[2] += v * at[0] - u * at[1];
    }
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++) view[2 + a] += l.column[a][i] * w[i];
}

void loom_points_backward(const loom_points *m, const float *images, float *work, double *point,
                          double *view)
{
    assert(work && point && view);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++)
        pull_of(m, k, images + k * m->ny * m->nx, work + 3 * m->n * k, view + LOOM_VIEW * k);
    memset(point, 0, (size_t)(LOOM_POINT * m->n) * sizeof(double));
    int64_t blocks = (m->n + BLOCK - 1) / BLOCK;
#pragma omp parallel for num_threads(m->threads) schedule(static)
    for (int64_t b = 0; b < blocks; b++) /* a block of points, views in order */
        for (int64_t k = 0; k < m->nt; k++) {
            double r[9];
            loom_euler(m->view + LOOM_VIEW * k + 2, r);
            for (int64_t j = BLOCK * b; j < BLOCK * (b + 1) && j < m->n; j++) {
                const float *pull = work + 3 * (m->n * k + j);
                double *to = point + LOOM_POINT * j;
                for (int i = 0; i < 3; i++)
                    to[i] += r[3 * i] * (double)pull[1] + r[3 * i + 1] * (double)pull[2];
                to[3] += (double)pull[0];
            }
        }
}

static void view_block(const loom_points *m, int64_t k, const float *weight, float *restrict change,
                       double block[LOOM_VIEW * LOOM_VIEW])
{
    assert(k >= 0 && k < m->nt);
    int64_t pixels = m->ny * m->nx;
    loom_points one = *m;
    one.nt = 1;
    one.view = m->view + LOOM_VIEW * k;
    for (int a = 0; a < LOOM_VIEW; a++) {
        double unit[LOOM_VIEW] = { 0 };
        unit[a] = 1;
        change_of(&one, 0, NULL, unit, change + a * pixels);
    }
    for (int a = 0; a < LOOM_VIEW; a++)
        for (int b = 0; b <= a; b++) {
            const float *x = change + a * pixels, *y = change + b * pixels;
            double sum = 0;
            for (int64_t i = 0; i < pixels; i++)
                sum += (double)(x[i] * y[i]) * (double)(weight ? weight[i] : 1);
            block[LOOM_VIEW * a + b] = block[LOOM_VIEW * b + a] = sum;
        }
}

/* Integrals over the plane: of (g g)^2 1 / (4 pi s^2), of (g' g)^2 half of that over s^2. */
static void point_block(const loom_points *m, int64_t j, const float *weight, double position[6],
                        double *amplitude)
{
    assert(j >= 0 && j < m->n);
    double s2 = m->sigma_px * m->sigma_px, plain = 1 / (4 * LOOM_PI * s2),
           a = m->point[LOOM_POINT * j + 3], sum = 0;
    memset(position, 0, 6 * sizeof(double));
    for (int64_t k = 0; k < m->nt; k++) {
        const double *view = m->view + LOOM_VIEW * k;
        double r[9], at[3];
        loom_euler(view + 2, r);
        loom_to_detector(r, m->point + LOOM_POINT * j, at);
        int64_t x = llround(at[0] + view[0]) + loom_centre(m->nx),
                y = llround(at[1] + view[1]) + loom_centre(m->ny);
        if (x < 0 || x >= m->nx || y < 0 || y >= m->ny) continue;
        double w = weight ? (double)weight[(k * m->ny + y) * m->nx + x] : 1;
        sum += w;
        for (int i = 0, e = 0; i < 3; i++)
            for (int c = 0; c <= i; c++, e++)
                position[e] += w * (r[3 * i] * r[3 * c] + r[3 * i + 1] * r[3 * c + 1]);
    }
    for (int e = 0; e < 6; e++) position[e] *= a * a * plain / (2 * s2);
    *amplitude = sum * plain;
}

void loom_points_curvature(const loom_points *m, const float *weight, float *work, double *position,
                           double *amplitude, double *view)
{
    assert(work && position && amplitude && view);
    int64_t pixels = m->ny * m->nx;
#pragma omp parallel for num_threads(m->threads) schedule(static)
    for (int64_t j = 0; j < m->n; j++) point_block(m, j, weight, position + 6 * j, amplitude + j);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++)
        view_block(m, k, weight ? weight + k * pixels : NULL,
                   work + omp_get_thread_num() * LOOM_VIEW * pixels,
                   view + LOOM_VIEW * LOOM_VIEW * k);
}
