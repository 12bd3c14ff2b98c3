/* projector_axis.c - all views about the y axis: lines along y share their weights, blocks of y are independent.
 *
 * A block is one vector wide, so a voxel (x, z) is one vector, and so is a sample. A row of voxels along x (or z, see `view`) falls on a
 * view's samples one to one, with one pair of weights: spreading and collecting are sums of whole rows, shifted and weighted, without a
 * weight to look up per voxel. Forwards, rows of a tile that have the same phase go to the same samples; up to four are added in one pass, so that
 * a sample is loaded and stored once for four voxels. Backwards, a row takes from up to four views in one pass.
 *
 * Tiles are short in the direction across (STRIP rows) and long along (RUN): they stay in the first-level cache while all views pass. What
 * no pixel of a view depends on is left out, and so are empty rows. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <omp.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { TOGETHER = 4 };   /* rows, forwards; views, backwards */
enum { GAP = STRIP + 2 }; /* zeros between rows of a tile: rows of one phase are at most this far apart */

int64_t axis_tile_floats(const struct loom_projector_inside *in)
{
    int64_t run = in->run_x > in->run_z ? in->run_x : in->run_z;
    return (STRIP * (run + GAP) + GAP) * VECTOR;
}

static int64_t strips_of(int64_t lines) { return (lines + STRIP - 1) / STRIP; }

void axis_place_rows(const loom_projector *p)
{
    const struct loom_projector_inside *in = p->inside;
    for (int64_t k = 0; k < p->nt; k++) {
        const view *v = &in->view[k];
        int64_t rows = v->along_z ? p->vx : p->vz, centre = loom_centre(v->along_z ? p->vz : p->vx);
        place *pl = in->place + k * in->lines;
        for (int64_t i = 0; i < rows; i++) {
            double q = view_ratio(v) * (double)(i - loom_centre(rows)) + v->shift[0] / v->pitch - (double)(centre + v->low);
            double at = q * in->oversampling, sample = floor(at), s = floor(sample / in->oversampling);
            float w1 = (float)(at - sample);
            pl[i] = (place){ .s = (int32_t)fmax(-1e9, fmin(1e9, s)), .phase = (int32_t)(sample - s * in->oversampling), .w0 = 1 - w1, .w1 = w1 };
        }
        for (int64_t first = 0; first < rows; first += STRIP) {
            uint8_t *order = in->order + k * in->lines + first, *count = in->phase_rows + (k * strips_of(in->lines) + first / STRIP) * PHASES;
            for (int phase = 0; phase < in->oversampling; phase++)
                for (int64_t i = first; i < rows && i < first + STRIP; i++)
                    if (pl[i].phase == phase) {
                        *order++ = (uint8_t)(i - first);
                        count[phase]++;
                    }
        }
    }
}

/* Voxels of the rows row .. row+rows-1 of a view's direction, at at .. at+length-1 along them. Rows lie `stride` vectors apart. */
typedef struct tile {
    bool along_z;
    int64_t row, rows, at, length, stride;
    v8f *lines;           /* of the first row; GAP zeros before it and behind every row, forwards */
    bool filled[STRIP];
} tile;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static tile tile_at(const loom_projector *p, bool along_z, int64_t row, int64_t at, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t rows = along_z ? p->vx : p->vz, length = along_z ? p->vz : p->vx, run = along_z ? in->run_z : in->run_x;
    return (tile){ .along_z = along_z, .row = row, .rows = least(STRIP, rows - row), .at = at, .length = least(run, length - at),
                   .stride = run + GAP, .lines = (v8f *)w->tile + GAP };
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
    const v8f *from = block + (t->along_z ? t->at * p->vx + t->row : t->row * p->vx + t->at);
    if (t->along_z)
        for (int64_t i = 0; i < t->length; i++)
            for (int64_t r = 0; r < t->rows; r++) t->lines[r * t->stride + i] = from[i * p->vx + r];
    else
        for (int64_t r = 0; r < t->rows; r++) memcpy(t->lines + r * t->stride, from + r * p->vx, (size_t)t->length * sizeof *from);
    for (int64_t r = 0; r < t->rows; r++) memset(t->lines + r * t->stride + t->length, 0, (size_t)(t->stride - t->length) * sizeof *from);
    memset(t->lines - GAP, 0, GAP * sizeof *from);
}

/* Empty rows are left out: outside the support or clipped, often most of the volume. So are empty ends, common to all rows: the tile shrinks.
 * False: nothing is left. */
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

/* d0[i] += sum over n rows of w0 row[i], d1[i] likewise. */
INLINE void add_rows(int n, int64_t count, const v8f *const row[], const float w0[], const float w1[], v8f *d0, v8f *d1)
{
    for (int64_t i = 0; i < count; i++) {
        v8f a = d0[i], b = d1[i];
        for (int r = 0; r < n; r++) {
            v8f v = row[r][i];
            a += w0[r] * v;
            b += w1[r] * v;
        }
        d0[i] = a;
        d1[i] = b;
    }
}

