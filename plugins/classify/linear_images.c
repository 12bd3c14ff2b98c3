/* classify/linear_images.c - see linear_images.h */
#include "linear_images.h"
#include "kit/check.h"
#include "kit/column.h"
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "kit/pdf.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#define GAUSSIAN_REACH 4.0 /* widths */
/* where the width of an atom's image is looked for, angstrom, and how closely */
#define LEAST_WIDTH 0.25
#define MOST_WIDTH 1.6
enum { WIDTH_ROUNDS = 16, WIDTH_VIEWS = 8 };

loom_status linear_read(loom_call *call, const loom_atoms *atoms, linear_images *out)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    linear_images m = { .call = call, .atoms = atoms, .threads = h->threads(call) };
    if (!images || !angles || !loom_need_number(call, "tilts", "pixel_size", &m.pixel_A)
        || !loom_need_finite(call, "tilts", images) || !loom_need_finite(call, "tilts", angles))
        return LOOM_E_DATA;
    assert(images->rank == 3 && m.pixel_A > 0);
    if (atoms->kinds < 2 || atoms->kinds > LINEAR_MOST_KINDS)
        return h->fail(
            call, LOOM_E_DATA, "atoms",
            "the atoms have %d symbols, '%s'; labels of 2 to %d elements can be compared",
            atoms->kinds, atoms->symbols, LINEAR_MOST_KINDS);
    m.images = images->data;
    m.nt = images->dim[0];
    m.ny = images->dim[1];
    m.nx = images->dim[2];
    m.label = h->scratch(call, (size_t)atoms->n * sizeof *m.label);
    m.turn = h->scratch(call, (size_t)(m.nt + 1) * sizeof *m.turn);
    m.shape = h->scratch(call, (size_t)atoms->kinds * sizeof *m.shape);
    m.residual = h->scratch(call, (size_t)(m.nt * m.ny * m.nx + 1) * sizeof *m.residual);
    if (!m.label || !m.turn || !m.shape || !m.residual) return LOOM_E_MEMORY;
    memcpy(m.label, atoms->species, (size_t)atoms->n * sizeof *m.label);
    for (int64_t k = 0; k < m.nt; k++) loom_euler((const double *)angles->data + 3 * k, m.turn[k]);
    *out = m;
    return LOOM_OK;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static void make_gaussian(double sigma, linear_shape *s)
{
    assert(sigma > 0);
    s->reach = fmin(GAUSSIAN_REACH * sigma, LINEAR_MOST_REACH);
    for (int i = 0; i < LINEAR_SAMPLES + 2; i++) {
        double r2 = s->reach * s->reach * i / LINEAR_SAMPLES;
        s->at[i] = (float)(exp(-r2 / (2 * sigma * sigma)) / (2 * LOOM_PI * sigma * sigma));
    }
}

/* From n samples at ascending radii in pixels, linear between them; its integral over the plane
 * becomes 1: the mean over the disk, since samples are even in the square of the distance. */
static bool make_sampled(int64_t n, const double *radius_A, const double *value, double pixel_A,
                         linear_shape *s)
{
    assert(n >= 2 && pixel_A > 0);
    s->reach = fmin(radius_A[n - 1] / pixel_A, LINEAR_MOST_REACH);
    double sum = 0;
    int64_t k = 0;
    for (int i = 0; i < LINEAR_SAMPLES + 2; i++) {
        double r = s->reach * sqrt((double)i / LINEAR_SAMPLES) * pixel_A;
        while (k + 2 < n && radius_A[k + 1] < r) k++;
        double part = fmin(1, (r - radius_A[k]) / (radius_A[k + 1] - radius_A[k]));
        s->at[i] = (float)(value[k] + part * (value[k + 1] - value[k]));
        if (i < LINEAR_SAMPLES) sum += (double)s->at[i];
    }
    double integral = LOOM_PI * s->reach * s->reach * sum / LINEAR_SAMPLES;
    for (int i = 0; integral > 0 && i < LINEAR_SAMPLES + 2; i++)
        s->at[i] = (float)((double)s->at[i] / integral);
    return integral > 0;
}

