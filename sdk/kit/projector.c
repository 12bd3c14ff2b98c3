/* projector.c - set-up, the order of states, and the choice between the paths. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <assert.h>
#include <string.h>

/* Where R puts the three axes of the volume on the detector, sheared so that lines along y become
 * its rows. */
static view view_of(const loom_projector_spec *spec, int64_t k)
{
    assert(k >= 0 && k < spec->nt);
    static const double level[3] = { 0, 45, 0 }; /* where no angles are known: as wide as any */
    view v = { .pitch = 1 };
    double *r = v.r;
    loom_euler(spec->angles_deg ? spec->angles_deg + 3 * k : level, r);
    double length2 = r[3] * r[3] + r[4] * r[4], length = sqrt(length2);
    v.direct = length < 0.5;
    v.e[0] = r[3];
    v.e[1] = r[4];
    if (spec->shift_px) {
        v.shift[0] = spec->shift_px[2 * k];
        v.shift[1] = spec->shift_px[2 * k + 1];
    }
    if (v.direct) return v;
    v.n[0] = r[4] / length;
    v.n[1] = -r[3] / length;
    v.sx = r[0] * v.n[0] + r[1] * v.n[1];
    v.sz = r[6] * v.n[0] + r[7] * v.n[1];
    v.tx = (r[0] * r[3] + r[1] * r[4]) / length2;
    v.tz = (r[6] * r[3] + r[7] * r[4]) / length2;
    v.along_z = fabs(v.sz) > fabs(v.sx);
    if (spec->oversampling != 1) v.pitch = v.along_z ? v.sz : v.sx;
    return v;
}

static bool is_single_axis(const view *v)
{
    return v->r[3] == 0 && v->r[5] == 0 && v->r[4] == 1 && v->shift[1] == 0;
}

/* Extremes of a x + b z over the volume's (x, z) rectangle: lowest in range[0], highest in
 * range[1]. */
static void extremes(const loom_projector_spec *spec, double a, double b, double range[2])
{
    double x0 = -(double)loom_centre(spec->vx), x1 = (double)(spec->vx - 1) + x0;
    double z0 = -(double)loom_centre(spec->vz), z1 = (double)(spec->vz - 1) + z0;
    double low = fmin(a * x0, a * x1) + fmin(b * z0, b * z1),
           high = fmax(a * x0, a * x1) + fmax(b * z0, b * z1);
    range[0] = fmin(range[0], low);
    range[1] = fmax(range[1], high);
}

enum { LINE = 16 }; /* floats of a cache line */

/* n in about equal parts of at most RUN, each but the last a multiple of `unit`, which divides RUN.
 */
static int64_t run_of(int64_t n, int64_t unit)
{
    assert(n > 0 && unit > 0);
    int64_t parts = (n + RUN - 1) / RUN, part = (n + parts - 1) / parts;
    return (part + unit - 1) / unit * unit;
}

/* Samples of a view. Single axis: those that the pixels depend on. Euler: those that voxels land
 * on, no fewer than a pixel takes in. */
static void measure_view(const loom_projector_spec *spec, const struct loom_projector_inside *in,
                         bool single_axis, view *v)
{
    if (single_axis) {
        taps_range(v, spec->nx, loom_centre(spec->nx), &v->low, &v->count);
        return;
    }
    double q[2] = { 0, 0 };
    extremes(spec, v->sx / v->pitch, v->sz / v->pitch, q);
    v->low = spec->oversampling == 1 ? -in->p_centre : (int64_t)floor(q[0]) - SPREAD;
    v->count = spec->oversampling == 1 ? in->np : (int64_t)ceil(q[1]) + SPREAD - v->low;
}

/* Sizes of everything but the samples. The margins leave room for the second sample of a pair, for
 * rounding, and for the four taps of the resampling. */