/* Rows of one phase, n of them, onto the samples `d0` and, one sample further on, `d1`. */
static void spread_rows(const tile *t, int n, const uint8_t *rows, const place *pl, int64_t samples, v8f *d0, v8f *d1)
{
    int64_t s[TOGETHER], low = INT64_MAX, high = INT64_MIN;
    const v8f *row[TOGETHER];
    float w0[TOGETHER], w1[TOGETHER];
    for (int r = 0; r < n; r++) {
        s[r] = pl[rows[r]].s + t->at;
        w0[r] = pl[rows[r]].w0;
        w1[r] = pl[rows[r]].w1;
        low = least(low, s[r]);
        high = most(high, s[r]);
    }
    int64_t first = most(low, 0), count = least(high + t->length, samples - 1) - first;
    for (int r = 0; r < n; r++) row[r] = t->lines + rows[r] * t->stride + first - s[r];
    switch (n) {
    case 1: add_rows(1, count, row, w0, w1, d0 + first, d1 + first); break;
    case 2: add_rows(2, count, row, w0, w1, d0 + first, d1 + first); break;
    case 3: add_rows(3, count, row, w0, w1, d0 + first, d1 + first); break;
    default: add_rows(TOGETHER, count, row, w0, w1, d0 + first, d1 + first);
    }
}

/* False: no sample of the view sees the tile. */
static bool sees(const tile *t, const place *pl, int64_t samples)
{
    int64_t a = pl[0].s, b = pl[t->rows - 1].s;
    return most(a, b) + t->at + t->length > 0 && least(a, b) + t->at < samples - 1;
}

/* All rows of the tile onto the samples of view k. */
static void spread_tile(const loom_projector *p, int64_t k, const tile *t, v8f *samples)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t count = in->view[k].count;
    const place *pl = in->place + k * in->lines + t->row;
    const uint8_t *order = in->order + k * in->lines + t->row, *rows_of = in->phase_rows + (k * strips_of(in->lines) + t->row / STRIP) * PHASES;
    if (!sees(t, pl, count)) return;
    for (int phase = 0; phase < in->oversampling; phase++) {
        uint8_t rows[STRIP];
        int left = 0;
        for (int i = 0; i < rows_of[phase]; i++) {
            rows[left] = order[i];
            left += t->filled[order[i]];
        }
        order += rows_of[phase];
        v8f *d0 = samples + phase * count, *d1 = phase + 1 < in->oversampling ? d0 + count : samples + 1;
        for (const uint8_t *next = rows; left > 0;) {
            int n = left > TOGETHER && left < 2 * TOGETHER ? (left + 1) / 2 : left < TOGETHER ? left : TOGETHER;
            spread_rows(t, n, next, pl, count, d0, d1);
            next += n;
            left -= n;
        }
    }
}

/* The tiles of one direction in z = z0 .. z0+nz-1. Along z they are as long as that; strips of rows along x belong to where they begin, at
 * multiples of STRIP. */
static void spread_slab(const loom_projector *p, int64_t first, int64_t end, const float *volume, bool along_z, int64_t z0, int64_t nz, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    for (int64_t row = along_z ? 0 : strips_of(z0) * STRIP; row < (along_z ? p->vx : z0 + nz); row += STRIP)
        for (int64_t at = along_z ? z0 : 0; at < (along_z ? z0 + nz : p->vx); at += along_z ? nz : in->run_x) {
            tile t = tile_at(p, along_z, row, at, w);
            if (!load_tile(p, (const v8f *)volume, &t)) continue;
            for (int64_t k = first; k < end; k++)
                if (in->view[k].along_z == along_z) spread_tile(p, k, &t, (v8f *)w->slab + in->slab_at[k] - in->slab_at[first]);
        }
}

static void spread_block(const loom_projector *p, int64_t first, int64_t end, const float *volume, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    memset(w->slab, 0, (size_t)(in->slab_at[end] - in->slab_at[first]) * sizeof(v8f));
    for (int64_t z = 0; z < p->vz; z += in->run_z) {
        int64_t nz = least(in->run_z, p->vz - z);
        spread_slab(p, first, end, volume, false, z, nz, w);
        spread_slab(p, first, end, volume, true, z, nz, w);
    }
}

/* line[i] += sum over n views of w0 d0[i] + w1 d1[i]; two chains of sums hide the latency. */
INLINE void take_views(int n, int64_t count, const v8f *const d0[], const v8f *const d1[], const float w0[], const float w1[], v8f *line)
{
    for (int64_t i = 0; i < count; i++) {
        v8f a = line[i], b = w1[0] * d1[0][i];
        for (int j = 0; j < n; j++) a += w0[j] * d0[j][i];
        for (int j = 1; j < n; j++) b += w1[j] * d1[j][i];
        line[i] = a + b;
    }
}

