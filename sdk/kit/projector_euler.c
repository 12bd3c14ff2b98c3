/* projector_euler.c - any Euler angles, on sheared detectors: see kit/projector.h and
 * shear_to_image.
 *
 * Per line of voxels along y and per view there are four weights (two along s, two along t), the
 * same for the whole line; lines of two blocks are taken together to share them. The volume is
 * taken in tiles of lines, and for each tile the views in groups of a few: what a group touches,
 * the tile and a strip of each sheared image, stays in the nearest cache while every line of the
 * tile is added to it or read from it. The sheared images of all views are one array; a projection
 * divides the views among the threads, a back-projection the volume. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <assert.h>
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { PAIR = 2 }; /* blocks together */
/* views together: they write to different places, so that no multiply-add waits for the one before
 */
enum { GROUP = 4 };

/* Lines x0 .. x0+nx-1 of the rows z0 .. z0+nz-1 through the block and the next. */
typedef struct tile {
    int64_t block, z0, nz, x0, nx;
} tile;

/* A row of a tile in each view of a group: offset of the sample before the voxel in both
 * directions, and the weights of the next ones. */
typedef struct spots {
    int32_t at[GROUP][TILE];
    float s1[GROUP][TILE], t1[GROUP][TILE];
} spots;

INLINE void locate(const loom_projector *p, int64_t k, int n, const tile *t, int64_t z, spots *out)
{
    const struct loom_projector_inside *in = p->inside;
    const v8f ramp = { 0, 1, 2, 3, 4, 5, 6, 7 };
    int32_t nts = (int32_t)in->nts, view_floats = (int32_t)(in->ns * in->nts);
    for (int g = 0; g < n; g++) {
        float base_s = in->base_s[(k + g) * p->vz + z], base_t = in->base_t[(k + g) * p->vz + z],
              step_s = in->sx[k + g], step_t = in->tx[k + g];
        for (int64_t x = 0; x < t->nx; x += VECTOR) {
            v8f at = ramp + (float)(t->x0 + x), s = base_s + at * step_s, u = base_t + at * step_t;
            v8i i = __builtin_convertvector(s, v8i), j = __builtin_convertvector(u, v8i);
            *(v8f *)(out->s1[g] + x) = s - __builtin_convertvector(i, v8f);
            *(v8f *)(out->t1[g] + x) = u - __builtin_convertvector(j, v8f);
            *(v8i *)(out->at[g] + x) = g * view_floats + i * nts + j;
        }
    }
}

/* Two rows of each view += the line x, shared first along t (which makes it one longer), then along
 * s. line[0] is a vector of zeros. */
INLINE void spread_line(int n, const spots *sp, int64_t x, const v8f *line, int nv, int64_t nts,
                        float *sheared)
{
    const v8u *before = (const v8u *)((const float *)(line + 1) - 1);
    v8f v0 = line[1], v1 = line[nv], b0 = before[0], b1 = before[nv - 1];
    float last = ((const float *)(line + 1))[nv * VECTOR - 1];
    for (int g = 0; g < n; g++) {
        float *row = sheared + sp->at[g][x], *next = row + nts;
        float b = sp->s1[g][x], a = 1 - b, d = sp->t1[g][x], c = 1 - d, e = d * last;
        v8f c0 = c * v0 + d * b0, c1 = c * v1 + d * b1;
        ((v8u *)row)[0] += a * c0;
        if (nv == PAIR) ((v8u *)row)[1] += a * c1;
        row[nv * VECTOR] += a * e;
        ((v8u *)next)[0] += b * c0;
        if (nv == PAIR) ((v8u *)next)[1] += b * c1;
        next[nv * VECTOR] += b * e;
    }
}

/* The transpose: the line x += what it has in the views. */
INLINE void collect_line(int n, const spots *sp, int64_t x, const float *sheared, int nv,
                         int64_t nts, v8f *line)
{
    v8f a[PAIR] = { 0 }, b[PAIR] = { 0 };
    for (int g = 0; g < n; g++) {
        const float *row = sheared + sp->at[g][x], *next = row + nts;
        float s1 = sp->s1[g][x], s0 = 1 - s1, t1 = sp->t1[g][x], t0 = 1 - t1, wa = s0 * t0,
              wb = s0 * t1, wc = s1 * t0, wd = s1 * t1;
        for (int j = 0; j < nv; j++) {
            a[j] += wa * ((const v8u *)row)[j];
            b[j] += wb * ((const v8u *)(row + 1))[j];
            a[j] += wc * ((const v8u *)next)[j];
            b[j] += wd * ((const v8u *)(next + 1))[j];
        }
    }
    for (int j = 0; j < nv; j++) line[j] += a[j] + b[j];
}

