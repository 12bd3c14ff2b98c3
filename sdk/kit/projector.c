/* projector.c - set-up, the order of states, and the choice between the paths. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <string.h>

/* Where R puts the three axes of the volume on the detector, sheared so that lines along y become its rows. */
static view view_of(const double angles_deg[3], const double shift[2])
{
    view v = { 0 };
    double *r = v.r;
    loom_euler(angles_deg, r);
    double length2 = r[3] * r[3] + r[4] * r[4], length = sqrt(length2);
    v.direct = length < 0.5;
    v.e[0] = r[3];
    v.e[1] = r[4];
    if (shift) { v.shift[0] = shift[0]; v.shift[1] = shift[1]; }
    if (v.direct) return v;
    v.n[0] = r[4] / length;
    v.n[1] = -r[3] / length;
    v.sx = r[0] * v.n[0] + r[1] * v.n[1];
    v.sz = r[6] * v.n[0] + r[7] * v.n[1];
    v.tx = (r[0] * r[3] + r[1] * r[4]) / length2;
    v.tz = (r[6] * r[3] + r[7] * r[4]) / length2;
    return v;
}

static bool is_single_axis(const view *v) { return v->r[3] == 0 && v->r[5] == 0 && v->r[4] == 1 && v->shift[1] == 0; }

/* Extremes of a x + b z over the volume's (x, z) rectangle: lowest in range[0], highest in range[1]. */
static void extremes(const loom_projector_spec *spec, double a, double b, double range[2])
{
    double x0 = -(double)loom_centre(spec->vx), x1 = (double)(spec->vx - 1) + x0;
    double z0 = -(double)loom_centre(spec->vz), z1 = (double)(spec->vz - 1) + z0;
    double low = fmin(a * x0, a * x1) + fmin(b * z0, b * z1), high = fmax(a * x0, a * x1) + fmax(b * z0, b * z1);
    range[0] = fmin(range[0], low);
    range[1] = fmax(range[1], high);
}

/* Sizes of everything, from the views. The margins leave room for the second sample of a pair, for rounding, and for the four taps
 * of the resampling. */
static void measure(const loom_projector_spec *spec, const view *v, loom_projector *p, struct loom_projector_inside *in)
{
    *p = (loom_projector){ .nt = spec->nt, .ny = spec->ny, .nx = spec->nx, .vz = spec->vz, .vy = spec->vy, .vx = spec->vx,
                           .threads = spec->threads > 0 ? spec->threads : 1, .inside = in, .single_axis = spec->ny == spec->vy };
    double s[2] = { 0, 0 }, t[2] = { 0, 0 }, shift[2] = { 0, 0 };
    for (int64_t k = 0; k < spec->nt; k++) {
        p->single_axis = p->single_axis && is_single_axis(&v[k]);
        extremes(spec, v[k].sx, v[k].sz, s);
        extremes(spec, v[k].tx, v[k].tz, t);
        shift[0] = fmin(shift[0], v[k].shift[0]);
        shift[1] = fmax(shift[1], v[k].shift[0]);
    }
    if (p->single_axis) { /* the padded detector holds the detector, wherever the shifts put the volume */
        double centre = (double)loom_centre(spec->nx);
        s[0] = fmin(s[0] + shift[0], -centre);
        s[1] = fmax(s[1] + shift[1], (double)(spec->nx - 1) - centre);
    }
    in->oversampling = spec->oversampling ? spec->oversampling : 3;
    in->vy8 = (spec->vy + VECTOR - 1) / VECTOR * VECTOR;
    in->blocks = (in->vy8 + BLOCK - 1) / BLOCK;
    in->s_centre = ((int64_t)ceil(-s[0]) + 4) * in->oversampling;
    in->ns = in->s_centre + ((int64_t)ceil(s[1]) + 5) * in->oversampling;
    in->t_centre = (int64_t)ceil(-t[0]) + 4;
    in->nts = in->t_centre + in->vy8 + (int64_t)ceil(t[1]) + 5;
    in->nts += BLOCK - in->nts % BLOCK;
    if (in->nts / BLOCK % 2 == 0) in->nts += BLOCK; /* an odd number of lines: rows do not fall on the same cache sets */
    p->volume_floats = in->vy8 * spec->vz * spec->vx;
    p->image_floats = p->single_axis ? in->vy8 * spec->nt * spec->nx : spec->nt * spec->ny * spec->nx;
    int64_t rows = p->single_axis ? TILE : ROWS;
    p->pieces = in->blocks * ((spec->vz + rows - 1) / rows);
    p->runs = p->single_axis ? in->blocks * spec->nt : spec->nt;
}

