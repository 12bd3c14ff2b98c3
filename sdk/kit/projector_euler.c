/* projector_euler.c - any Euler angles, on sheared detectors: see kit/projector.h and shear_to_image.
 *
 * Per line of voxels along y and per view there are four weights (two along s, two along t), the same for the whole line. The
 * sheared images of all views are one array; a projection divides the views among the threads, a back-projection the volume. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* For each view: the offset of the sample before the first voxel of the line in both directions, and the weights. Whole vectors: what
 * lies beyond nt is not used. */
INLINE void locate(int64_t nt, const float *base_s, const float *base_t, const float *step_s, const float *step_t, float x, int32_t view_floats,
                   int32_t nts, workspace *w)
{
    int32_t *at = w->at;
    float *w0 = w->w0, *w1 = w->w1, *u0 = w->u0, *u1 = w->u1;
    v8i offset = (v8i){ 0, 1, 2, 3, 4, 5, 6, 7 } * view_floats;
    for (int64_t k = 0; k < nt; k += VECTOR) {
        v8f s = *(const v8f *)(base_s + k) + x * *(const v8u *)(step_s + k), t = *(const v8f *)(base_t + k) + x * *(const v8u *)(step_t + k);
        v8i i = __builtin_convertvector(s, v8i), j = __builtin_convertvector(t, v8i);
        v8f b = s - __builtin_convertvector(i, v8f), d = t - __builtin_convertvector(j, v8f);
        *(v8f *)(w1 + k) = b;
        *(v8f *)(w0 + k) = 1 - b;
        *(v8f *)(u1 + k) = d;
        *(v8f *)(u0 + k) = 1 - d;
        *(v8i *)(at + k) = offset + i * nts + j;
        offset += VECTOR * view_floats;
    }
}

/* Two rows of each view += the line, shared first along t (which makes it one longer), then along s. line[-1] is 0. */
INLINE void spread(int64_t nt, const workspace *w, const float *line, int nv, int64_t nts, float *sheared)
{
    const int32_t *at = w->at;
    const float *w0 = w->w0, *w1 = w->w1, *u0 = w->u0, *u1 = w->u1;
    const v8f *v = (const v8f *)line;
    const v8u *before = (const v8u *)(line - 1);
    v8f v0 = v[0], v1 = v[nv - 1], b0 = before[0], b1 = before[nv - 1];
    float last = line[nv * VECTOR - 1];
    for (int64_t k = 0; k < nt; k++) {
        float *row = sheared + at[k], *next = row + nts;
        float a = w0[k], b = w1[k], c = u0[k], d = u1[k], e = d * last;
        v8f c0 = c * v0 + d * b0, c1 = c * v1 + d * b1;
        ((v8u *)row)[0] += a * c0;
        if (nv == 2) ((v8u *)row)[1] += a * c1;
        row[nv * VECTOR] += a * e;
        ((v8u *)next)[0] += b * c0;
        if (nv == 2) ((v8u *)next)[1] += b * c1;
        next[nv * VECTOR] += b * e;
    }
}

INLINE void collect(int64_t nt, const workspace *w, const float *sheared, int nv, int64_t nts, float *line)
{
    const int32_t *at = w->at;
    const float *w0 = w->w0, *w1 = w->w1, *u0 = w->u0, *u1 = w->u1;
    v8f a[2] = { 0 }, b[2] = { 0 }, c[2] = { 0 }, d[2] = { 0 };
    for (int64_t k = 0; k < nt; k++) {
        const float *row = sheared + at[k], *next = row + nts;
        float wa = w0[k] * u0[k], wb = w0[k] * u1[k], wc = w1[k] * u0[k], wd = w1[k] * u1[k];
        for (int j = 0; j < nv; j++) {
            a[j] += wa * ((const v8u *)row)[j];
            b[j] += wb * ((const v8u *)(row + 1))[j];
            c[j] += wc * ((const v8u *)next)[j];
            d[j] += wd * ((const v8u *)(next + 1))[j];
        }
    }
    for (int j = 0; j < nv; j++) ((v8f *)line)[j] = (a[j] + b[j]) + (c[j] + d[j]);
}

