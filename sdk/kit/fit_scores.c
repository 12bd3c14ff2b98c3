/* kit/fit_scores.c - see fit_scores.h
 *
 * An atom of height h at a place adds h P to every image there. With the residual D - model and the
 * weights 1 / variance, the best h is S / I, S = sum of weight residual P, I = sum of weight P^2,
 * and z = S / sqrt(I). Both sums are images filtered once and read where the place is seen. */
#include "kit/fit_scores.h"
#include "kit/fit_inside.h"
#include "kit/gaussian.h"
#include "kit/geometry.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PITCH 0.6 /* of an atom's width: of the grid */
/* Of the minima, by depth, those that the tail is fitted to: enough to know its slope, few enough
 * that what is left of the model's own errors does not count. */
#define TAIL 0.25
enum { LEAST_TAIL = 10 };
/* Expected share of minima with |z| beyond 0 where there are too few to count: a normal tail. */
#define BARE_FROM 2.0
enum { INSIDE = 1, OPEN = 2 }; /* within `outer` of an atom; and beyond `inner` of all */

typedef struct map {
    int64_t n[3];
    double low[3], pitch;
    uint8_t *place;
    float *z, *height;
} map;

/* ---- filtered images ------------------------------------------------------------------------- */

static void filter(loom_fit *f, int64_t k, double variance, float *image)
{
    assert(k >= 0 && k < f->nt && variance > 0);
    loom_gaussian g;
    int64_t at = k * fit_pixels(f);
    loom_gaussian_make(sqrt(variance), &g);
    loom_gaussian_axis(&g, LOOM_BORDER_ZERO, image + at, f->ny, f->nx, 1, f->model + at, 1);
    loom_gaussian_axis(&g, LOOM_BORDER_ZERO, f->model + at, 1, f->ny, f->nx, image + at, 1);
}

/* change = S and shape = I of every place in every image. */
static void filter_images(loom_fit *f)
{
    float *score = f->change, *information = f->fields.shape;
#pragma omp parallel for num_threads(f->threads) schedule(dynamic)
    for (int64_t k = 0; k < f->nt; k++) {
        const double *view = f->view + k * fit_views(f);
        double variance =
            fmax(f->common[0] * f->common[0] + view[VIEW_BLUR] + 1 / 12.0, 0.2 /* pixels^2 */);
        float scale = (float)view[VIEW_SCALE],
              square = scale * scale / (float)(4 * LOOM_PI * variance);
        for (int64_t i = k * fit_pixels(f); i < (k + 1) * fit_pixels(f); i++) {
            score[i] = scale * f->residual[i] * f->weight[i];
            information[i] = square * f->weight[i];
        }
        filter(f, k, variance, score);
        filter(f, k, variance / 2, information); /* P^2 is half as wide, P over 2 sqrt(pi) sigma */
    }
}

/* ---- the map --------------------------------------------------------------------------------- */

static bool make_grid(loom_fit *f, double outer, map *m)
{
    const loom_host *h = f->call->host;
    double high[3];
    m->pitch = PITCH * f->common[0];
    for (int a = 0; a < 3; a++) {
        m->low[a] = high[a] = f->atom[a];
        for (int64_t j = 0; j < f->n; j++) {
            m->low[a] = fmin(m->low[a], f->atom[LOOM_ATOM * j + a]);
            high[a] = fmax(high[a], f->atom[LOOM_ATOM * j + a]);
        }
        m->low[a] -= outer + 2 * m->pitch;
        m->n[a] = (int64_t)((high[a] + outer + 2 * m->pitch - m->low[a]) / m->pitch) + 2;
    }
    size_t all = (size_t)(m->n[0] * m->n[1] * m->n[2]);
    m->place = h->scratch(f->call, all);
    m->z = h->scratch(f->call, all * sizeof(float));
    m->height = h->scratch(f->call, all * sizeof(float));
    if (!m->place || !m->z || !m->height) return false;
    memset(m->place, 0, all);
    memset(m->z, 0, all * sizeof(float));
    return true;
}