/* Vectors of a line through the blocks block and, if there is one, block + 1. */
static int vectors_at(const struct loom_projector_inside *in, int64_t block)
{
    assert(block >= 0 && block < in->blocks);
    return in->blocks - block < PAIR ? 1 : PAIR;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* The lines of a tile that hold anything: line i of a row is at x0 + x[row][i], a vector of zeros
 * before it. */
typedef struct lines {
    int count[TILE];
    uint8_t x[TILE][TILE];
    v8f *line;
} lines;

/* Lines that are all zero, of either sign, are left out: outside the support, or clipped; often
 * most of the volume. */
INLINE void load_lines(const loom_projector *p, const v8f *volume, const tile *t, int nv, lines *l)
{
    assert(t->nz <= TILE && t->nx <= TILE && nv <= PAIR);
    int64_t plane = p->vz * p->vx;
    for (int64_t i = 0; i < t->nz; i++) {
        const v8f *from = volume + t->block * plane + (t->z0 + i) * p->vx + t->x0;
        v8f *to = l->line + i * TILE * (1 + PAIR);
        l->count[i] = 0;
        for (int64_t x = 0; x < t->nx; x++, from++) {
            v8i any = { 0 };
            int32_t bits = 0;
            to[0] = (v8f){ 0 };
            for (int j = 0; j < nv; j++) {
                to[1 + j] = from[j * plane];
                any |= (v8i)to[1 + j];
            }
            for (int j = 0; j < VECTOR; j++) bits |= any[j];
            if ((bits & INT32_MAX) == 0) continue;
            l->x[i][l->count[i]++] = (uint8_t)x;
            to += 1 + PAIR;
        }
    }
}

INLINE void spread_group(const loom_projector *p, int64_t k, int n, const tile *t, int nv,
                         const lines *l)
{
    const struct loom_projector_inside *in = p->inside;
    float *sheared = in->sheared + k * in->ns * in->nts + t->block * VECTOR;
    _Alignas(32) spots sp;
    for (int64_t i = 0; i < t->nz; i++) {
        if (!l->count[i]) continue;
        locate(p, k, n, t, t->z0 + i, &sp);
        for (int j = 0; j < l->count[i]; j++)
            spread_line(n, &sp, l->x[i][j], l->line + (i * TILE + j) * (1 + PAIR), nv, in->nts,
                        sheared);
    }
}

INLINE void spread_tile(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                        const tile *t, int nv, workspace *w)
{
    lines l = { .line = (v8f *)w->tile };
    load_lines(p, (const v8f *)volume, t, nv, &l);
    int64_t k = first;
    for (; k + GROUP <= end; k += GROUP) spread_group(p, k, GROUP, t, nv, &l);
    for (; k < end; k++) spread_group(p, k, 1, t, nv, &l);
}

INLINE void collect_group(const loom_projector *p, int64_t k, int n, const tile *t, int nv,
                          v8f *sums)
{
    const struct loom_projector_inside *in = p->inside;
    const float *sheared = in->sheared + k * in->ns * in->nts + t->block * VECTOR;
    _Alignas(32) spots sp;
    for (int64_t i = 0; i < t->nz; i++) {
        locate(p, k, n, t, t->z0 + i, &sp);
        for (int64_t x = 0; x < t->nx; x++)
            collect_line(n, &sp, x, sheared, nv, in->nts, sums + (i * TILE + x) * PAIR);
    }
}

/* The sums of a tile, into [block][row][x] of `rows`. */
INLINE void collect_tile(const loom_projector *p, int64_t first, int64_t end, const tile *t, int nv,
                         workspace *w)
{
    v8f *sums = (v8f *)w->tile, *rows = (v8f *)w->rows;
    memset(sums, 0, (size_t)(TILE * TILE * PAIR) * sizeof *sums);
    int64_t k = first;
    for (; k + GROUP <= end; k += GROUP) collect_group(p, k, GROUP, t, nv, sums);
    for (; k < end; k++) collect_group(p, k, 1, t, nv, sums);
    for (int j = 0; j < nv; j++)
        for (int64_t i = 0; i < t->nz; i++)
            for (int64_t x = 0; x < t->nx; x++)
                rows[(j * TILE + i) * p->vx + t->x0 + x] = sums[(i * TILE + x) * PAIR + j];
}

/* All of the volume onto the sheared images of the views first .. end-1, by one thread. */
static void spread_views(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                         workspace *w)
{
    assert(first >= 0 && first <= end && end <= p->nt);
    const struct loom_projector_inside *in = p->inside;
    int64_t view_floats = in->ns * in->nts;
    memset(in->sheared + first * view_floats, 0,
           (size_t)((end - first) * view_floats) * sizeof(float));
    for (int64_t b = 0; b < in->blocks; b += PAIR)
        for (int64_t z0 = 0; z0 < p->vz; z0 += TILE)
            for (int64_t x0 = 0; x0 < p->vx; x0 += TILE) {
                tile t = { .block = b,
                           .z0 = z0,
                           .nz = least(TILE, p->vz - z0),
                           .x0 = x0,
                           .nx = least(TILE, p->vx - x0) };
                if (vectors_at(in, b) == PAIR) spread_tile(p, first, end, volume, &t, PAIR, w);
                else spread_tile(p, first, end, volume, &t, 1, w);
            }
}

/* The sums of TILE rows of two blocks: [block][row][x] in w->rows. */
static void collect_rows(const loom_projector *p, int64_t first, int64_t end, int64_t b, int64_t z0,
                         workspace *w)
{
    for (int64_t x0 = 0; x0 < p->vx; x0 += TILE) {
        tile t = { .block = b,
                   .z0 = z0,
                   .nz = least(TILE, p->vz - z0),
                   .x0 = x0,
                   .nx = least(TILE, p->vx - x0) };
        if (vectors_at(p->inside, b) == PAIR) collect_tile(p, first, end, &t, PAIR, w);
        else collect_tile(p, first, end, &t, 1, w);
    }
}

/* Views seen along y have empty sheared images; their part of a block's sums is added line by line.
 */
static void add_direct(const loom_projector *p, int64_t first, int64_t end, const float *images,
                       int64_t b, int64_t z0, int64_t rows, float *sums)
{
    assert(rows >= 0 && z0 + rows <= p->vz);
    int64_t y = b * VECTOR, count = p->vy - y < VECTOR ? p->vy - y : VECTOR;
    for (int64_t k = first; k < end; k++) {
        if (!p->inside->view[k].direct) continue;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t x = 0; x < p->vx; x++)
                direct_gather(p, k, images + k * p->ny * p->nx, x, y, z0 + i, count,
                              sums + (i * p->vx + x) * VECTOR);
    }
}

