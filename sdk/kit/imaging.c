/* kit/imaging.c - the images and J, J' of the model. See imaging.h */
#include "kit/gaussian.h"
#include "kit/imaging_patch_inside.h"
#include <assert.h>
#include <omp.h>
#include <string.h>

/* atoms whose sums over views one thread makes at a time; images of work space per thread */
enum { BLOCK = 256, PLANES = 3 };
#define SPREAD_STEP 0.02 /* of the spread, for the derivative with respect to it */

static int64_t pixels(const loom_imaging *m) { return m->ny * m->nx; }
static float *thread_planes(const loom_imaging *m, float *work)
{
    assert(omp_get_thread_num() < m->threads);
    return work + PLANES * pixels(m) * omp_get_thread_num();
}

int64_t loom_imaging_work(const loom_imaging *m)
{
    assert(m->threads > 0 && m->n >= 0 && m->nt >= 0);
    int64_t pulls = LOOM_ATOM * m->n * m->nt, planes = PLANES * pixels(m) * m->threads,
            blocks = VIEW_BACKGROUND * pixels(m) * m->threads;
    int64_t common = 2 * LOOM_MAX_COMMON * m->nt; /* doubles */
    return planes + (pulls > blocks ? pulls : blocks) + common + 2;
}

/* ---- background and tail --------------------------------------------------------------------- */

static void add_background(const loom_imaging *m, const double *coefficient, float *image)
{
    loom_polynomial_add(m->ny, m->nx, loom_polynomial_degree(m->background), coefficient, image);
}

/* dst = src convolved with a normal density; `half` is work space. */
static void convolve(const loom_imaging *m, double variance, const float *src, float *half,
                     float *dst)
{
    loom_gaussian g;
    loom_gaussian_make(sqrt(variance > 0 ? variance : 0), &g);
    loom_gaussian_axis(&g, LOOM_BORDER_ZERO, src, m->ny, m->nx, 1, half, 1);
    loom_gaussian_axis(&g, LOOM_BORDER_ZERO, half, 1, m->ny, m->nx, dst, 1);
}

/* image = (1 - tail) image + tail (image convolved): its own transpose. */
static void apply_tail(const loom_imaging *m, float *half, float *wide, float *image)
{
    float tail = (float)m->common[m->classes + COMMON_TAIL];
    if (tail == 0) return;
    convolve(m, m->common[m->classes + COMMON_SPREAD], image, half, wide);
    for (int64_t i = 0; i < pixels(m); i++) image[i] += tail * (wide[i] - image[i]);
}

/* ---- atoms ----------------------------------------------------------------------------------- */

static void core_image(const camera *c, float *restrict image)
{
    footprint f;
    memset(image, 0, (size_t)pixels(c->m) * sizeof(float));
    for (int64_t j = 0; j < c->m->n; j++)
        if (camera_see(c, j, 1, &f)) {
            patch p = patch_of(c->m, &f);
            scatter_plain(&p, (float)c->m->atom[LOOM_ATOM * j + 3], image);
        }
}

/* ---- images ---------------------------------------------------------------------------------- */

/* The derivatives of shape by tail and by spread, from the core image. */
static void tail_fields(const loom_imaging *m, const float *core, float *half, float *more,
                        float *tail, float *slope)
{
    assert(m->classes > 0);
    double spread = m->common[m->classes + COMMON_SPREAD], step = SPREAD_STEP * spread;
    float share = (float)m->common[m->classes + COMMON_TAIL];
    if (slope) {
        convolve(m, spread + step, core, half, more);
        convolve(m, spread - step, core, half, slope);
        for (int64_t i = 0; i < pixels(m); i++)
            slope[i] = step > 0 ? share * (more[i] - slope[i]) / (float)(2 * step) : 0;
    }
    if (!tail) return;
    convolve(m, spread, core, half, tail);
    for (int64_t i = 0; i < pixels(m); i++) tail[i] -= core[i];
}