static void measure(const loom_projector_spec *spec, loom_projector *p,
                    struct loom_projector_inside *in)
{
    assert(spec->nt >= 0 && spec->ny >= 0 && spec->nx >= 0);
    assert(spec->vz >= 0 && spec->vy >= 0 && spec->vx >= 0);
    assert(spec->oversampling >= 0 && spec->oversampling <= PHASES);
    *p = (loom_projector){ .nt = spec->nt,
                           .ny = spec->ny,
                           .nx = spec->nx,
                           .vz = spec->vz,
                           .vy = spec->vy,
                           .vx = spec->vx,
                           .threads = spec->threads > 0 ? spec->threads : 1,
                           .inside = in,
                           .single_axis = spec->ny == spec->vy && spec->oversampling != 1 };
    double s[2] = { 0, 0 }, t[2] = { 0, 0 };
    for (int64_t k = 0; k < spec->nt; k++) {
        view v = view_of(spec, k);
        p->single_axis = p->single_axis && is_single_axis(&v);
        extremes(spec, v.sx, v.sz, s);
        extremes(spec, v.tx, v.tz, t);
    }
    in->oversampling = spec->oversampling ? spec->oversampling : PHASES;
    in->blocks = (spec->vy + VECTOR - 1) / VECTOR;
    in->p_centre = (int64_t)ceil(-s[0]) + 4;
    in->np = in->p_centre + (int64_t)ceil(s[1]) + 5;
    in->t_centre = (int64_t)ceil(-t[0]) + 4;
    in->nts = in->t_centre + in->blocks * VECTOR + (int64_t)ceil(t[1]) + 5;
    in->nts += LINE - in->nts % LINE;
    if (in->nts / LINE % 2 == 0)
        in->nts += LINE; /* an odd number of cache lines: rows do not fall on the same sets */
    in->lines = spec->vx > spec->vz ? spec->vx : spec->vz;
    in->run_x = run_of(spec->vx, 1);
    in->run_z = run_of(spec->vz, STRIP);
    p->volume_floats = loom_volume_floats(spec->vz, spec->vy, spec->vx);
    p->image_floats = p->single_axis ? loom_images_floats(spec->nt, spec->ny, spec->nx)
                                     : spec->nt * spec->ny * spec->nx;
    assert(p->volume_floats == in->blocks * VECTOR * spec->vz * spec->vx);
    int64_t rows = p->single_axis ? in->run_z : TILE;
    p->pieces = in->blocks * ((spec->vz + rows - 1) / rows);
    p->runs = p->single_axis ? in->blocks * spec->nt : spec->nt;
}

/* Of all views together. */
typedef struct census {
    size_t taps_bytes;
    int64_t samples;
} census;

/* The views, into `in->view` unless that is NULL. */
static census count_views(const loom_projector_spec *spec, const loom_projector *p,
                          struct loom_projector_inside *in)
{
    census c = { 0 };
    int64_t widest = 0;
    for (int64_t k = 0; k < p->nt; k++) {
        view v = view_of(spec, k);
        measure_view(spec, in, p->single_axis, &v);
        c.taps_bytes += taps_bytes(&v, in->oversampling, p->single_axis ? p->nx : in->np);
        c.samples += v.count * in->oversampling;
        widest = v.count > widest ? v.count : widest;
        if (in->view) in->view[k] = v;
    }
    in->ns = widest * in->oversampling;
    return c;
}

static size_t lay_out(loom_projector *p, struct loom_projector_inside *in, const census *c,
                      char *base)
{
    size_t used = 0;
    bool axis = p->single_axis;
    int64_t strips = (in->lines + STRIP - 1) / STRIP, rows = axis ? 0 : p->nt * p->vz;
    char *taps = projector_carve(base, &used, (int64_t)c->taps_bytes, 1);
    for (int64_t k = 0; base && k < p->nt; k++) {
        in->view[k].taps = (struct taps *)taps;
        taps += taps_bytes(&in->view[k], in->oversampling, axis ? p->nx : in->np);
    }
    in->place = projector_carve(base, &used, axis ? p->nt * in->lines : 0, sizeof(place));
    in->order = projector_carve(base, &used, axis ? p->nt * in->lines : 0, 1);
    in->phase_rows = projector_carve(base, &used, axis ? p->nt * strips * PHASES : 0, 1);
    in->slab_at = projector_carve(base, &used, p->nt + 1, sizeof(int64_t));
    in->sx = projector_carve(base, &used, p->nt, sizeof(float));
    in->tx = projector_carve(base, &used, p->nt, sizeof(float));
    in->base_s = projector_carve(base, &used, rows, sizeof(float));
    in->base_t = projector_carve(base, &used, rows, sizeof(float));
    in->sheared = projector_carve(base, &used, axis ? 0 : p->nt * in->ns * in->nts, sizeof(float));
    workspace *work = in->work = projector_carve(base, &used, p->threads, sizeof(workspace));
    for (int i = 0; i < p->threads; i++) {
        workspace w = {
            .rows = projector_carve(base, &used, (axis ? in->run_z : 2 * TILE) * p->vx * VECTOR,
                                    sizeof(float)),
            .tile = projector_carve(
                base, &used, axis ? axis_tile_floats(in) : TILE * TILE * 3 * VECTOR, sizeof(float)),
            .slab = projector_carve(base, &used, axis ? c->samples * VECTOR : in->np * in->nts,
                                    sizeof(float)),
        };
        if (base) work[i] = w;
    }
    return used;
}