loom_status linear_profiles(linear_images *m)
{
    const loom_host *h = m->call->host;
    int64_t count = h->input_count(m->call, "profiles");
    if (count != m->atoms->kinds)
        return h->fail(m->call, LOOM_E_DATA, "profiles",
                       "%lld profiles for the %d elements '%s'; connect one of "
                       "simulate.atom_profile for each, in this order",
                       (long long)count, m->atoms->kinds, m->atoms->symbols);
    for (int64_t c = 0; c < count; c++) {
        const loom_value *table = h->input(m->call, "profiles", c);
        const loom_array *r = h->array(table, "radius"), *v = h->array(table, "intensity");
        bool good = r && v && r->rank == 1 && v->rank == 1 && r->dim[0] >= 2;
        const double *radius = NULL, *intensity = NULL;
        if (good
            && (!(radius =
                      loom_column_in(m->call, "profiles", table, r, "angstrom", r->dim[0], "radii"))
                || !(intensity =
                         loom_column_in(m->call, "profiles", table, v, NULL, r->dim[0], "radii"))))
            return LOOM_E_DATA;
        good = good && radius[0] >= 0 && radius[0] <= 0;
        for (int64_t i = 1; good && i < r->dim[0]; i++) good = radius[i] > radius[i - 1];
        if (!good || !make_sampled(r->dim[0], radius, intensity, m->pixel_A, m->shape + c))
            return h->fail(m->call, LOOM_E_DATA, "profiles",
                           "profile %lld is not one of simulate.atom_profile: it needs columns "
                           "radius, ascending from 0, and intensity, above 0 in sum",
                           (long long)c);
    }
    return LOOM_OK;
}

/* ---- images ---------------------------------------------------------------------------------- */

/* Where an atom is seen, in pixels. */
static void see(const linear_images *m, int64_t view, int64_t atom, double at[2])
{
    double x[3];
    loom_to_detector(m->turn[view], m->atoms->position + 3 * atom, x);
    at[0] = x[0] / m->pixel_A + (double)loom_centre(m->nx);
    at[1] = x[1] / m->pixel_A + (double)loom_centre(m->ny);
}

/* The pixels within `half` of u along an axis of n. */
static void range_of(double u, double half, int64_t n, int64_t *from, int64_t *to)
{
    double low = ceil(u - half), high = floor(u + half) + 1;
    *from = low <= 0 ? 0 : low >= (double)n ? n : (int64_t)low;
    *to = high <= (double)*from ? *from : high >= (double)n ? n : (int64_t)high;
}

static float value_at(const linear_shape *s, double r2)
{
    double at = r2 / (s->reach * s->reach) * LINEAR_SAMPLES;
    if (at >= LINEAR_SAMPLES) return 0;
    int i = (int)at;
    float part = (float)(at - i);
    return s->at[i] + part * (s->at[i + 1] - s->at[i]);
}

/* image += by times the shape about `at` */
static void add_atom(const linear_images *m, const linear_shape *s, const double at[2], double by,
                     float *restrict image)
{
    int64_t x0, x1, y0, y1;
    range_of(at[0], s->reach, m->nx, &x0, &x1);
    range_of(at[1], s->reach, m->ny, &y0, &y1);
    for (int64_t y = y0; y < y1; y++)
        for (int64_t x = x0; x < x1; x++) {
            double dx = (double)x - at[0], dy = (double)y - at[1];
            image[y * m->nx + x] += (float)by * value_at(s, dx * dx + dy * dy);
        }
}

