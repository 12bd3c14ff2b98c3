/* compare.free - how well a volume explains images that it was not made from: R_free. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/level.h"
#include "kit/projector.h"
#include "kit/table.h"
#include <assert.h>

typedef struct params {
    int64_t border, oversampling;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, border, .unit = "pixel", .min = 0, .max = 100000,
               .doc = "pixels along the edges that do not count"),
    LOOM_PARAM(params, oversampling, .def = 3, .min = 1, .max = 3, .flags = LOOM_ADVANCED,
               .doc = "samples of the projector's detector per pixel, as in the reconstructors"),
    { 0 }
};
static const loom_port inputs[] = {
    { "volume", "volume", "reconstructed without the images at `left_out`", 0 },
    { "left_out", "tilt_series",
      "images that were not fitted: every m-th tilt (series.select) or a share of all counts "
      "(series.thin); their attribute `background` is subtracted first",
      0 },
    { "fitted", "tilt_series", "images that were fitted, for r_work", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "table", "table", "a row per tilt left out: theta, r1, r2", 0 },
    { "summary", "table",
      "one row: r_free and its standard error over tilts, r_free_2 (squares), rms_free, tilts; "
      "where fitted images are connected r_work and the gap r_free - r_work",
      0 },
    { 0 }
};

/* Sums over one tilt: |c - b|, |b|, and their squares. */
typedef struct sums {
    double difference, measured, square, measured2;
} sums;

typedef struct side {
    const char *port;
    int64_t nt, ny, nx;
    const float *images;
    const double *angles_deg;
    double background;
    sums *sum; /* [nt] */
    sums all;
} side;

static loom_status open_side(loom_call *call, const params *p, double voxel, side *s)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, s->port, "images"),
                     *angles = loom_need(call, s->port, "angles");
    double pixel;
    if (!images || !angles || !loom_need_number(call, s->port, "pixel_size", &pixel)
        || !loom_need_finite(call, s->port, images) || !loom_need_finite(call, s->port, angles))
        return LOOM_E_DATA;
    s->nt = images->dim[0];
    s->ny = images->dim[1];
    s->nx = images->dim[2];
    if (s->nt < 1 || angles->dim[0] != s->nt || angles->dim[1] != 3)
        return h->fail(call, LOOM_E_DATA, s->port,
                       "%lld images but angles [%lld][%lld]; each image needs its phi, theta, psi, "
                       "and at least one is needed",
                       (long long)s->nt, (long long)angles->dim[0], (long long)angles->dim[1]);
    if (2 * p->border >= s->ny || 2 * p->border >= s->nx)
        return h->fail(call, LOOM_E_PARAM, "border",
                       "a border of %lld pixels leaves nothing of %lld x %lld",
                       (long long)p->border, (long long)s->nx, (long long)s->ny);
    if (fabs(pixel - voxel) > 1e-6 * voxel)
        return h->fail(call, LOOM_E_DATA, s->port,
                       "pixels of %g angstrom, voxels of %g; they must be equal: `volume.resample` "
                       "changes the voxels",
                       pixel, voxel);
    s->images = images->data;
    s->angles_deg = angles->data;
    s->background = loom_background(call, s->port, 0);
    s->sum = h->scratch(call, (size_t)s->nt * sizeof *s->sum);
    return s->sum ? LOOM_OK : LOOM_E_MEMORY;
}

/* Over what counts of one image. */
static sums compare(const side *s, int64_t border, const float *measured, const float *calculated)
{
    assert(border >= 0);
    sums t = { 0 };
    for (int64_t iy = border; iy < s->ny - border; iy++)
        for (int64_t ix = border; ix < s->nx - border; ix++) {
            double b = (double)measured[iy * s->nx + ix] - s->background,
                   d = (double)calculated[iy * s->nx + ix] - b;
            t.difference += fabs(d);
            t.measured += fabs(b);
            t.square += d * d;
            t.measured2 += b * b;
        }
    return t;
}