/* Marks or unmarks the places within `radius` of every atom. */
static void stamp(const loom_fit *f, map *m, double radius, bool set, uint8_t flag)
{
    assert(radius >= 0 && m->pitch > 0);
    for (int64_t j = 0; j < f->n; j++) {
        const double *p = f->atom + LOOM_ATOM * j;
        int64_t from[3], to[3];
        for (int a = 0; a < 3; a++) {
            from[a] = (int64_t)ceil((p[a] - radius - m->low[a]) / m->pitch);
            to[a] = (int64_t)floor((p[a] + radius - m->low[a]) / m->pitch);
        }
        for (int64_t z = from[2]; z <= to[2]; z++)
            for (int64_t y = from[1]; y <= to[1]; y++)
                for (int64_t x = from[0]; x <= to[0]; x++) {
                    double dx = m->low[0] + m->pitch * (double)x - p[0],
                           dy = m->low[1] + m->pitch * (double)y - p[1],
                           dz = m->low[2] + m->pitch * (double)z - p[2];
                    uint8_t *to_flag = m->place + (z * m->n[1] + y) * m->n[0] + x;
                    if (dx * dx + dy * dy + dz * dz > radius * radius) continue;
                    *to_flag = set ? *to_flag | flag : *to_flag & (uint8_t)~flag;
                }
    }
}

static float read_image(const float *p, int64_t nx, float fx, float fy)
{
    return (p[0] * (1 - fx) + p[1] * fx) * (1 - fy) + (p[nx] * (1 - fx) + p[nx + 1] * fx) * fy;
}

static void score_place(const loom_fit *f, const double *rotation, const double place[3], float *z,
                        float *height)
{
    double s = 0, i = 0;
    for (int64_t k = 0; k < f->nt; k++) {
        const double *r = rotation + 9 * k, *view = f->view + k * fit_views(f);
        double u = r[0] * place[0] + r[3] * place[1] + r[6] * place[2] + view[VIEW_X]
                   + (double)loom_centre(f->nx),
               v = r[1] * place[0] + r[4] * place[1] + r[7] * place[2] + view[VIEW_Y]
                   + (double)loom_centre(f->ny);
        if (!(u >= 0 && v >= 0 && u < (double)(f->nx - 1) && v < (double)(f->ny - 1))) continue;
        int64_t x = (int64_t)u, y = (int64_t)v, at = (k * f->ny + y) * f->nx + x;
        float fx = (float)(u - (double)x), fy = (float)(v - (double)y);
        s += (double)read_image(f->change + at, f->nx, fx, fy);
        i += (double)read_image(f->fields.shape + at, f->nx, fx, fy);
    }
    *z = i > 0 ? (float)(s / sqrt(i)) : 0;
    *height = i > 0 ? (float)(s / i) : 0;
}

static bool fill(loom_fit *f, map *m)
{
    double *rotation = f->call->host->scratch(f->call, (size_t)(9 * f->nt) * sizeof(double));
    if (!rotation) return false;
    for (int64_t k = 0; k < f->nt; k++)
        loom_euler(f->view + k * fit_views(f) + VIEW_PHI, rotation + 9 * k);
#pragma omp parallel for num_threads(f->threads) schedule(dynamic, 16)
    for (int64_t row = 0; row < m->n[2] * m->n[1]; row++)
        for (int64_t x = 0; x < m->n[0]; x++) {
            int64_t i = row * m->n[0] + x;
            const double place[3] = { m->low[0] + m->pitch * (double)x,
                                      m->low[1] + m->pitch * (double)(row % m->n[1]),
                                      m->low[2] + m->pitch * (double)(row / m->n[1]) };
            if (m->place[i]) score_place(f, rotation, place, &m->z[i], &m->height[i]);
        }
    f->call->host->release(f->call, rotation);
    return true;
}

/* ---- extremes -------------------------------------------------------------------------------- */

/* Whether sign * z is above that of the 26 places around. */
static bool is_extreme(const map *m, int64_t i, float sign)
{
    assert(sign == 1 || sign == -1);
    float v = sign * m->z[i];
    for (int64_t z = -1; z <= 1; z++)
        for (int64_t y = -1; y <= 1; y++)
            for (int64_t x = -1; x <= 1; x++)
                if ((x || y || z) && !(v > sign * m->z[i + (z * m->n[1] + y) * m->n[0] + x]))
                    return false;
    return true;
}