/* Mean of w (1 - w) over the voxels, w the fraction of a sample that a voxel is beyond one: the
 * variance of linear sharing along s. */
static double variance_s(const loom_projector *p, const view *v)
{
    assert(v->pitch != 0);
    int64_t rows = v->along_z ? p->vx : p->vz;
    double sum = 0, shift = p->single_axis ? v->shift[0] / v->pitch : 0;
    for (int64_t i = 0; i < rows; i++) {
        double w =
            (view_ratio(v) * (double)(i - loom_centre(rows)) + shift) * p->inside->oversampling;
        w -= floor(w);
        sum += w * (1 - w);
    }
    return sum / (double)rows;
}

/* Half the mean of w (1 - w) over the voxels: linear sharing along t with weights w, 1 - w widens
 * by the variance w (1 - w). */
static float measure_blur_t(const loom_projector *p, const view *v)
{
    double sum = 0;
    for (int64_t iz = 0; iz < p->vz; iz++)
        for (int64_t ix = 0; ix < p->vx; ix++) {
            double t = (double)(ix - loom_centre(p->vx)) * v->tx
                       + (double)(iz - loom_centre(p->vz)) * v->tz;
            t -= floor(t);
            sum += t * (1 - t);
        }
    return (float)(0.5 * sum / ((double)p->vz * (double)p->vx));
}

/* Where the first voxel of each row lands in view k. Euler. */
static void place_rows(const loom_projector *p, struct loom_projector_inside *in, int64_t k)
{
    assert(k >= 0 && k < p->nt);
    const view *v = &in->view[k];
    double x = -(double)loom_centre(p->vx);
    in->sx[k] = (float)(v->sx / v->pitch * in->oversampling);
    in->tx[k] = (float)v->tx;
    for (int64_t i = 0; i < p->vz; i++) {
        double z = (double)(i - loom_centre(p->vz));
        in->base_s[k * p->vz + i] =
            (float)(((x * v->sx + z * v->sz) / v->pitch - (double)v->low) * in->oversampling);
        in->base_t[k * p->vz + i] = (float)(x * v->tx + z * v->tz + (double)in->t_centre);
    }
}

static void fill_tables(loom_projector *p, struct loom_projector_inside *in)
{
#pragma omp parallel for num_threads(p->threads) schedule(static)
    for (int64_t k = 0; k < p->nt; k++) {
        view *v = &in->view[k];
        in->slab_at[k + 1] = v->count * in->oversampling;
        if (!p->single_axis) place_rows(p, in, k);
        if (v->direct) continue;
        taps_make(v, in->oversampling, p->single_axis ? p->nx : in->np,
                  p->single_axis ? loom_centre(p->nx) : in->p_centre, variance_s(p, v), v->taps);
        if (in->oversampling > 1 && !p->single_axis) v->blur_t = measure_blur_t(p, v);
    }
    for (int64_t k = 0; k < p->nt; k++) in->slab_at[k + 1] += in->slab_at[k];
    if (p->single_axis) axis_place_rows(p);
}

loom_projector *loom_projector_make(loom_call *call, const loom_projector_spec *spec)
{
    const loom_host *h = call->host;
    size_t head = sizeof(loom_projector) + sizeof(struct loom_projector_inside);
    loom_projector *p = h->scratch(call, head + (size_t)spec->nt * sizeof(view));
    if (!p) return NULL;
    struct loom_projector_inside *in = (void *)(p + 1);
    memset(in, 0, sizeof *in);
    in->view = (view *)(in + 1);
    measure(spec, p, in);
    census c = count_views(spec, p, in);
    if ((p->single_axis ? (double)c.samples * VECTOR
                        : (double)p->nt * (double)in->ns * (double)in->nts)
        >= 0x1p31) {
        h->fail(call, LOOM_E_MEMORY, spec->port,
                "%lld projections of %lld x %lld padded samples are more than one projector can "
                "address; "
                "use fewer tilts or larger pixels",
                (long long)p->nt, (long long)in->ns, (long long)in->nts);
        return NULL;
    }
    size_t bytes = lay_out(p, in, &c, NULL);
    if (!(in->memory = h->scratch(call, bytes))) return NULL;
    memset(in->memory, 0, bytes);
    lay_out(p, in, &c, in->memory);
    fill_tables(p, in);
    return p;
}