/* What the padding behind the last y saw is not the volume's. */
static void clear_padding(const loom_projector *p, int64_t b, int64_t count, float *sums)
{
    assert(b >= 0 && b < p->inside->blocks);
    for (int64_t j = p->vy - b * VECTOR; j < VECTOR; j++)
        for (int64_t i = 0; i < count; i++) sums[i * VECTOR + j] = 0;
}

void euler_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                   float *images)
{
    assert(!p->single_axis && first >= 0 && end <= p->nt);
    const struct loom_projector_inside *in = p->inside;
    int64_t share = (end - first + p->threads - 1) / p->threads;
#pragma omp parallel for num_threads(p->threads) schedule(static, 1)
    for (int64_t from = first; from < end; from += share) {
        int64_t to = from + share < end ? from + share : end;
        spread_views(p, from, to, volume, &in->work[omp_get_thread_num()]);
        for (int64_t k = from; k < to; k++) {
            if (in->view[k].direct) direct_project(p, k, volume, images + k * p->ny * p->nx);
            else
                shear_to_image(p, k, in->sheared + k * in->ns * in->nts, images + k * p->ny * p->nx,
                               &in->work[omp_get_thread_num()]);
        }
    }
}

void euler_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                        loom_sink *sink, void *user)
{
    assert(!p->single_axis && p->pieces % p->inside->blocks == 0);
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t k = first; k < end; k++)
        image_to_shear(p, k, images + k * p->ny * p->nx, in->sheared + k * in->ns * in->nts,
                       &in->work[omp_get_thread_num()]);
    int64_t steps = p->pieces / in->blocks;
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b += PAIR)
        for (int64_t i = 0; i < steps; i++) {
            workspace *w = &in->work[omp_get_thread_num()];
            int64_t z0 = i * TILE, rows = least(TILE, p->vz - z0);
            collect_rows(p, first, end, b, z0, w);
            for (int j = 0; j < vectors_at(in, b); j++) {
                float *sums = w->rows + j * TILE * p->vx * VECTOR;
                add_direct(p, first, end, images, b + j, z0, rows, sums);
                clear_padding(p, b + j, rows * p->vx, sums);
                sink(user, (loom_piece){ .index = (b + j) * steps + i,
                                         .at = ((b + j) * p->vz + z0) * p->vx * VECTOR,
                                         .count = rows * p->vx * VECTOR,
                                         .sum = sums });
            }
        }
}
