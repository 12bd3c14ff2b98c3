/* projector_axis.c - all views about the y axis: lines along y share their weights, blocks of y are
 * independent.
 *
 * A block is one vector wide, so a voxel (x, z) is one vector, and so is a sample. A row of voxels
 * along x (or z, see `view`) falls on a view's samples one to one, with one pair of weights:
 * projecting is adding whole rows, shifted and weighted, without a weight to look up per voxel.
 * Rows of a tile that have the same phase meet the same samples; up to four pass together, so that
 * a sample is loaded and stored once for four voxels. Back-projecting is the same with the roles
 * exchanged.
 *
 * Tiles are a few rows high and long along them, and all views pass over a tile while it is in the
 * nearest caches. What no pixel of a view depends on is left out, and so are empty rows. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <assert.h>
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { TOGETHER = 4 }; /* rows of one phase */
/* room between rows of a tile: on the samples, rows of a strip are less than this apart */
enum { GAP = STRIP + 2 };

int64_t axis_tile_floats(const struct loom_projector_inside *in)
{
    int64_t run = in->run_x > in->run_z ? in->run_x : in->run_z;
    return (STRIP * (run + GAP) + GAP) * VECTOR;
}

static int64_t strips_of(int64_t lines) { return (lines + STRIP - 1) / STRIP; }

/* The rows of a view, and which phase each has. */
static void place_view(const loom_projector *p, const view *v, int64_t rows, place *pl,
                       uint8_t *phase)
{
    assert(rows <= p->inside->lines && v->pitch != 0);
    int64_t oversampling = p->inside->oversampling,
            centre = loom_centre(v->along_z ? p->vz : p->vx);
    for (int64_t i = 0; i < rows; i++) {
        double q = view_ratio(v) * (double)(i - loom_centre(rows)) + v->shift[0] / v->pitch
                   - (double)(centre + v->low);
        double at = fmax(-1e8, fmin(1e8, q)) * (double)oversampling, sample = floor(at),
               s = floor(sample / (double)oversampling);
        pl[i] = (place){ .s = (int32_t)s, .w1 = (float)(at - sample) };
        phase[i] = (uint8_t)(sample - s * (double)oversampling);
    }
}

void axis_place_rows(const loom_projector *p)
{
    const struct loom_projector_inside *in = p->inside;
    for (int64_t k = 0; k < p->nt; k++) {
        int64_t rows = in->view[k].along_z ? p->vx : p->vz;
        uint8_t *order = in->order + k * in->lines;
        place_view(p, &in->view[k], rows, in->place + k * in->lines, order);
        for (int64_t first = 0; first < rows; first += STRIP, order += STRIP) {
            uint8_t phase[STRIP],
                *count = in->phase_rows + (k * strips_of(in->lines) + first / STRIP) * PHASES;
            int n = (int)(rows - first < STRIP ? rows - first : STRIP), next = 0;
            memcpy(phase, order, (size_t)n);
            for (int m = 0; m < in->oversampling; m++)
                for (int i = 0; i < n; i++)
                    if (phase[i] == m) {
                        order[next++] = (uint8_t)i;
                        count[m]++;
                    }
        }
    }
}

/* Voxels of the rows row .. row+rows-1 of a view's direction, at at .. at+length-1 along them. Rows
 * lie `stride` vectors apart. */
typedef struct tile {
    bool along_z;
    int64_t row, rows, at, length, stride;
    /* of the first row; GAP before it and behind every row, forwards of zeros, backwards of what
     * nobody reads */
    v8f *lines;
    bool filled[STRIP];
} tile;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static tile tile_at(const loom_projector *p, bool along_z, int64_t row, int64_t at, workspace *w)
{
    assert(row >= 0 && at >= 0);
    const struct loom_projector_inside *in = p->inside;
    int64_t rows = along_z ? p->vx : p->vz, length = along_z ? p->vz : p->vx,
            run = along_z ? in->run_z : in->run_x;
    return (tile){ .along_z = along_z,
                   .row = row,
                   .rows = least(STRIP, rows - row),
                   .at = at,
                   .length = least(run, length - at),
                   .stride = run + GAP,
                   .lines = (v8f *)w->tile + GAP };
}

