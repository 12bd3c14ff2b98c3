/* kit/imaging_profile.c - the image of an atom: a normal density integrated over pixels, by tables.
 * See imaging_inside.h. */
#include "kit/assert_hot.h"
#include "kit/imaging_inside.h"
#include <assert.h>
#include <string.h>

static double clamped_sigma(double variance)
{
    double least = LOOM_IMAGING_MIN_SIGMA, most = LOOM_IMAGING_MAX_SIGMA;
    return variance < least * least ? least : variance > most * most ? most : sqrt(variance);
}

/* out = P, P', P'', P''' at x: differences of the normal distribution and its derivatives half a
 * pixel to either side. */
static void profile_at(double x, double sigma, double out[IMAGING_ORDERS + 1])
{
    assert(sigma > 0);
    double a = (x + 0.5) / sigma, b = (x - 0.5) / sigma, norm = 1 / (sqrt(2 * LOOM_PI) * sigma);
    double ga = norm * exp(-0.5 * a * a), gb = norm * exp(-0.5 * b * b);
    out[0] = 0.5 * (erf(a * sqrt(0.5)) - erf(b * sqrt(0.5)));
    out[1] = ga - gb;
    out[2] = (-a * ga + b * gb) / sigma;
    out[3] = ((a * a - 1) * ga - (b * b - 1) * gb) / (sigma * sigma);
}

static void table_make(double sigma, profile_table *t)
{
    assert(sigma >= LOOM_IMAGING_MIN_SIGMA && sigma <= LOOM_IMAGING_MAX_SIGMA);
    t->reach = (int64_t)ceil(4 * sigma - 0.5); /* a pixel ends half a pixel further out */
    t->width = (2 * t->reach + IMAGING_LANES) / IMAGING_LANES * IMAGING_LANES;
    assert(t->width <= IMAGING_WIDTH);
    memset(t->at, 0, sizeof t->at);
    for (int q = 0; q <= IMAGING_PHASES; q++)
        for (int64_t i = -t->reach; i <= t->reach; i++) {
            double p[IMAGING_ORDERS + 1];
            profile_at((double)i - ((double)q / IMAGING_PHASES - 0.5), sigma, p);
            for (int o = 0; o <= IMAGING_ORDERS; o++) t->at[q][o][i + t->reach] = (float)p[o];
        }
}

static void tables_make(const loom_imaging *m, int64_t k, profile_table *out)
{
    double blur = m->view[k * loom_imaging_view(m) + VIEW_BLUR];
    for (int32_t s = 0; s < m->classes; s++)
        table_make(clamped_sigma(m->common[s] * m->common[s] + blur), &out[s]);
}

void camera_set(const loom_imaging *m, int64_t k, camera *c)
{
    assert(k >= 0 && k < m->nt);
    const double *view = m->view + k * loom_imaging_view(m);
    c->m = m;
    c->view = view;
    c->cx = (double)loom_centre(m->nx) + view[VIEW_X];
    c->cy = (double)loom_centre(m->ny) + view[VIEW_Y];
    loom_euler(view + VIEW_PHI, c->r);
    loom_angle_columns(view + VIEW_PHI, c->r, c->column);
    c->table = m->tables ? m->tables + k * m->classes : c->own;
    if (!m->tables) tables_make(m, k, c->own);
}

size_t loom_imaging_tables_bytes(const loom_imaging *m)
{
    return (size_t)(m->nt * m->classes) * sizeof(profile_table);
}

void loom_imaging_tables(const loom_imaging *m, profile_table *tables)
{
#pragma omp parallel for num_threads(m->threads) schedule(static)
    for (int64_t k = 0; k < m->nt; k++) tables_make(m, k, tables + k * m->classes);
}

/* P .. P^(orders-1) about `at` from the table, by Hermite interpolation between phases; returns the
 * pixel of the first sample. */
static int64_t interpolate(const profile_table *t, double at, int orders,
                           float out[][IMAGING_WIDTH])
{
    LOOM_ASSERT_HOT(orders >= 0 && orders <= IMAGING_ORDERS);
    double centre = floor(at + 0.5), phase = (at - centre + 0.5) * IMAGING_PHASES;
    int q = (int)phase;
    if (q >= IMAGING_PHASES) q = IMAGING_PHASES - 1;
    float s = (float)(phase - q), s2 = s * s, s3 = s2 * s;
    float a0 = 1 - 3 * s2 + 2 * s3, a1 = 3 * s2 - 2 * s3;
    /* the derivative with respect to the phase is minus that with respect to the pixel */
    float b0 = -(s - 2 * s2 + s3) / IMAGING_PHASES, b1 = -(s3 - s2) / IMAGING_PHASES;
    for (int o = 0; o < orders; o++) {
        const float *p0 = t->at[q][o], *p1 = t->at[q + 1][o], *d0 = t->at[q][o + 1],
                    *d1 = t->at[q + 1][o + 1];
        float *restrict to = out[o];
        for (int64_t i = 0; i < t->width; i++)
            to[i] = a0 * p0[i] + a1 * p1[i] + b0 * d0[i] + b1 * d1[i];
    }
    return (int64_t)centre - t->reach;
}

bool camera_see(const camera *c, int64_t atom, int orders, footprint *f)
{
    LOOM_ASSERT_HOT(atom >= 0 && atom < c->m->n);
    const loom_imaging *m = c->m;
    const profile_table *t = &c->table[m->class ? m->class[atom] : 0];
    loom_to_detector(c->r, m->atom + LOOM_ATOM * atom, f->at);
    double x = f->at[0] + c->cx, y = f->at[1] + c->cy, far = (double)t->reach + 1;
    if (!(x > -far && x < (double)m->nx + far && y > -far && y < (double)m->ny + far)) return false;
    f->x = interpolate(t, x, orders, f->u);
    f->y = interpolate(t, y, orders, f->v);
    f->x0 = f->x < 0 ? 0 : f->x;
    f->x1 = f->x + t->width > m->nx ? m->nx : f->x + t->width;
    f->y0 = f->y < 0 ? 0 : f->y;
    f->y1 = f->y + 2 * t->reach + 1 > m->ny ? m->ny : f->y + 2 * t->reach + 1;
    return f->x0 < f->x1 && f->y0 < f->y1;
}
