/* projector_axis.c - all views about the y axis: lines along y share their weights, blocks of y are independent.
 *
 * Within a block the volume is taken in tiles of TILE x TILE lines, and for each tile the views in groups of a few. What a group
 * touches, the tile and a strip of at most 1.5 TILE pixels of each view, stays in the first-level cache while every line of the tile is
 * added to it or read from it. The views of a group write to different places, so that no multiply-add waits for the one before, and they
 * share the loads of the volume. A block's images of all views (512^3 x 61: 8 MB, more than the second-level cache) come in once per
 * tile, not once per row. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { GROUP = 4 }; /* views together */

/* A row of a tile in each view of a group: offset of the sample before the voxel, and the weights of this one and the next. */
typedef struct place { int32_t at[GROUP][TILE]; float w0[GROUP][TILE], w1[GROUP][TILE]; } place;

INLINE void locate(int n, const float *base, const float *step, int64_t x0, int64_t count, int32_t view_floats, int32_t width, place *pl)
{
    const v8f ramp = { 0, 1, 2, 3, 4, 5, 6, 7 };
    for (int g = 0; g < n; g++)
        for (int64_t x = 0; x < count; x += VECTOR) {
            v8f s = base[g] + (ramp + (float)(x0 + x)) * step[g];
            v8i i = __builtin_convertvector(s, v8i);
            v8f b = s - __builtin_convertvector(i, v8f);
            *(v8i *)(pl->at[g] + x) = g * view_floats + i * width;
            *(v8f *)(pl->w0[g] + x) = 1 - b;
            *(v8f *)(pl->w1[g] + x) = b;
        }
}

/* Each view's two lines += weight * the voxel line, for a row of the tile; nv vectors to a line. */
INLINE void spread_row(int n, int64_t count, const uint8_t *xs, const place *pl, const float *lines, int nv, float *slab)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t x = xs[i];
        const v8f *v = (const v8f *)(lines + i * nv * VECTOR);
        v8f v0 = v[0], v1 = v[nv - 1];
        for (int g = 0; g < n; g++) {
            v8f *row = (v8f *)(slab + pl->at[g][x]);
            float a = pl->w0[g][x], b = pl->w1[g][x];
            row[0] += a * v0;
            if (nv == 2) row[1] += a * v1;
            row[nv] += b * v0;
            if (nv == 2) row[3] += b * v1;
        }
    }
}

/* The transpose: each voxel line += sum over the views of the group. Two chains to a vector hide the latency. */
INLINE void collect_row(int n, int64_t count, const place *pl, const float *slab, int nv, float *lines)
{
    for (int64_t x = 0; x < count; x++) {
        v8f *line = (v8f *)(lines + x * nv * VECTOR), a[2] = { 0 }, b[2];
        for (int j = 0; j < nv; j++) b[j] = line[j];
        for (int g = 0; g < n; g++) {
            const v8f *row = (const v8f *)(slab + pl->at[g][x]);
            float w0 = pl->w0[g][x], w1 = pl->w1[g][x];
            for (int j = 0; j < nv; j++) {
                a[j] += w0 * row[j];
                b[j] += w1 * row[nv + j];
            }
        }
        for (int j = 0; j < nv; j++) line[j] = a[j] + b[j];
    }
}

/* Lines x0 .. x0+nx-1 of the rows z0 .. z0+nz-1, TILE to a row: in the volume, rows may lie a power of two apart and share cache sets.
 * Forwards only the `filled` lines of a row are kept, at x0 + x[]. */
typedef struct tile {
    int64_t x0, z0, nx, nz;
    float *lines;
    int filled[TILE];
    uint8_t x[TILE][TILE];
} tile;

INLINE void tile_group(const loom_projector *p, int64_t first, int64_t k, int n, const tile *t, int nv, bool forward, float *slab)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t width = nv * VECTOR, view_floats = in->ns * width;
    float *views = slab + (k - first) * view_floats;
    _Alignas(32) place pl;
    for (int64_t i = 0; i < t->nz; i++) {
        if (forward && !t->filled[i]) continue;
        locate(n, in->base + (t->z0 + i) * in->views + k, in->sx + k, t->x0, t->nx, (int32_t)view_floats, (int32_t)width, &pl);
        float *lines = t->lines + i * TILE * width;
        if (forward) spread_row(n, t->filled[i], t->x[i], &pl, lines, nv, views);
        else collect_row(n, t->nx, &pl, views, nv, lines);
    }
}

INLINE void tile_views(const loom_projector *p, int64_t first, int64_t end, const tile *t, int nv, bool forward, float *slab)
{
    int64_t k = first;
    for (; k + GROUP <= end; k += GROUP) tile_group(p, first, k, GROUP, t, nv, forward, slab);
    for (; k < end; k++) tile_group(p, first, k, 1, t, nv, forward, slab);
}

/* Lines that are all zero, of either sign, are left out: outside the support or clipped, often most of the volume. */
INLINE void load_tile(const loom_projector *p, const float *volume, int nv, tile *t)
{
    for (int64_t i = 0; i < t->nz; i++) {
        const v8f *from = (const v8f *)(volume + ((t->z0 + i) * p->vx + t->x0) * nv * VECTOR);
        v8f *to = (v8f *)(t->lines + i * TILE * nv * VECTOR);
        int filled = 0;
        for (int64_t x = 0; x < t->nx; x++, from += nv) {
            to[filled * nv] = from[0];
            to[filled * nv + nv - 1] = from[nv - 1];
            t->x[i][filled] = (uint8_t)x;
            filled += !line_is_empty((const float *)from, nv);
        }
        t->filled[i] = filled;
    }
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

INLINE void spread_block(const loom_projector *p, int64_t first, int64_t end, const float *volume, int nv, workspace *w)
{
    int64_t width = nv * VECTOR;
    memset(w->slab, 0, (size_t)((end - first) * p->inside->ns * width) * sizeof(float));
    for (int64_t z0 = 0; z0 < p->vz; z0 += TILE)
        for (int64_t x0 = 0; x0 < p->vx; x0 += TILE) {
            tile t = { .x0 = x0, .z0 = z0, .nx = least(TILE, p->vx - x0), .nz = least(TILE, p->vz - z0), .lines = w->tile };
            load_tile(p, volume, nv, &t);
            tile_views(p, first, end, &t, nv, true, w->slab);
        }
}

INLINE void collect_block(const loom_projector *p, int64_t first, int64_t end, int64_t b, int nv, workspace *w, loom_sink *sink, void *user)
{
    int64_t width = nv * VECTOR, row = p->vx * width;
    loom_piece piece = { .index = b * (p->pieces / p->inside->blocks), .at = b * BLOCK * p->vz * p->vx, .sum = w->rows };
    for (int64_t z0 = 0; z0 < p->vz; z0 += TILE) {
        int64_t nz = least(TILE, p->vz - z0);
        for (int64_t x0 = 0; x0 < p->vx; x0 += TILE) {
            tile t = { .x0 = x0, .z0 = z0, .nx = least(TILE, p->vx - x0), .nz = nz, .lines = w->tile };
            memset(w->tile, 0, (size_t)(TILE * nz * width) * sizeof(float));
            tile_views(p, first, end, &t, nv, false, w->slab);
            for (int64_t i = 0; i < nz; i++)
                memcpy(w->rows + i * row + x0 * width, w->tile + i * TILE * width, (size_t)(t.nx * width) * sizeof(float));
        }
        piece.count = nz * row;
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
