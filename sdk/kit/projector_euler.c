/* projector_euler.c - any Euler angles, on sheared detectors: see kit/projector.h and shear_to_image.
 *
 * Per line of voxels along y and per view there are four weights (two along s, two along t), the same for the whole line; lines of two
 * blocks are taken together to share them. The sheared images of all views are one array; a projection divides the views among the threads, a
 * back-projection the volume. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { PAIR = 2 };  /* blocks together */

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
        if (nv == PAIR) ((v8u *)row)[1] += a * c1;
        row[nv * VECTOR] += a * e;
        ((v8u *)next)[0] += b * c0;
        if (nv == PAIR) ((v8u *)next)[1] += b * c1;
        next[nv * VECTOR] += b * e;
    }
}

/* The transpose: vectors `stride` floats apart become the sums. */
INLINE void collect(int64_t nt, const workspace *w, const float *sheared, int nv, int64_t nts, float *line, int64_t stride)
{
    const int32_t *at = w->at;
    const float *w0 = w->w0, *w1 = w->w1, *u0 = w->u0, *u1 = w->u1;
    v8f a[PAIR] = { 0 }, b[PAIR] = { 0 }, c[PAIR] = { 0 }, d[PAIR] = { 0 };
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
    for (int j = 0; j < nv; j++) *(v8f *)(line + j * stride) = (a[j] + b[j]) + (c[j] + d[j]);
}

/* Vectors of a line through the blocks block and, if there is one, block + 1. */
static int vectors_at(const struct loom_projector_inside *in, int64_t block) { return in->blocks - block < PAIR ? 1 : PAIR; }

/* The voxels (x, z) of those blocks side by side, behind a zero, which `spread` wants. False: all are zero, of either sign: outside the support, or
 * clipped; often most of the volume. */
INLINE bool load_line(const float *from, int nv, int64_t stride, v8f line[1 + PAIR])
{
    v8i any = { 0 };
    int32_t bits = 0;
    for (int j = 0; j < nv; j++) {
        line[1 + j] = *(const v8f *)(from + j * stride);
        any |= (v8i)line[1 + j];
    }
    for (int i = 0; i < VECTOR; i++) bits |= any[i];
    return (bits & INT32_MAX) != 0;
}

/* All of the volume onto the sheared images of the views first .. end-1, by one thread. */
static void spread_views(const loom_projector *p, int64_t first, int64_t end, const float *volume, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t nt = end - first, view_floats = in->ns * in->nts, plane = p->vz * p->vx * VECTOR;
    float *sheared = in->sheared + first * view_floats;
    memset(sheared, 0, (size_t)(nt * view_floats) * sizeof(float));
    v8f line[1 + PAIR] = { 0 };
    for (int64_t b = 0; b < in->blocks; b += PAIR) {
        int nv = vectors_at(in, b);
        for (int64_t z0 = 0; z0 < p->vz; z0 += ROWS) {
            int64_t rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
            for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * in->views, w->base_t + i * in->views);
            for (int64_t x = 0; x < p->vx; x++)
                for (int64_t i = 0; i < rows; i++) {
                    if (!load_line(volume + b * plane + ((z0 + i) * p->vx + x) * VECTOR, nv, plane, line)) continue;
                    locate(nt, w->base_s + i * in->views, w->base_t + i * in->views, in->sx + first, in->tx + first, (float)x, (int32_t)view_floats,
                           (int32_t)in->nts, w);
                    if (nv == PAIR) spread(nt, w, (const float *)(line + 1), PAIR, in->nts, sheared + b * VECTOR);
                    else spread(nt, w, (const float *)(line + 1), 1, in->nts, sheared + b * VECTOR);
                }
        }
    }
}

/* The sums of a few rows of two blocks: [block][row][x][VECTOR] in w->rows. */
static void collect_rows(const loom_projector *p, int64_t first, int64_t end, int64_t b, int64_t z0, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t nt = end - first, view_floats = in->ns * in->nts, rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS, stride = ROWS * p->vx * VECTOR;
    const float *sheared = in->sheared + first * view_floats + b * VECTOR;
    int nv = vectors_at(in, b);
    for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * in->views, w->base_t + i * in->views);
    for (int64_t x = 0; x < p->vx; x++)
        for (int64_t i = 0; i < rows; i++) {
            float *line = w->rows + (i * p->vx + x) * VECTOR;
            locate(nt, w->base_s + i * in->views, w->base_t + i * in->views, in->sx + first, in->tx + first, (float)x, (int32_t)view_floats,
                   (int32_t)in->nts, w);
            if (nv == PAIR) collect(nt, w, sheared, PAIR, in->nts, line, stride);
            else collect(nt, w, sheared, 1, in->nts, line, stride);
        }
}

/* Views seen along y have empty sheared images; their part of a block's sums is added line by line. */
static void add_direct(const loom_projector *p, int64_t first, int64_t end, const float *images, int64_t b, int64_t z0, int64_t rows, float *sums)
{
    int64_t y = b * VECTOR, count = p->vy - y < VECTOR ? p->vy - y : VECTOR;
    for (int64_t k = first; k < end; k++) {
        if (!p->inside->view[k].direct) continue;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t x = 0; x < p->vx; x++) direct_gather(p, k, images + k * p->ny * p->nx, x, y, z0 + i, count, sums + (i * p->vx + x) * VECTOR);
    }
}

/* What the padding behind the last y saw is not the volume's. */
static void clear_padding(const loom_projector *p, int64_t b, int64_t lines, float *sums)
{
    for (int64_t j = p->vy - b * VECTOR; j < VECTOR; j++)
        for (int64_t i = 0; i < lines; i++) sums[i * VECTOR + j] = 0;
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
    int64_t steps = p->pieces / in->blocks;
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(dynamic, 4)
    for (int64_t b = 0; b < in->blocks; b += PAIR)
        for (int64_t i = 0; i < steps; i++) {
            workspace *w = &in->work[omp_get_thread_num()];
            int64_t z0 = i * ROWS, rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
            collect_rows(p, first, end, b, z0, w);
            for (int j = 0; j < vectors_at(in, b); j++) {
                float *sums = w->rows + j * ROWS * p->vx * VECTOR;
                add_direct(p, first, end, images, b + j, z0, rows, sums);
                clear_padding(p, b + j, rows * p->vx, sums);
                sink(user, (loom_piece){ .index = (b + j) * steps + i, .at = ((b + j) * p->vz + z0) * p->vx * VECTOR,
                                         .count = rows * p->vx * VECTOR, .sum = sums });
            }
        }
}