/* Of either sign. */
INLINE bool is_zero(v8f v)
{
    v8i bits = (v8i)v;
    int32_t any = 0;
    for (int i = 0; i < VECTOR; i++) any |= bits[i];
    return (any & INT32_MAX) == 0;
}

static void copy_tile(const loom_projector *p, const v8f *block, const tile *t)
{
    assert(t->length <= t->stride && t->rows <= STRIP);
    const v8f *from = block + (t->along_z ? t->at * p->vx + t->row : t->row * p->vx + t->at);
    if (t->along_z)
        for (int64_t i = 0; i < t->length; i++)
            for (int64_t r = 0; r < t->rows; r++) t->lines[r * t->stride + i] = from[i * p->vx + r];
    else
        for (int64_t r = 0; r < t->rows; r++)
            memcpy(t->lines + r * t->stride, from + r * p->vx, (size_t)t->length * sizeof *from);
    for (int64_t r = 0; r < t->rows; r++)
        memset(t->lines + r * t->stride + t->length, 0,
               (size_t)(t->stride - t->length) * sizeof *from);
    memset(t->lines - GAP, 0, GAP * sizeof *from);
}

/* Empty rows are left out: outside the support or clipped, often most of the volume. So are empty
 * ends, common to all rows: the tile shrinks. False: nothing is left. */
static bool load_tile(const loom_projector *p, const v8f *block, tile *t)
{
    int64_t first = t->length, end = 0;
    copy_tile(p, block, t);
    for (int64_t r = 0; r < t->rows; r++) {
        const v8f *line = t->lines + r * t->stride;
        int64_t a = 0, b = t->length;
        while (a < b && is_zero(line[a])) a++;
        while (a < b && is_zero(line[b - 1])) b--;
        t->filled[r] = a < b;
        if (t->filled[r]) first = least(first, a);
        end = most(end, t->filled[r] ? b : 0);
    }
    t->lines += first;
    t->at += first;
    t->length = end - first;
    return first < end;
}

/* Keeps a value in a register: gcc would load it again for each use, and loads are what limits
 * these loops. */
#ifdef __AVX__
#define HOLD(v) __asm__("" : "+x"(v))
#else
#define HOLD(v) ((void)0)
#endif

/* d0[i] += sum over n rows of w0 row[i], d1[i] likewise. */
INLINE void add_rows(int n, int64_t count, v8f *const row[], const float w0[], const float w1[],
                     v8f *d0, v8f *d1)
{
    for (int64_t i = 0; i < count; i++) {
        v8f a = d0[i], b = d1[i];
        for (int r = 0; r < n; r++) {
            v8f v = row[r][i];
            HOLD(v);
            a += w0[r] * v;
            b += w1[r] * v;
        }
        d0[i] = a;
        d1[i] = b;
    }
}

/* The transpose: row[i] += w0 d0[i] + w1 d1[i] for n rows. */
INLINE void take_rows(int n, int64_t count, v8f *const row[], const float w0[], const float w1[],
                      const v8f *d0, const v8f *d1)
{
    for (int64_t i = 0; i < count; i++) {
        v8f a = d0[i], b = d1[i];
        HOLD(a);
        HOLD(b);
        for (int r = 0; r < n; r++) row[r][i] += w0[r] * a + w1[r] * b;
    }
}

INLINE void move_rows(bool forward, int n, int64_t count, v8f *const row[], const float w0[],
                      const float w1[], v8f *d0, v8f *d1)
{
    if (forward) add_rows(n, count, row, w0, w1, d0, d1);
    else take_rows(n, count, row, w0, w1, d0, d1);
}

/* n rows of one phase onto the samples `d0` and, one sample further on, `d1`; or from them. Where a
 * row does not reach as far as the others, its gap passes. */