/* All of the volume onto the sheared images of the views first .. end-1, by one thread. */
static void spread_views(const loom_projector *p, int64_t first, int64_t end, const float *volume, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t nt = end - first, view_floats = in->ns * in->nts;
    float *sheared = in->sheared + first * view_floats;
    memset(sheared, 0, (size_t)(nt * view_floats) * sizeof(float));
    _Alignas(64) float copy[VECTOR + BLOCK] = { 0 };
    for (int64_t b = 0; b < in->blocks; b++) {
        int64_t width = block_width(in, b), y = b * BLOCK;
        for (int64_t z0 = 0; z0 < p->vz; z0 += ROWS) {
            int64_t rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
            for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * in->views, w->base_t + i * in->views);
            for (int64_t x = 0; x < p->vx; x++)
                for (int64_t i = 0; i < rows; i++) {
                    const float *line = volume + y * p->vz * p->vx + ((z0 + i) * p->vx + x) * width;
                    if (line_is_empty(line, (int)(width / VECTOR))) continue;
                    memcpy(copy + VECTOR, line, (size_t)width * sizeof(float)); /* behind a zero, which `spread` wants */
                    locate(nt, w->base_s + i * in->views, w->base_t + i * in->views, in->sx + first, in->tx + first, (float)x, (int32_t)view_floats,
                           (int32_t)in->nts, w);
                    if (width == BLOCK) spread(nt, w, copy + VECTOR, 2, in->nts, sheared + y);
                    else spread(nt, w, copy + VECTOR, 1, in->nts, sheared + y);
                }
        }
    }
}

static void collect_rows(const loom_projector *p, int64_t first, int64_t end, int64_t b, int64_t z0, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t nt = end - first, view_floats = in->ns * in->nts, width = block_width(in, b), y = b * BLOCK;
    int64_t rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
    const float *sheared = in->sheared + first * view_floats + y;
    for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * in->views, w->base_t + i * in->views);
    for (int64_t x = 0; x < p->vx; x++)
        for (int64_t i = 0; i < rows; i++) {
            float *line = w->rows + (i * p->vx + x) * width;
            locate(nt, w->base_s + i * in->views, w->base_t + i * in->views, in->sx + first, in->tx + first, (float)x, (int32_t)view_floats,
                   (int32_t)in->nts, w);
            if (width == BLOCK) collect(nt, w, sheared, 2, in->nts, line);
            else collect(nt, w, sheared, 1, in->nts, line);
        }
}

/* Views seen along y have empty sheared images; their part is added line by line. */
static void add_direct(const loom_projector *p, int64_t first, int64_t end, const float *images, int64_t b, int64_t z0, workspace *w)
{
    int64_t width = block_width(p->inside, b), y = b * BLOCK, count = p->vy - y < width ? p->vy - y : width;
    for (int64_t k = first; k < end; k++) {
        if (!p->inside->view[k].direct) continue;
        for (int64_t z = z0; z < p->vz && z < z0 + ROWS; z++)
            for (int64_t x = 0; x < p->vx; x++)
                direct_gather(p, k, images + k * p->ny * p->nx, x, y, z, count, w->rows + ((z - z0) * p->vx + x) * width);
    }
}

void euler_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t share = (end - first + p->threads - 1) / p->threads;
#pragma omp parallel for num_threads(p->threads) schedule(static, 1)
    for (int64_t from = first; from < end; from += share) {
        int64_t to = from + share < end ? from + share : end;
        spread_views(p, from, to, volume, &in->work[omp_get_thread_num()]);
        for (int64_t k = from; k < to; k++) {
            if (in->view[k].direct) direct_project(p, k, volume, images + k * p->ny * p->nx);
            else shear_to_image(p, k, in->sheared + k * in->ns * in->nts, images + k * p->ny * p->nx, &in->work[omp_get_thread_num()]);
        }
    }
}

void euler_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user)
{
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t k = first; k < end; k++)
        image_to_shear(p, k, images + k * p->ny * p->nx, in->sheared + k * in->ns * in->nts, &in->work[omp_get_thread_num()]);
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(dynamic, 4)
    for (int64_t b = 0; b < in->blocks; b++)
        for (int64_t z0 = 0; z0 < p->vz; z0 += ROWS) {
            workspace *w = &in->work[omp_get_thread_num()];
            int64_t width = block_width(in, b), rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
            collect_rows(p, first, end, b, z0, w);
            add_direct(p, first, end, images, b, z0, w);
            if (p->vy < b * BLOCK + width) /* what the padding saw is not the volume's */
                for (int64_t i = 0; i < rows * p->vx; i++)
                    for (int64_t j = p->vy - b * BLOCK; j < width; j++) w->rows[i * width + j] = 0;
            sink(user, (loom_piece){ .index = b * (p->pieces / in->blocks) + z0 / ROWS, .at = (b * BLOCK * p->vz + z0 * width) * p->vx,
                                     .count = rows * p->vx * width, .sum = w->rows });
        }
}