void loom_imaging_images(const loom_imaging *m, const loom_imaging_fields *fields, float *work,
                         float *images)
{
    assert(work && images && m->threads > 0);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) {
        float *half = thread_planes(m, work), *wide = half + pixels(m),
              *image = images + k * pixels(m);
        float *tail = fields && fields->tail ? fields->tail + k * pixels(m) : NULL;
        float *slope = fields && fields->slope ? fields->slope + k * pixels(m) : NULL;
        camera c;
        camera_set(m, k, &c);
        core_image(&c, image);
        if (tail || slope) tail_fields(m, image, half, wide, tail, slope);
        apply_tail(m, half, wide, image);
        if (fields && fields->shape)
            memcpy(fields->shape + k * pixels(m), image, (size_t)pixels(m) * sizeof(float));
        for (int64_t i = 0; i < pixels(m); i++) image[i] *= (float)c.view[VIEW_SCALE];
        add_background(m, c.view + VIEW_BACKGROUND, image);
    }
}

/* ---- J --------------------------------------------------------------------------------------- */

/* Movement on the detector of what is at `at` when the view's unknowns change by d. */
static void movement(const camera *c, const double at[3], const double *d, double *u, double *v)
{
    double w[3] = { 0 };
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++) w[i] += c->column[a][i] * d[VIEW_PHI + a];
    *u = d[VIEW_X] + w[1] * at[2] - w[2] * at[1];
    *v = d[VIEW_Y] + w[2] * at[0] - w[0] * at[2];
}

/* The change of the core image; `view` and `common` are the changes, or NULL. */
static void core_change(const camera *c, const double *atom, const double *view,
                        const double *common, float *restrict image)
{
    const loom_imaging *m = c->m;
    footprint f;
    memset(image, 0, (size_t)pixels(m) * sizeof(float));
    for (int64_t j = 0; j < m->n; j++) {
        if (!camera_see(c, j, IMAGING_ORDERS, &f)) continue;
        int32_t class = m->class ? m->class[j] : 0;
        double height = m->atom[LOOM_ATOM * j + 3], change = 0, du = 0, dv = 0, variance = 0,
               moved[3], u, v;
        if (atom) {
            loom_to_detector(c->r, atom + LOOM_ATOM * j, moved);
            du = moved[0];
            dv = moved[1];
            change = atom[LOOM_ATOM * j + 3];
        }
        if (view) {
            movement(c, f.at, view, &u, &v);
            du += u;
            dv += v;
            variance += view[VIEW_BLUR];
        }
        if (common) variance += 2 * m->common[class] * common[class];
        /* P(x - u): its derivative by u is -P'; by the variance, half of P'' */
        patch p = patch_of(m, &f);
        scatter(&p,
                (const float[4]){ (float)change, (float)(-height * du), (float)(-height * dv),
                                  (float)(0.5 * height * variance) },
                image);
    }
}

/* Does such a change move an atom in this view or widen it? */
static bool is_seen(const loom_imaging *m, const double *view, const double *common)
{
    bool seen = view && view[VIEW_BLUR] != 0;
    for (int i = VIEW_X; view && i <= VIEW_PSI; i++) seen = seen || view[i] != 0;
    for (int32_t s = 0; common && s < m->classes; s++) seen = seen || common[s] != 0;
    return seen;
}

static void add_scaled(int64_t n, double factor, const float *src, float *restrict dst)
{
    for (int64_t i = 0; factor != 0 && i < n; i++) dst[i] += (float)factor * src[i];
}

void loom_imaging_forward(const loom_imaging *m, const loom_imaging_fields *fields,
                          const double *atom, const double *view, const double *common, float *work,
                          float *images)
{
    assert(work && images);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) {
        float *half = thread_planes(m, work), *wide = half + pixels(m),
              *image = images + k * pixels(m);
        const double *d = view ? view + k * loom_imaging_view(m) : NULL;
        int64_t at = k * pixels(m), n = pixels(m);
        camera c;
        camera_set(m, k, &c);
        if (atom || is_seen(m, d, common)) {
            core_change(&c, atom, d, common, image);
            apply_tail(m, half, wide, image);
        } else memset(image, 0, (size_t)n * sizeof *image);
        if (common && fields->tail)
            add_scaled(n, common[m->classes + COMMON_TAIL], fields->tail + at, image);
        if (common && fields->slope)
            add_scaled(n, common[m->classes + COMMON_SPREAD], fields->slope + at, image);
        for (int64_t i = 0; i < n; i++) image[i] *= (float)c.view[VIEW_SCALE];
        if (!d) continue;
        add_scaled(n, d[VIEW_SCALE], fields->shape + at, image);
        add_background(m, d + VIEW_BACKGROUND, image);
    }
}

/* ---- J' -------------------------------------------------------------------------------------- */

