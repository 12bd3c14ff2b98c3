/* kit/imaging_blocks.c - blocks on the diagonal of J' W J. See imaging.h */
#include "kit/imaging_patch_inside.h"
#include <assert.h>
#include <omp.h>
#include <string.h>

static int64_t pixels(const loom_imaging *m) { return m->ny * m->nx; }

/* The block of one atom in one view. */
static void atom_block(const camera *c, int64_t j, const float *weight, float out[LOOM_ATOM_BLOCK])
{
    assert(j >= 0 && j < c->m->n);
    footprint f;
    double p[6], height = c->m->atom[LOOM_ATOM * j + 3],
                 scale = c->view[VIEW_SCALE] * c->view[VIEW_SCALE];
    memset(out, 0, LOOM_ATOM_BLOCK * sizeof *out);
    if (!camera_see(c, j, 2, &f)) return;
    patch seen = patch_of(c->m, &f);
    products(&seen, weight, p);
    const double *r = c->r;
    for (int i = 0, e = 0; i < 3; i++)
        for (int k = 0; k <= i; k++, e++) {
            double uu = r[3 * i] * r[3 * k], vv = r[3 * i + 1] * r[3 * k + 1],
                   uv = r[3 * i] * r[3 * k + 1] + r[3 * i + 1] * r[3 * k];
            out[e] = (float)(scale * height * height * (uu * p[2] + vv * p[5] + uv * p[4]));
        }
    for (int i = 0; i < 3; i++)
        out[6 + i] = (float)(-scale * height * (r[3 * i] * p[1] + r[3 * i + 1] * p[3]));
    out[9] = (float)(scale * p[0]);
}

void loom_imaging_atom_blocks(const loom_imaging *m, const float *weight, double *block)
{
    assert(block || !m->n);
    memset(block, 0, (size_t)(LOOM_ATOM_BLOCK * m->n) * sizeof *block);
    for (int64_t k = 0; k < m->nt; k++) {
        camera c;
        camera_set(m, k, &c);
#pragma omp parallel for num_threads(m->threads) schedule(static)
        for (int64_t j = 0; j < m->n; j++) { /* each atom's sum runs over views in order */
            float one[LOOM_ATOM_BLOCK];
            atom_block(&c, j, weight + k * pixels(m), one);
            for (int e = 0; e < LOOM_ATOM_BLOCK; e++)
                block[LOOM_ATOM_BLOCK * j + e] += (double)one[e];
        }
    }
}

/* Derivatives of one view's image by what is no background, one plane each. Rotations are movements
 * that grow with the place. */
static void view_planes(const loom_imaging *m, const loom_imaging_fields *fields, int64_t k,
                        const bool *wanted, float *planes, float *work)
{
    loom_imaging one = *m;
    loom_imaging_fields own = { .shape = fields->shape + k * pixels(m) };
    one.nt = 1;
    one.threads = 1;
    one.view = m->view + k * loom_imaging_view(m);
    if (m->tables) one.tables = m->tables + k * m->classes;
    for (int64_t a = 0; a < VIEW_BACKGROUND; a++) {
        double unit[LOOM_MAX_VIEW] = { 0 };
        unit[a] = 1;
        if (wanted[a])
            loom_imaging_forward(&one, &own, NULL, unit, NULL, work, planes + a * pixels(m));
    }
}

/* One view's block: products of planes with one another and with the terms of the background, and
 * of these. */
static void view_block(const loom_imaging *m, const bool *wanted, const float *weight,
                       const float *planes, double *block)
{
    double terms[LOOM_MAX_VIEW], gram[LOOM_MAX_BACKGROUND * LOOM_MAX_BACKGROUND] = { 0 };
    int64_t n = loom_imaging_view(m), count = m->background;
    int degree = loom_polynomial_degree(count);
    memset(block, 0, (size_t)(n * n) * sizeof *block);
    for (int64_t a = 0; a < VIEW_BACKGROUND; a++) {
        const float *x = planes + a * pixels(m);
        if (!wanted[a]) continue;
        for (int64_t b = 0; b <= a; b++) {
            const float *y = planes + b * pixels(m);
            double sum = 0;
            for (int64_t i = 0; wanted[b] && i < pixels(m); i++)
                sum += (double)(x[i] * y[i]) * (double)weight[i];
            block[n * a + b] = block[n * b + a] = sum;
        }
        loom_polynomial_sums(m->ny, m->nx, degree, x, weight, terms);
        for (int64_t t = 0, b = VIEW_BACKGROUND; t < count; t++, b++)
            if (wanted[b]) block[n * a + b] = block[n * b + a] = terms[t];
    }
    loom_polynomial_gram(m->ny, m->nx, degree, weight, gram);
    for (int64_t t = 0; t < count * count; t++) {
        int64_t a = VIEW_BACKGROUND + t / count, b = VIEW_BACKGROUND + t % count;
        if (wanted[a] && wanted[b]) block[n * a + b] = gram[t];
    }
}

void loom_imaging_view_blocks(const loom_imaging *m, const loom_imaging_fields *fields,
                              const bool *wanted, const float *weight, float *work, double *block)
{
    assert(work && block && wanted);
    int64_t n = loom_imaging_view(m), planes = VIEW_BACKGROUND * pixels(m), own = 3 * pixels(m);
    float *parts = work + own * m->threads;
#pragma omp parallel for num_threads(m->threads) schedule(dynamic)
    for (int64_t k = 0; k < m->nt; k++) {
        int t = omp_get_thread_num();
        assert(k < m->nt);
        view_planes(m, fields, k, wanted, parts + planes * t, work + own * t);
        view_block(m, wanted, weight + k * pixels(m), parts + planes * t, block + n * n * k);
    }
}