void loom_projector_free(loom_call *call, loom_projector *p)
{
    if (!p) return;
    call->host->release(call, p->inside->memory);
    call->host->release(call, p);
}

uint64_t loom_projector_bytes(const loom_projector_spec *spec)
{
    loom_projector p;
    struct loom_projector_inside in = { 0 };
    measure(spec, &p, &in);
    census c = count_views(spec, &p, &in);
    return lay_out(&p, &in, &c, NULL) + sizeof p + sizeof in + (size_t)spec->nt * sizeof(view);
}

/* dst[i][j] = src[j][i] - level for i < rows, j < columns, given the strides of the rows; beyond
 * columns, up to width, it is zero. */
static void transpose(int64_t rows, int64_t columns, int64_t width, float level, const float *src,
                      int64_t src_stride, float *restrict dst, int64_t dst_stride)
{
    assert(columns <= width && rows >= 0);
    for (int64_t i = 0; i < rows; i++) {
        float *to = dst + i * dst_stride;
        for (int64_t j = 0; j < columns; j++) to[j] = src[j * src_stride + i] - level;
        for (int64_t j = columns; j < width; j++) to[j] = 0;
    }
}

/* Planes [plane][y][x] of n planes <-> blocks [block][plane][x][y in block]. */
static void to_blocks(const loom_projector *p, int64_t n, int64_t ny, int64_t nx, const float *src,
                      float level, float *dst)
{
    assert(src != dst);
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(static)
    for (int64_t b = 0; b < p->inside->blocks; b++)
        for (int64_t i = 0; i < n; i++) {
            int64_t y = b * VECTOR, count = ny - y < VECTOR ? ny - y : VECTOR;
            transpose(nx, count, VECTOR, level, src + (i * ny + y) * nx, nx,
                      dst + (b * n + i) * nx * VECTOR, VECTOR);
        }
}

static void from_blocks(const loom_projector *p, int64_t n, int64_t ny, int64_t nx,
                        const float *src, float *dst)
{
    assert(src != dst);
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(static)
    for (int64_t b = 0; b < p->inside->blocks; b++)
        for (int64_t i = 0; i < n; i++) {
            int64_t y = b * VECTOR, count = ny - y < VECTOR ? ny - y : VECTOR;
            transpose(count, nx, nx, 0, src + (b * n + i) * nx * VECTOR, VECTOR,
                      dst + (i * ny + y) * nx, nx);
        }
}

void loom_projector_load_images(const loom_projector *p, const float *images, float level,
                                float *state)
{
    if (p->single_axis) to_blocks(p, p->nt, p->ny, p->nx, images, level, state);
    else
        for (int64_t i = 0; i < p->image_floats; i++) state[i] = images[i] - level;
}

void loom_projector_store_images(const loom_projector *p, const float *state, float *images)
{
    if (p->single_axis) from_blocks(p, p->nt, p->ny, p->nx, state, images);
    else memcpy(images, state, (size_t)p->image_floats * sizeof(float));
}

void loom_projector_load_volume(const loom_projector *p, const float *volume, float *state)
{
    to_blocks(p, p->vz, p->vy, p->vx, volume, 0, state);
}

void loom_projector_store_volume(const loom_projector *p, const float *state, float *volume)
{
    from_blocks(p, p->vz, p->vy, p->vx, state, volume);
}

loom_run loom_projector_run(const loom_projector *p, int64_t i)
{
    assert(i >= 0);
    if (!p->single_axis)
        return (loom_run){ .tilt = i, .at = i * p->ny * p->nx, .count = p->ny * p->nx };
    return (loom_run){ .tilt = i % p->nt, .at = i * p->nx * VECTOR, .count = p->nx * VECTOR };
}

void loom_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                  float *images)
{
    assert(first >= 0 && first <= end && end <= p->nt);
    if (p->single_axis) axis_project(p, first, end, volume, images);
    else euler_project(p, first, end, volume, images);
}

void loom_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                       loom_sink *sink, void *user)
{
    assert(first >= 0 && first <= end && end <= p->nt && sink);
    if (p->single_axis) axis_back_project(p, first, end, images, sink, user);
    else euler_back_project(p, first, end, images, sink, user);
}

void loom_sink_store(void *user, loom_piece piece)
{
    assert(piece.at >= 0 && piece.count >= 0);
    memcpy((float *)user + piece.at, piece.sum, (size_t)piece.count * sizeof(float));
}
