/* projector_axis.c - all views about the y axis: lines along y share their weights, blocks of y are independent.
 *
 * Around each line of 16 voxels the loop runs over the views, so that each multiply-add has its own accumulator or its own place
 * in memory and nothing waits for the one before. A block's images of all views (51 x 290 x 16 floats, 0.9 MB, times the oversampling) stay in the
 * second-level cache; what the views touch around one voxel, in the first. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* For each view: the slab offset of the sample before the voxel x, and the two weights. Whole vectors: what lies beyond nt is not used, but
 * for the partner of an odd last view, which gets no weight. */
INLINE void locate(int64_t nt, const float *base, const float *step, float x, int32_t view_floats, int32_t width, workspace *w)
{
    int32_t *at = w->at;
    float *w0 = w->w0, *w1 = w->w1;
    v8i offset = (v8i){ 0, 1, 2, 3, 4, 5, 6, 7 } * view_floats;
    for (int64_t k = 0; k < nt; k += VECTOR) {
        v8f s = *(const v8f *)(base + k) + x * *(const v8u *)(step + k);
        v8i i = __builtin_convertvector(s, v8i);
        v8f b = s - __builtin_convertvector(i, v8f);
        *(v8f *)(w1 + k) = b;
        *(v8f *)(w0 + k) = 1 - b;
        *(v8i *)(at + k) = offset + i * width;
        offset += VECTOR * view_floats;
    }
    if (nt % 2) {
        at[nt] = 0;
        w0[nt] = w1[nt] = 0;
    }
}

/* Each view's two lines += weight * the voxel line; nv vectors to a line. */
INLINE void spread(int64_t nt, const workspace *w, const float *line, int nv, float *slab)
{
    const int32_t *at = w->at;
    const float *w0 = w->w0, *w1 = w->w1;
    const v8f *v = (const v8f *)line;
    v8f v0 = v[0], v1 = v[nv - 1];
    for (int64_t k = 0; k < nt; k++) {
        v8f *row = (v8f *)(slab + at[k]);
        float a = w0[k], b = w1[k];
        row[0] += a * v0;
        if (nv == 2) row[1] += a * v1;
        row[nv] += b * v0;
        if (nv == 2) row[3] += b * v1;
    }
}

/* The transpose: voxel line = sum over views of the weighted lines. Views in pairs: eight independent sums hide the latency. */
INLINE void collect(int64_t nt, const workspace *w, const float *slab, int nv, float *line)
{
    const int32_t *at = w->at;
    const float *w0 = w->w0, *w1 = w->w1;
    v8f a[2] = { 0 }, b[2] = { 0 }, c[2] = { 0 }, d[2] = { 0 };
    for (int64_t k = 0; k < nt; k += 2) {
        const v8f *p = (const v8f *)(slab + at[k]), *q = (const v8f *)(slab + at[k + 1]);
        float p0 = w0[k], p1 = w1[k], q0 = w0[k + 1], q1 = w1[k + 1];
        for (int j = 0; j < nv; j++) {
            a[j] += p0 * p[j];
            b[j] += p1 * p[nv + j];
            c[j] += q0 * q[j];
            d[j] += q1 * q[nv + j];
        }
    }
    for (int j = 0; j < nv; j++) ((v8f *)line)[j] = (a[j] + b[j]) + (c[j] + d[j]);
}

INLINE void spread_block(const loom_projector *p, int64_t first, int64_t end, const float *volume, int nv, workspace *w)
{
    int64_t nt = end - first, width = nv * VECTOR, view_floats = p->inside->ns * width;
    memset(w->slab, 0, (size_t)(nt * view_floats) * sizeof(float));
    for (int64_t z0 = 0; z0 < p->vz; z0 += ROWS) {
        int64_t rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
        for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * p->inside->views, NULL);
        for (int64_t x = 0; x < p->vx; x++)
            for (int64_t i = 0; i < rows; i++) {
                const float *line = volume + ((z0 + i) * p->vx + x) * width;
                __builtin_prefetch(line + 4 * width);
                if (line_is_empty(line, nv)) continue; /* outside the support, or clipped: often most of the volume */
                locate(nt, w->base_s + i * p->inside->views, p->inside->sx + first, (float)x, (int32_t)view_floats, (int32_t)width, w);
                spread(nt, w, line, nv, w->slab);
            }
    }
}

INLINE void collect_block(const loom_projector *p, int64_t first, int64_t end, int64_t b, int nv, workspace *w, loom_sink *sink, void *user)
{
    int64_t nt = end - first, width = nv * VECTOR, view_floats = p->inside->ns * width, row = p->vx * width;
    loom_piece piece = { .index = b * (p->pieces / p->inside->blocks), .at = b * BLOCK * p->vz * p->vx, .sum = w->rows };
    for (int64_t z0 = 0; z0 < p->vz; z0 += ROWS) {
        int64_t rows = p->vz - z0 < ROWS ? p->vz - z0 : ROWS;
        for (int64_t i = 0; i < rows; i++) projector_row_base(p, first, end, z0 + i, w->base_s + i * p->inside->views, NULL);
        for (int64_t x = 0; x < p->vx; x++)
            for (int64_t i = 0; i < rows; i++) {
                locate(nt, w->base_s + i * p->inside->views, p->inside->sx + first, (float)x, (int32_t)view_floats, (int32_t)width, w);
                collect(nt, w, w->slab, nv, w->rows + i * row + x * width);
            }
        piece.count = rows * row;
        sink(user, piece);
        piece.index++;
        piece.at += piece.count;
    }
}

void axis_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t left = in->s_centre - loom_centre(p->nx) * in->oversampling;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        int64_t width = block_width(in, b);
        const float *block = volume + b * BLOCK * p->vz * p->vx;
        if (width == BLOCK) spread_block(p, first, end, block, 2, w);
        else spread_block(p, first, end, block, 1, w);
        for (int64_t k = first; k < end; k++)
            samples_to_pixels(in->oversampling, in->ns, left, p->nx, width, w->slab + (k - first) * in->ns * width,
                              images + b * BLOCK * p->nt * p->nx + k * p->nx * width);
    }
}

void axis_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t left = in->s_centre - loom_centre(p->nx) * in->oversampling;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        int64_t width = block_width(in, b);
        for (int64_t k = first; k < end; k++)
            pixels_to_samples(in->oversampling, in->ns, left, p->nx, width, images + b * BLOCK * p->nt * p->nx + k * p->nx * width,
                              w->slab + (k - first) * in->ns * width);
        if (width == BLOCK) collect_block(p, first, end, b, 2, w, sink, user);
        else collect_block(p, first, end, b, 1, w, sink, user);
    }
}