/* The tile += what its voxels have in the samples of n views. */
static void collect_views(const loom_projector *p, int n, const int64_t *views, const v8f *const samples[], const tile *t)
{
    const struct loom_projector_inside *in = p->inside;
    for (int64_t r = 0; r < t->rows; r++) {
        const v8f *d0[TOGETHER], *d1[TOGETHER];
        float w0[TOGETHER], w1[TOGETHER];
        int64_t from[TOGETHER], to[TOGETHER];
        bool whole = n == TOGETHER;
        for (int j = 0; j < n; j++) {
            const place *pl = in->place + views[j] * in->lines + t->row + r;
            int64_t count = in->view[views[j]].count, s = pl->s + t->at;
            from[j] = most(0, -s);
            to[j] = least(t->length, count - 1 - s);
            whole = whole && from[j] == 0 && to[j] == t->length;
            d0[j] = samples[j] + pl->phase * count + s;
            d1[j] = pl->phase + 1 < in->oversampling ? d0[j] + count : samples[j] + s + 1;
            w0[j] = pl->w0;
            w1[j] = pl->w1;
        }
        v8f *line = t->lines + r * t->stride;
        if (whole) take_views(TOGETHER, t->length, d0, d1, w0, w1, line);
        else
            for (int j = 0; j < n; j++)
                if (from[j] < to[j])
                    take_views(1, to[j] - from[j], &(const v8f *){ d0[j] + from[j] }, &(const v8f *){ d1[j] + from[j] }, w0 + j, w1 + j, line + from[j]);
    }
}

static void collect_tile(const loom_projector *p, int64_t first, int64_t end, const v8f *slab, const tile *t)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t views[TOGETHER];
    const v8f *samples[TOGETHER];
    int n = 0;
    for (int64_t k = first; k < end; k++) {
        if (in->view[k].along_z != t->along_z || !sees(t, in->place + k * in->lines + t->row, in->view[k].count)) continue;
        views[n] = k;
        samples[n++] = slab + in->slab_at[k] - in->slab_at[first];
        if (n < TOGETHER) continue;
        collect_views(p, n, views, samples, t);
        n = 0;
    }
    if (n > 0) collect_views(p, n, views, samples, t);
}

/* The sums of the voxels z0 .. z0+nz-1 of a block. */
static void collect_slab(const loom_projector *p, int64_t first, int64_t end, int64_t z0, int64_t nz, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    v8f *sums = (v8f *)w->rows;
    memset(sums, 0, (size_t)(nz * p->vx) * sizeof *sums);
    for (int z = 0; z < 2; z++)
        for (int64_t row = z ? 0 : z0; row < (z ? p->vx : z0 + nz); row += STRIP)
            for (int64_t at = z ? z0 : 0; at < (z ? z0 + nz : p->vx); at += z ? in->run_z : in->run_x) {
                tile t = tile_at(p, z, row, at, w);
                if (!z) t.rows = least(t.rows, z0 + nz - row);
                for (int64_t r = 0; r < t.rows; r++) memset(t.lines + r * t.stride, 0, (size_t)t.length * sizeof *t.lines);
                collect_tile(p, first, end, (const v8f *)w->slab, &t);
                int64_t step = z ? p->vx : 1, across = z ? 1 : p->vx;
                v8f *to = sums + (z ? t.row : (t.row - z0) * p->vx + t.at);
                for (int64_t r = 0; r < t.rows; r++)
                    for (int64_t i = 0; i < t.length; i++) to[r * across + i * step] += t.lines[r * t.stride + i];
            }
}

static sample_layout layout_of(const view *v)
{
    return (sample_layout){ .phase_stride = v->count * VECTOR, .step = VECTOR, .width = VECTOR };
}

void axis_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images)
{
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        spread_block(p, first, end, volume + b * VECTOR * p->vz * p->vx, w);
        for (int64_t k = first; k < end; k++)
            samples_to_pixels(&in->view[k], layout_of(&in->view[k]), w->slab + (in->slab_at[k] - in->slab_at[first]) * VECTOR,
                              images + (b * p->nt + k) * p->nx * VECTOR);
    }
}

void axis_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user)
{
    const struct loom_projector_inside *in = p->inside;
    int64_t slabs = p->pieces / in->blocks;
#pragma omp parallel for num_threads(p->threads) schedule(dynamic, 1)
    for (int64_t b = 0; b < in->blocks; b++) {
        workspace *w = &in->work[omp_get_thread_num()];
        for (int64_t k = first; k < end; k++)
            pixels_to_samples(&in->view[k], layout_of(&in->view[k]), images + (b * p->nt + k) * p->nx * VECTOR,
                              w->slab + (in->slab_at[k] - in->slab_at[first]) * VECTOR);
        for (int64_t i = 0; i < slabs; i++) {
            int64_t z0 = i * in->run_z, nz = least(in->run_z, p->vz - z0);
            collect_slab(p, first, end, z0, nz, w);
            sink(user, (loom_piece){ .index = b * slabs + i, .at = (b * p->vz + z0) * p->vx * VECTOR, .count = nz * p->vx * VECTOR, .sum = w->rows });
        }
    }
}