/* The extreme near grid point i, by a parabola along each axis. */
static loom_score place_of(const map *m, int64_t i)
{
    int64_t stride[3] = { 1, m->n[0], m->n[0] * m->n[1] };
    int64_t at[3] = { i % m->n[0], i / m->n[0] % m->n[1], i / stride[2] };
    loom_score s = { .z = (double)m->z[i], .height = (double)m->height[i] };
    for (int a = 0; a < 3; a++) {
        double below = (double)m->z[i - stride[a]], above = (double)m->z[i + stride[a]],
               bend = below - 2 * s.z + above, off = bend != 0 ? 0.5 * (below - above) / bend : 0;
        s.at[a] = m->low[a] + m->pitch * ((double)at[a] + fmax(-0.5, fmin(0.5, off)));
    }
    return s;
}

static int higher_first(const void *a, const void *b)
{
    const loom_score *p = a, *q = b;
    if (fabs(p->z) != fabs(q->z)) return fabs(p->z) > fabs(q->z) ? -1 : 1;
    for (int i = 2; i >= 0; i--)
        if (p->at[i] != q->at[i]) return p->at[i] < q->at[i] ? -1 : 1;
    return 0;
}

/* Extremes of one sign at open places; counts only where `out` is NULL. */
static int64_t find(const map *m, float sign, loom_score *out)
{
    assert(sign == 1 || sign == -1);
    int64_t count = 0, all = m->n[0] * m->n[1] * m->n[2];
    for (int64_t i = 0; i < all; i++) {
        if (!(m->place[i] & OPEN) || !(sign * m->z[i] > 0) || !is_extreme(m, i, sign)) continue;
        if (out) out[count] = place_of(m, i);
        count++;
    }
    if (out) qsort(out, (size_t)count, sizeof *out, higher_first);
    return count;
}

bool loom_fit_scores(loom_fit *f, double inner, double outer, loom_scores *out)
{
    assert(inner >= 0 && outer >= inner);
    const loom_host *h = f->call->host;
    map m;
    *out = (loom_scores){ 0 };
    if (f->n < 1) return true;
    filter_images(f);
    if (!make_grid(f, outer, &m)) return false;
    stamp(f, &m, outer, true, INSIDE | OPEN);
    stamp(f, &m, inner, false, OPEN);
    if (!fill(f, &m)) return false;
    out->maxima = find(&m, 1, NULL);
    out->minima = find(&m, -1, NULL);
    out->maximum = h->scratch(f->call, (size_t)(out->maxima + 1) * sizeof(loom_score));
    out->minimum = h->scratch(f->call, (size_t)(out->minima + 1) * sizeof(loom_score));
    if (!out->maximum || !out->minimum) return false;
    find(&m, 1, out->maximum);
    find(&m, -1, out->minimum);
    void *done[] = { m.place, m.z, m.height };
    for (int i = 0; i < 3; i++) h->release(f->call, done[i]);
    return true;
}

void loom_fit_scores_free(loom_fit *f, loom_scores *s)
{
    if (s->maximum) f->call->host->release(f->call, s->maximum);
    if (s->minimum) f->call->host->release(f->call, s->minimum);
    *s = (loom_scores){ 0 };
}

/* ---- chance ---------------------------------------------------------------------------------- */

/* Beyond some depth the number of minima falls as exp(-z^2 / (2 spread^2)), as maxima of noise
 * filtered by an atom's image do. */
loom_chance loom_fit_chance(const loom_scores *s)
{
    int64_t n = (int64_t)(TAIL * (double)s->minima);
    if (n < LEAST_TAIL)
        return (loom_chance){ .from = BARE_FROM, .spread = 1, .count = (double)s->minima / 10 };
    double from = fabs(s->minimum[n].z), sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (s->minimum[i].z * s->minimum[i].z - from * from) / 2 / (double)n;
    return (loom_chance){ .from = from, .spread = sqrt(fmax(sum, 1e-6)), .count = (double)n };
}

double loom_chance_number(const loom_chance *c, double z)
{
    assert(c->spread > 0);
    return c->count
           * exp(-(fmax(z, c->from) * fmax(z, c->from) - c->from * c->from)
                 / (2 * c->spread * c->spread));
}

double loom_chance_z(const loom_chance *c, double number)
{
    double beyond = log(c->count / fmax(number, 1e-300));
    return sqrt(c->from * c->from + 2 * c->spread * c->spread * fmax(beyond, 0));
}