static double dot(int64_t n, const float *x, const float *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

/* What every atom answers in one view: pull[n][LOOM_ATOM], the last unused (height, u, v in the
 * frame of the detector). */
static void pull_of(const camera *c, const float *image, float *restrict pull, double *view,
                    double *common)
{
    const loom_imaging *m = c->m;
    double w[3] = { 0 };
    footprint f;
    for (int64_t j = 0; j < m->n; j++, pull += LOOM_ATOM) {
        double g[4], height = m->atom[LOOM_ATOM * j + 3];
        int32_t class = m->class ? m->class[j] : 0;
        memset(pull, 0, LOOM_ATOM * sizeof *pull);
        if (!camera_see(c, j, IMAGING_ORDERS, &f)) continue;
        patch p = patch_of(m, &f);
        gather(&p, image, g);
        double u = -height * g[1], v = -height * g[2];
        pull[0] = (float)g[0];
        pull[1] = (float)u;
        pull[2] = (float)v;
        view[VIEW_X] += u;
        view[VIEW_Y] += v;
        view[VIEW_BLUR] += 0.5 * height * g[3];
        common[class] += m->common[class] * height * g[3];
        w[0] -= v * f.at[2];
        w[1] += u * f.at[2];
        w[2] += v * f.at[0] - u * f.at[1];
    }
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++) view[VIEW_PHI + a] += c->column[a][i] * w[i];
}

/* atom += the answers of all views, a block of atoms at a time, views in order. */
static void sum_pulls(const loom_imaging *m, const float *pulls, double *atom)
{
    assert(pulls || !m->n);
    int64_t blocks = (m->n + BLOCK - 1) / BLOCK;
    memset(atom, 0, (size_t)(LOOM_ATOM * m->n) * sizeof *atom);
#pragma omp parallel for num_threads(m->threads) schedule(static)
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t k = 0; k < m->nt; k++) {
            double r[9];
            loom_euler(m->view + k * loom_imaging_view(m) + VIEW_PHI, r);
            for (int64_t j = BLOCK * b; j < BLOCK * (b + 1) && j < m->n; j++) {
                const float *pull = pulls + LOOM_ATOM * (m->n * k + j);
                double *to = atom + LOOM_ATOM * j;
                for (int i = 0; i < 3; i++)
                    to[i] += r[3 * i] * (double)pull[1] + r[3 * i + 1] * (double)pull[2];
                to[3] += (double)pull[0];
            }
        }
}

void loom_imaging_backward(const loom_imaging *m, const loom_imaging_fields *fields,
                           const float *images, float *work, double *atom, double *view,
                           double *common)
{
    assert(images && work && atom && view && common);
    float *pulls = work + PLANES * pixels(m) * m->threads, *end = pulls + LOOM_ATOM * m->n * m->nt;
    double *shares = (double *)(void *)(((uintptr_t)end + 7) & ~(uintptr_t)7);
    int64_t commons = loom_imaging_common(m), views = loom_imaging_view(m);
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) {
        float *half = thread_planes(m, work), *wide = half + pixels(m), *scaled = wide + pixels(m);
        const float *image = images + k * pixels(m);
        double *v = view + k * views, *share = shares + k * commons;
        int64_t at = k * pixels(m), n = pixels(m);
        camera c;
        camera_set(m, k, &c);
        memset(v, 0, (size_t)views * sizeof *v);
        memset(share, 0, (size_t)commons * sizeof *share);
        for (int64_t i = 0; i < n; i++) scaled[i] = (float)c.view[VIEW_SCALE] * image[i];
        if (fields->tail) share[m->classes + COMMON_TAIL] = dot(n, scaled, fields->tail + at);
        if (fields->slope) share[m->classes + COMMON_SPREAD] = dot(n, scaled, fields->slope + at);
        apply_tail(m, half, wide, scaled);
        pull_of(&c, scaled, pulls + LOOM_ATOM * m->n * k, v, share);
        v[VIEW_SCALE] = dot(n, image, fields->shape + at);
        loom_polynomial_sums(m->ny, m->nx, loom_polynomial_degree(m->background), image, NULL,
                             v + VIEW_BACKGROUND);
    }
    sum_pulls(m, pulls, atom);
    memset(common, 0, (size_t)commons * sizeof *common);
    for (int64_t k = 0; k < m->nt; k++)
        for (int64_t i = 0; i < commons; i++) common[i] += shares[k * commons + i];
}