/* One piece after another out of one allocation; with base NULL it only adds up. */
static void *carve(char *base, size_t *used, int64_t count, size_t bytes)
{
    void *piece = base ? base + *used : NULL;
    *used += ((size_t)count * bytes + 63) / 64 * 64;
    return piece;
}

static size_t lay_out(loom_projector *p, struct loom_projector_inside *in, char *base)
{
    size_t used = 0;
    int64_t nt = in->views = (p->nt + VECTOR - 1) / VECTOR * VECTOR;
    in->sx = carve(base, &used, nt + VECTOR, sizeof(float));
    in->tx = carve(base, &used, nt + VECTOR, sizeof(float));
    in->base = carve(base, &used, p->single_axis ? p->vz * nt : 0, sizeof(float));
    in->sheared = carve(base, &used, p->single_axis ? 0 : p->nt * in->ns * in->nts, sizeof(float));
    workspace *work = in->work = carve(base, &used, p->threads, sizeof(workspace));
    for (int i = 0; i < p->threads; i++) {
        workspace w = {
            .base_s = carve(base, &used, ROWS * nt, sizeof(float)), .base_t = carve(base, &used, ROWS * nt, sizeof(float)),
            .at = carve(base, &used, nt, sizeof(int32_t)),
            .w0 = carve(base, &used, nt, sizeof(float)), .w1 = carve(base, &used, nt, sizeof(float)),
            .u0 = carve(base, &used, nt, sizeof(float)), .u1 = carve(base, &used, nt, sizeof(float)),
            .rows = carve(base, &used, (p->single_axis ? TILE : ROWS) * p->vx * BLOCK, sizeof(float)),
            .tile = carve(base, &used, p->single_axis ? TILE * TILE * BLOCK : 0, sizeof(float)),
            .slab = carve(base, &used, p->single_axis ? p->nt * in->ns * BLOCK : in->ns / in->oversampling * in->nts, sizeof(float)),
        };
        if (base) work[i] = w;
    }
    return used;
}

/* Half the mean of w (1 - w) over the voxels: linear sharing along t with weights w, 1 - w widens by the variance w (1 - w). */
static float measure_blur(const loom_projector *p, const view *v)
{
    double sum = 0;
    for (int64_t iz = 0; iz < p->vz; iz++)
        for (int64_t ix = 0; ix < p->vx; ix++) {
            double t = (double)(ix - loom_centre(p->vx)) * v->tx + (double)(iz - loom_centre(p->vz)) * v->tz;
            t -= floor(t);
            sum += t * (1 - t);
        }
    return (float)(0.5 * sum / ((double)p->vz * (double)p->vx));
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
    for (int64_t k = 0; k < spec->nt; k++)
        in->view[k] = view_of(spec->angles_deg + 3 * k, spec->shift_px ? spec->shift_px + 2 * k : NULL);
    measure(spec, in->view, p, in);
    if ((double)p->nt * (double)in->ns * (double)(p->single_axis ? BLOCK : in->nts) >= 0x1p31) {
        h->fail(call, LOOM_E_MEMORY, NULL, "%lld projections of %lld x %lld padded samples are more than one projector can address; "
                "use fewer tilts or larger pixels", (long long)p->nt, (long long)in->ns, (long long)in->nts);
        return NULL;
    }
    size_t bytes = lay_out(p, in, NULL);
    if (!(in->memory = h->scratch(call, bytes))) return NULL;
    memset(in->memory, 0, bytes);
    lay_out(p, in, in->memory);
    for (int64_t k = 0; k < spec->nt; k++) {
        view *v = &in->view[k];
        in->sx[k] = (float)(v->sx * in->oversampling);
        in->tx[k] = (float)v->tx;
        if (in->oversampling > 1 && !p->single_axis && !v->direct) v->blur_t = measure_blur(p, v);
    }
    for (int64_t z = 0; p->single_axis && z < p->vz; z++) projector_row_base(p, 0, p->nt, z, in->base + z * in->views, NULL);
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
    static const double level[3] = { 0, 45, 0 };
    view none = view_of(level, NULL);
    loom_projector p;
    struct loom_projector_inside in = { 0 };
    loom_projector_spec one = *spec;
    one.nt = 1;
    measure(&one, &none, &p, &in);
    p.nt = spec->nt;
    for (int64_t k = 0; spec->angles_deg && k < spec->nt; k++) {
        view v = view_of(spec->angles_deg + 3 * k, spec->shift_px ? spec->shift_px + 2 * k : NULL);
        loom_projector q;
        struct loom_projector_inside seen = { 0 };
        measure(&one, &v, &q, &seen);
        p.single_axis = p.single_axis && q.single_axis;
        if (seen.ns > in.ns) in.ns = seen.ns;
        if (seen.nts > in.nts) in.nts = seen.nts;
    }
    return lay_out(&p, &in, NULL) + sizeof(loom_projector) + sizeof in + (size_t)spec->nt * sizeof(view);
}