INLINE void pass_rows(bool forward, const tile *t, int n, const uint8_t *rows, const place *pl,
                      int64_t samples, v8f *d0, v8f *d1)
{
    int64_t s[TOGETHER], low = INT64_MAX, high = INT64_MIN;
    v8f *row[TOGETHER];
    float w0[TOGETHER], w1[TOGETHER];
    for (int r = 0; r < n; r++) {
        s[r] = pl[rows[r]].s + t->at;
        w1[r] = pl[rows[r]].w1;
        w0[r] = 1 - w1[r];
        low = least(low, s[r]);
        high = most(high, s[r]);
    }
    int64_t first = most(low, 0), count = least(high + t->length, samples - 1) - first;
    if (count <= 0) return;
    for (int r = 0; r < n; r++) row[r] = t->lines + rows[r] * t->stride + first - s[r];
    switch (n) {
    case 1: move_rows(forward, 1, count, row, w0, w1, d0 + first, d1 + first); break;
    case 2: move_rows(forward, 2, count, row, w0, w1, d0 + first, d1 + first); break;
    case 3: move_rows(forward, 3, count, row, w0, w1, d0 + first, d1 + first); break;
    default: move_rows(forward, TOGETHER, count, row, w0, w1, d0 + first, d1 + first);
    }
}

/* All rows of the tile onto the samples of view k, or from them. */
INLINE void pass_view(bool forward, const loom_projector *p, int64_t k, const tile *t, v8f *samples)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t count = in->view[k].count;
    const place *pl = in->place + k * in->lines + t->row;
    const uint8_t *order = in->order + k * in->lines + t->row,
                  *rows_of = in->phase_rows + (k * strips_of(in->lines) + t->row / STRIP) * PHASES;
    int64_t a = pl[0].s + t->at, b = pl[t->rows - 1].s + t->at;
    /* no pixel depends on what is here */
    if (most(a, b) + t->length <= 0 || least(a, b) >= count - 1) return;
    for (int phase = 0; phase < in->oversampling; phase++) {
        uint8_t rows[STRIP];
        int left = 0;
        for (int i = 0; i < rows_of[phase]; i++) {
            rows[left] = order[i];
            left += t->filled[order[i]];
        }
        order += rows_of[phase];
        v8f *d0 = samples + phase * count,
            *d1 = phase + 1 < in->oversampling ? d0 + count : samples + 1;
        for (const uint8_t *next = rows; left > 0;) {
            int n = left > TOGETHER && left < 2 * TOGETHER ? (left + 1) / 2
                    : left < TOGETHER                      ? left
                                                           : TOGETHER;
            pass_rows(forward, t, n, next, pl, count, d0, d1);
            next += n;
            left -= n;
        }
    }
}

static void pass_views(bool forward, const loom_projector *p, int64_t first, int64_t end,
                       const tile *t, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    for (int64_t k = first; k < end; k++) {
        v8f *samples = (v8f *)w->slab + in->slab_at[k] - in->slab_at[first];
        if (in->view[k].along_z != t->along_z) continue;
        if (forward) pass_view(true, p, k, t, samples);
        else pass_view(false, p, k, t, samples);
    }
}

/* The tiles of one direction in z = z0 .. z0+nz-1, z0 a multiple of STRIP; along z they are as long
 * as that. */
static void spread_slab(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                        bool along_z, int64_t z0, int64_t nz, workspace *w)
{
    assert(nz > 0 && z0 + nz <= p->vz);
    const struct loom_projector_inside *in = p->inside;
    for (int64_t row = along_z ? 0 : z0; row < (along_z ? p->vx : z0 + nz); row += STRIP)
        for (int64_t at = along_z ? z0 : 0; at < (along_z ? z0 + nz : p->vx);
             at += along_z ? nz : in->run_x) {
            tile t = tile_at(p, along_z, row, at, w);
            if (!load_tile(p, (const v8f *)volume, &t)) continue;
            pass_views(true, p, first, end, &t, w);
        }
}