void linear_change(const linear_images *m, int64_t view, int64_t atom, int32_t to, double half,
                   linear_patch *out)
{
    assert(view < m->nt && atom < m->atoms->n && to < m->atoms->kinds);
    const linear_shape *a = m->shape + m->label[atom], *b = m->shape + to;
    float ha = (float)m->height[m->label[atom]], hb = (float)m->height[to];
    double at[2], reach = fmin(half, fmax(a->reach, b->reach));
    see(m, view, atom, at);
    range_of(at[0], reach, m->nx, &out->x0, &out->x1);
    range_of(at[1], reach, m->ny, &out->y0, &out->y1);
    float *change = out->change;
    for (int64_t y = out->y0; y < out->y1; y++)
        for (int64_t x = out->x0; x < out->x1; x++) {
            double dx = (double)x - at[0], dy = (double)y - at[1], r2 = dx * dx + dy * dy;
            *change++ = hb * value_at(b, r2) - ha * value_at(a, r2);
        }
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* What least squares needs of one view: sums of products of the images of each element, of these
 * with the data, and of the data, all less their means in the view. */
typedef struct view_sums {
    double product[LINEAR_MOST_KINDS][LINEAR_MOST_KINDS], with[LINEAR_MOST_KINDS], square;
} view_sums;

static double centred(int64_t n, const float *a, const float *b)
{
    double ab = 0, sa = 0, sb = 0;
    for (int64_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        sa += (double)a[i];
        sb += (double)b[i];
    }
    return ab - sa * sb / (double)n;
}

static void sum_view(const linear_images *m, int64_t view, float *work, view_sums *s)
{
    int64_t pixels = m->ny * m->nx;
    int32_t kinds = m->atoms->kinds;
    const float *image = m->images + view * pixels;
    memset(work, 0, (size_t)(pixels * kinds) * sizeof *work);
    for (int64_t i = 0; i < m->atoms->n; i++) {
        double at[2];
        see(m, view, i, at);
        add_atom(m, m->shape + m->label[i], at, 1, work + pixels * m->label[i]);
    }
    for (int32_t a = 0; a < kinds; a++) {
        for (int32_t b = 0; b <= a; b++)
            s->product[a][b] = centred(pixels, work + pixels * a, work + pixels * b);
        s->with[a] = centred(pixels, work + pixels * a, image);
    }
    s->square = centred(pixels, image, image);
}

/* Heights from every `every`-th view; *misfit is the sum of squares that is left. Elements without
 * an atom have height 0. False when out of memory or told to stop. */
static bool solve_heights(linear_images *m, int64_t every, double *misfit)
{
    const loom_host *h = m->call->host;
    int32_t kinds = m->atoms->kinds;
    size_t room = (size_t)(m->ny * m->nx * kinds);
    float *work = h->scratch(m->call, room * (size_t)m->threads * sizeof *work);
    view_sums *sums = h->scratch(m->call, (size_t)(m->nt + 1) * sizeof *sums);
    if (!work || !sums || h->cancelled(m->call)) return false;
#pragma omp parallel for num_threads(m->threads) schedule(dynamic, 1)
    for (int64_t k = 0; k < m->nt; k += every)
        sum_view(m, k, work + room * (size_t)omp_get_thread_num(), sums + k);
    double a[LINEAR_MOST_KINDS * LINEAR_MOST_KINDS] = { 0 }, b[LINEAR_MOST_KINDS] = { 0 };
    *misfit = 0;
    for (int64_t k = 0; k < m->nt; k += every) { /* in order: the same for any number of threads */
        for (int32_t i = 0; i < kinds; i++) {
            for (int32_t j = 0; j < kinds; j++)
                a[kinds * i + j] += sums[k].product[i > j ? i : j][i > j ? j : i];
            b[i] += sums[k].with[i];
        }
        *misfit += sums[k].square;
    }
    memcpy(m->height, b, sizeof b);
    for (int32_t i = 0; i < kinds; i++) {
        m->seen[i] = a[kinds * i + i] > 0;
        if (!m->seen[i]) a[kinds * i + i] = 1;
    }
    if (!loom_solve_spd(kinds, a, m->height)) memset(m->height, 0, sizeof m->height);
    for (int32_t i = 0; i < kinds; i++) *misfit -= m->height[i] * b[i];
    h->release(m->call, work);
    h->release(m->call, sums);
    return true;
}

static bool misfit_of_width(linear_images *m, double width_A, double *misfit)
{
    int64_t every = (m->nt + WIDTH_VIEWS - 1) / WIDTH_VIEWS;
    for (int32_t c = 0; c < m->atoms->kinds; c++) make_gaussian(width_A / m->pixel_A, m->shape + c);
    m->width_A = width_A;
    return solve_heights(m, every > 0 ? every : 1, misfit);
}

/* Golden section: the misfit has one minimum over the width of an atom. */
bool linear_gaussian(linear_images *m, double width_A)
{
    const double golden = (sqrt(5) - 1) / 2;
    double low = LEAST_WIDTH, high = MOST_WIDTH, misfit[2], at[2];
    if (width_A > 0) return misfit_of_width(m, width_A, misfit);
    at[0] = high - golden * (high - low);
    at[1] = low + golden * (high - low);
    if (!misfit_of_width(m, at[0], misfit) || !misfit_of_width(m, at[1], misfit + 1)) return false;
    for (int round = 0; round < WIDTH_ROUNDS; round++) {
        bool left = misfit[0] <= misfit[1];
        if (left) high = at[1];
        else low = at[0];
        at[left] = at[!left];
        misfit[left] = misfit[!left];
        at[!left] = left ? high - golden * (high - low) : low + golden * (high - low);
        if (!misfit_of_width(m, at[!left], misfit + !left)) return false;
    }
    return misfit_of_width(m, (low + high) / 2, misfit);
}

static void make_residual(linear_images *m, int64_t view)
{
    int64_t pixels = m->ny * m->nx;
    float *r = m->residual + view * pixels;
    const float *image = m->images + view * pixels;
    double mean = 0;
    for (int64_t p = 0; p < pixels; p++) r[p] = -image[p];
    for (int64_t i = 0; i < m->atoms->n; i++) {
        double at[2];
        see(m, view, i, at);
        add_atom(m, m->shape + m->label[i], at, m->height[m->label[i]], r);
    }
    for (int64_t p = 0; p < pixels; p++) mean += (double)r[p] / (double)pixels;
    for (int64_t p = 0; p < pixels; p++) r[p] -= (float)mean;
}

static void make_residuals(linear_images *m)
{
#pragma omp parallel for num_threads(m->threads) schedule(dynamic, 1)
    for (int64_t k = 0; k < m->nt; k++) make_residual(m, k);
}

/* The first element whose height is not above 0, or -1. */
static int32_t without_height(const linear_images *m)
{
    for (int32_t c = 0; c < m->atoms->kinds; c++)
        if (m->seen[c] && !(m->height[c] > 0)) return c;
    return -1;
}

loom_status linear_fit(linear_images *m)
{
    double misfit;
    if (!solve_heights(m, 1, &misfit)) return loom_stop(m->call);
    int32_t none = without_height(m);
    if (none >= 0) {
        char word[16];
        loom_symbols_word(m->atoms->symbols, none, word);
        return m->call->host->fail(
            m->call, LOOM_E_DATA, "tilts",
            "with the labels as they are, least squares gives atoms of %s the height %g in these "
            "images; are these the aligned images of these atoms, bright on dark?",
            word, m->height[none]);
    }
    make_residuals(m);
    return LOOM_OK;
}

loom_status linear_fit_again(linear_images *m)
{
    double misfit, before[LINEAR_MOST_KINDS];
    memcpy(before, m->height, sizeof before);
    if (!solve_heights(m, 1, &misfit)) return loom_stop(m->call);
    if (without_height(m) >= 0) memcpy(m->height, before, sizeof before);
    make_residuals(m);
    return LOOM_OK;
}