/* Projects the volume onto the side's tilts, a few at a time, and sums. */
static loom_status measure(loom_call *call, const params *p, const loom_array *density, side *s)
{
    const loom_host *h = call->host;
    enum { STEP = 8 };
    const int64_t *v = density->dim;
    for (int64_t k = 0; k < s->nt; k += STEP) {
        int64_t n = s->nt - k < STEP ? s->nt - k : STEP, pixels = s->ny * s->nx;
        loom_projector *a =
            loom_projector_make(call, &(loom_projector_spec){ .nt = n,
                                                              .ny = s->ny,
                                                              .nx = s->nx,
                                                              .vz = v[0],
                                                              .vy = v[1],
                                                              .vx = v[2],
                                                              .angles_deg = s->angles_deg + 3 * k,
                                                              .oversampling = (int)p->oversampling,
                                                              .threads = h->threads(call),
                                                              .port = s->port });
        float *u = a ? h->scratch(call, (size_t)a->volume_floats * sizeof *u) : NULL,
              *state = u ? h->scratch(call, (size_t)a->image_floats * sizeof *u) : NULL,
              *plain = state ? h->scratch(call, (size_t)(n * pixels) * sizeof *u) : NULL;
        if (!plain) return LOOM_E_MEMORY;
        loom_projector_load_volume(a, density->data, u);
        loom_project(a, 0, n, u, state);
        loom_projector_store_images(a, state, plain);
        for (int64_t i = 0; i < n; i++)
            s->sum[k + i] = compare(s, p->border, s->images + (k + i) * pixels, plain + i * pixels);
        h->release(call, plain);
        h->release(call, state);
        h->release(call, u);
        loom_projector_free(call, a);
        if (!h->progress(call, (double)(k + n), (double)s->nt)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status pool(loom_call *call, side *s)
{
    for (int64_t k = 0; k < s->nt; k++) {
        if (!(s->sum[k].measured > 0))
            return call->host->fail(call, LOOM_E_DATA, s->port,
                                    "the image of tilt %lld is zero everywhere", (long long)k);
        s->all.difference += s->sum[k].difference;
        s->all.measured += s->sum[k].measured;
        s->all.square += s->sum[k].square;
        s->all.measured2 += s->sum[k].measured2;
    }
    return LOOM_OK;
}

/* Standard error of the pooled ratio, from how much tilts differ. */
static double error_of(const side *s)
{
    double r = s->all.difference / s->all.measured, sum = 0;
    for (int64_t k = 0; k < s->nt; k++) {
        double d = s->sum[k].difference - r * s->sum[k].measured;
        sum += d * d;
    }
    double n = (double)s->nt;
    return n > 1 ? sqrt(sum * n / (n - 1)) / s->all.measured : 0;
}

static bool write_table(loom_call *call, const side *s)
{
    loom_value *table = call->host->output(call, "table");
    double *theta = loom_table_column(call, table, "theta", s->nt, "degree"),
           *r1 = loom_table_column(call, table, "r1", s->nt, NULL),
           *r2 = loom_table_column(call, table, "r2", s->nt, NULL);
    if (!theta || !r1 || !r2) return false;
    for (int64_t k = 0; k < s->nt; k++) {
        theta[k] = s->angles_deg[3 * k + 1];
        r1[k] = s->sum[k].difference / s->sum[k].measured;
        r2[k] = sqrt(s->sum[k].square / s->sum[k].measured2);
    }
    return true;
}

static bool write_summary(loom_call *call, const params *p, const side *left_out,
                          const side *fitted)
{
    double pixels = (double)left_out->nt * (double)(left_out->ny - 2 * p->border)
                    * (double)(left_out->nx - 2 * p->border);
    double r = left_out->all.difference / left_out->all.measured,
           work = fitted ? fitted->all.difference / fitted->all.measured : 0;
    const loom_figure row[] = {
        { .name = "r_free", .value = r },
        { .name = "error_r_free", .value = error_of(left_out) },
        { .name = "r_free_2", .value = sqrt(left_out->all.square / left_out->all.measured2) },
        { .name = "rms_free", .value = sqrt(left_out->all.square / pixels) },
        { .name = "tilts", .value = (double)left_out->nt, .whole = true },
        /* only with fitted images */
        { .name = "r_work", .value = work },
        { .name = "gap", .value = r - work },
    };
    int figures = (int)(sizeof row / sizeof *row) - (fitted ? 0 : 2);
    return loom_table_row(call, call->host->output(call, "summary"), row, figures);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    side left_out = { .port = "left_out" }, fitted = { .port = "fitted" };
    bool both = h->input(call, "fitted", 0) != NULL;
    double voxel;
    if (!density || !loom_need_number(call, "volume", "voxel_size", &voxel)
        || !loom_need_finite(call, "volume", density))
        return LOOM_E_DATA;
    if (loom_array_count(density) < 1)
        return h->fail(call, LOOM_E_DATA, "volume", "the volume is empty");
    loom_status status = open_side(call, p, voxel, &left_out);
    if (status == LOOM_OK && both) status = open_side(call, p, voxel, &fitted);
    if (status == LOOM_OK) status = measure(call, p, density, &left_out);
    if (status == LOOM_OK && both) status = measure(call, p, density, &fitted);
    if (status == LOOM_OK) status = pool(call, &left_out);
    if (status == LOOM_OK && both) status = pool(call, &fitted);
    if (status != LOOM_OK) return status;
    double r = sqrt(left_out.all.square / left_out.all.measured2);
    if (r > 0.9)
        h->warn(call, "left_out",
                "the volume explains next to nothing of the images left out (R_free %.3g by "
                "squares; 1 is that of an empty volume): are they images of this specimen, at "
                "these angles?",
                r);
    return write_table(call, &left_out) && write_summary(call, p, &left_out, both ? &fitted : NULL)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_BRUNGER_1992, { 0 } };

static const loom_op compare_free = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "compare.free",
    .summary = "R_free: how well a volume explains images that it was not made from.",
    .method =
        "Projects the volume at the angles of the images left out (kit/projector.h), and "
        "compares: r_free = sum|c - b| / sum|b| with b the measured image less its background "
        "and c the calculated one, pooled over tilts; `r_free_2` is the same of squares, and "
        "`rms_free` the root mean square difference. Of images that were fitted, a model with more "
        "freedom always explains more; of images that were not, only where what it adds "
        "is there. So r_free falls while signal is fitted and rises when noise is, and it "
        "compares reconstructors, iterations, supports and alignments without a truth.\n\n"
        "Noise leaves a residual that no volume explains, the same for all that are compared: "
        "only differences mean something. Squares have that part as an exact constant, so "
        "`rms_free` is the sharper judge where images are noisy.",
    .citations = citations,
    .limits = "The volume must not have seen the images left out, by way of an alignment or a "
              "support either. Tilts left out at the ends of a wedge are harder than others. All "
              "volumes compared need the same images left out.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("compare.free", "1.0", "BSD-3-Clause", &compare_free);