void projector_row_base(const loom_projector *p, int64_t first, int64_t end, int64_t z, float *base_s, float *base_t)
{
    const struct loom_projector_inside *in = p->inside;
    double x = -(double)loom_centre(p->vx), at = (double)(z - loom_centre(p->vz));
    for (int64_t k = first; k < end; k++) {
        const view *v = &in->view[k];
        double shift = p->single_axis ? v->shift[0] : 0;
        base_s[k - first] = (float)((x * v->sx + at * v->sz + shift) * in->oversampling + (double)in->s_centre);
        if (base_t) base_t[k - first] = (float)(x * v->tx + at * v->tz + (double)in->t_centre);
    }
}

/* dst[i][j] = src[j][i] - level for i < rows, j < columns, given the strides of the rows; beyond columns, up to width, it is zero. */
static void transpose(int64_t rows, int64_t columns, int64_t width, float level, const float *src, int64_t src_stride,
                      float *restrict dst, int64_t dst_stride)
{
    for (int64_t i = 0; i < rows; i++) {
        float *to = dst + i * dst_stride;
        for (int64_t j = 0; j < columns; j++) to[j] = src[j * src_stride + i] - level;
        for (int64_t j = columns; j < width; j++) to[j] = 0;
    }
}

/* Planes [plane][y][x] of n planes <-> blocks [block][plane][x][y in block]. */
static void to_blocks(const loom_projector *p, int64_t n, int64_t ny, int64_t nx, const float *src, float level, float *dst)
{
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(static)
    for (int64_t b = 0; b < in->blocks; b++)
        for (int64_t i = 0; i < n; i++) {
            int64_t y = b * BLOCK, width = block_width(in, b), count = ny - y < width ? ny - y : width;
            transpose(nx, count, width, level, src + (i * ny + y) * nx, nx, dst + y * n * nx + i * nx * width, width);
        }
}

static void from_blocks(const loom_projector *p, int64_t n, int64_t ny, int64_t nx, const float *src, float *dst)
{
    const struct loom_projector_inside *in = p->inside;
#pragma omp parallel for collapse(2) num_threads(p->threads) schedule(static)
    for (int64_t b = 0; b < in->blocks; b++)
        for (int64_t i = 0; i < n; i++) {
            int64_t y = b * BLOCK, width = block_width(in, b), count = ny - y < width ? ny - y : width;
            transpose(count, nx, nx, 0, src + y * n * nx + i * nx * width, width, dst + (i * ny + y) * nx, nx);
        }
}

void loom_projector_load_images(const loom_projector *p, const float *images, float level, float *state)
{
    if (p->single_axis) to_blocks(p, p->nt, p->ny, p->nx, images, level, state);
    else for (int64_t i = 0; i < p->image_floats; i++) state[i] = images[i] - level;
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
    if (!p->single_axis) return (loom_run){ .tilt = i, .at = i * p->ny * p->nx, .count = p->ny * p->nx };
    int64_t b = i / p->nt, k = i % p->nt, count = p->nx * block_width(p->inside, b);
    return (loom_run){ .tilt = k, .at = b * BLOCK * p->nt * p->nx + k * count, .count = count };
}

void loom_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images)
{
    if (p->single_axis) axis_project(p, first, end, volume, images);
    else euler_project(p, first, end, volume, images);
}

void loom_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user)
{
    if (p->single_axis) axis_back_project(p, first, end, images, sink, user);
    else euler_back_project(p, first, end, images, sink, user);
}

void loom_sink_store(void *user, loom_piece piece)
{
    memcpy((float *)user + piece.at, piece.sum, (size_t)piece.count * sizeof(float));
}