static void spread_block(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                         workspace *w)
{
    assert(first >= 0 && first <= end && end <= p->nt);
    const struct loom_projector_inside *in = p->inside;
    memset(w->slab, 0, (size_t)(in->slab_at[end] - in->slab_at[first]) * sizeof(v8f));
    for (int64_t z = 0; z < p->vz; z += in->run_z) {
        int64_t nz = least(in->run_z, p->vz - z);
        spread_slab(p, first, end, volume, false, z, nz, w);
        spread_slab(p, first, end, volume, true, z, nz, w);
    }
}

/* A tile of zeros, all rows of which count. */
static void clear_tile(tile *t)
{
    memset(t->lines - GAP, 0, (size_t)(GAP + t->rows * t->stride) * sizeof *t->lines);
    for (int64_t r = 0; r < t->rows; r++) t->filled[r] = true;
}

/* The sums of the voxels with z = z0 .. z0+nz-1 of a block: [z][x]. */
static void collect_slab(const loom_projector *p, int64_t first, int64_t end, int64_t z0,
                         int64_t nz, workspace *w)
{
    assert(nz > 0 && z0 + nz <= p->vz);
    const struct loom_projector_inside *in = p->inside;
    v8f *sums = (v8f *)w->rows;
    for (int64_t row = z0; row < z0 + nz; row += STRIP)
        for (int64_t at = 0; at < p->vx; at += in->run_x) {
            tile t = tile_at(p, false, row, at, w);
            t.rows = least(t.rows, z0 + nz - row);
            clear_tile(&t);
            pass_views(false, p, first, end, &t, w);
            for (int64_t r = 0; r < t.rows; r++)
                memcpy(sums + (row - z0 + r) * p->vx + at, t.lines + r * t.stride,
                       (size_t)t.length * sizeof *sums);
        }
    for (int64_t row = 0; row < p->vx; row += STRIP) {
        tile t = tile_at(p, true, row, z0, w);
        clear_tile(&t);
        pass_views(false, p, first, end, &t, w);
        for (int64_t i = 0; i < t.length; i++)
            for (int64_t r = 0; r < t.rows; r++)
                sums[i * p->vx + row + r] += t.lines[r * t.stride + i];
    }
}

static sample_layout layout_of(const view *v)
{
    return (sample_layout){ .phase_stride = v->count * VECTOR, .step = VECTOR, .width = VECTOR };
}

void axis_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                  float *images)
{
    assert(p->single_axis && first >= 0 && end <= p->nt);
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        spread_block(p, first, end, volume + b * VECTOR * p->vz * p->vx, w);
        for (int64_t k = first; k < end; k++)
            samples_to_pixels(&in->view[k], layout_of(&in->view[k]),
                              w->slab + (in->slab_at[k] - in->slab_at[first]) * VECTOR,
                              images + (b * p->nt + k) * p->nx * VECTOR);
    }
}

void axis_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                       loom_sink *sink, void *user)
{
    assert(p->single_axis && p->pieces % p->inside->blocks == 0);
    const struct loom_projector_inside *in = p->inside;
    int64_t slabs = p->pieces / in->blocks;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        for (int64_t k = first; k < end; k++)
            pixels_to_samples(&in->view[k], layout_of(&in->view[k]),
                              images + (b * p->nt + k) * p->nx * VECTOR,
                              w->slab + (in->slab_at[k] - in->slab_at[first]) * VECTOR);
        for (int64_t i = 0; i < slabs; i++) {
            int64_t z0 = i * in->run_z, nz = least(in->run_z, p->vz - z0);
            collect_slab(p, first, end, z0, nz, w);
            sink(user, (loom_piece){ .index = b * slabs + i,
                                     .at = (b * p->vz + z0) * p->vx * VECTOR,
                                     .count = nz * p->vx * VECTOR,
                                     .sum = w->rows });
        }
    }
}
