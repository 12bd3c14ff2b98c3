/* compare.projections - measured images against calculated ones: R-factors per tilt, their mean,
 * and pooled. */
#include <atomloom/op.h>
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/level.h"
#include "kit/table.h"
#include <assert.h>

typedef struct params {
    int64_t border;
    int32_t scale;
} params;
static const char *const scales[] = { "none", "pooled", "tilt", NULL };
enum { SCALE_NONE, SCALE_POOLED, SCALE_TILT };
static const loom_param param_table[] = {
    LOOM_PARAM(
        params, scale, .choices = scales,
        .doc = "factor on the calculated images, by least squares: none, one for the series, or "
               "one for each tilt"),
    LOOM_PARAM(params, border, .unit = "pixel", .min = 0, .max = 100000,
               .doc = "pixels along the edges that do not count"),
    { 0 }
};
static const loom_port inputs[] = {
    { "measured", "tilt_series", "images; their attribute `background` is subtracted first", 0 },
    { "calculated", "tilt_series", "images of the model at the same tilts", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "table", "table", "a row per tilt: theta, R1, R2, scale", 0 },
    { "summary", "table", "one row: R1 and R2 as the mean over tilts and pooled", 0 },
    { 0 }
};

/* Sums over one tilt: of products for the scale, of differences for the R-factors. */
typedef struct sums {
    double mc, cc, difference, square, measured, measured2;
} sums;

typedef struct view {
    const float *measured, *calculated;
    int64_t ny, nx, border;
    double background;
} view;

static void sum_products(const view *v, int64_t it, sums *s)
{
    assert(v->border >= 0 && 2 * v->border < v->ny && 2 * v->border < v->nx);
    for (int64_t iy = v->border; iy < v->ny - v->border; iy++) {
        const float *m = v->measured + (it * v->ny + iy) * v->nx,
                    *c = v->calculated + (it * v->ny + iy) * v->nx;
        for (int64_t ix = v->border; ix < v->nx - v->border; ix++) {
            s->mc += ((double)m[ix] - v->background) * (double)c[ix];
            s->cc += (double)c[ix] * (double)c[ix];
        }
    }
}

static void sum_differences(const view *v, int64_t it, double scale, sums *s)
{
    assert(v->border >= 0 && 2 * v->border < v->ny && 2 * v->border < v->nx);
    for (int64_t iy = v->border; iy < v->ny - v->border; iy++) {
        const float *m = v->measured + (it * v->ny + iy) * v->nx,
                    *c = v->calculated + (it * v->ny + iy) * v->nx;
        for (int64_t ix = v->border; ix < v->nx - v->border; ix++) {
            double b = (double)m[ix] - v->background, d = scale * (double)c[ix] - b;
            s->difference += fabs(d);
            s->square += d * d;
            s->measured += fabs(b);
            s->measured2 += b * b;
        }
    }
}

static loom_status check_inputs(loom_call *call, const params *p, const loom_array *m,
                                const loom_array *c, const loom_array *angles,
                                const loom_array *other)
{
    const loom_host *h = call->host;
    if (!loom_need_same_grid(call, "calculated", c, "the measured series", m->dim))
        return LOOM_E_DATA;
    for (int64_t i = 0; i < 3 * m->dim[0]; i++)
        if (fabs(((const double *)angles->data)[i] - ((const double *)other->data)[i]) > 1e-6)
            return h->fail(
                call, LOOM_E_DATA, "calculated",
                "tilt %lld is at other angles in the two series; calculate the images at the "
                "angles of the measured ones",
                (long long)i / 3);
    if (2 * p->border >= m->dim[1] || 2 * p->border >= m->dim[2])
        return h->fail(call, LOOM_E_PARAM, "border",
                       "a border of %lld pixels leaves nothing of %lld x %lld",
                       (long long)p->border, (long long)m->dim[2], (long long)m->dim[1]);
    if (!m->dim[0]) return h->fail(call, LOOM_E_DATA, "measured", "the series has no tilts");
    return loom_need_finite(call, "measured", m) && loom_need_finite(call, "calculated", c)
               ? LOOM_OK
               : LOOM_E_DATA;
}

/* Per tilt into the table, means and pooled ratios into the summary. */
static loom_status write_tables(loom_call *call, const sums *s, const double *scale,
                                const loom_array *angles, int64_t nt)
{
    assert(nt > 0);
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "table"), *summary = h->output(call, "summary");
    int32_t *tilt = h->add_array(call, table, "tilt", LOOM_I32, 1, &nt, NULL);
    double *theta = h->add_array(call, table, "theta", LOOM_F64, 1, &nt, "degree"),
           *r1 = h->add_array(call, table, "r1", LOOM_F64, 1, &nt, NULL);
    double *r2 = h->add_array(call, table, "r2", LOOM_F64, 1, &nt, NULL),
           *factor = h->add_array(call, table, "scale", LOOM_F64, 1, &nt, NULL);
    if (!tilt || !theta || !r1 || !r2 || !factor) return LOOM_E_MEMORY;
    sums all = { 0 };
    double mean1 = 0, mean2 = 0;
    for (int64_t k = 0; k < nt; k++) {
        if (!(s[k].measured > 0))
            return h->fail(call, LOOM_E_DATA, "measured",
                           "the measured image of tilt %lld is zero everywhere", (long long)k);
        tilt[k] = (int32_t)k;
        theta[k] = ((const double *)angles->data)[3 * k + 1];
        r1[k] = s[k].difference / s[k].measured;
        r2[k] = sqrt(s[k].square / s[k].measured2);
        factor[k] = scale[k];
        mean1 += r1[k] / (double)nt;
        mean2 += r2[k] / (double)nt;
        all.difference += s[k].difference;
        all.square += s[k].square;
        all.measured += s[k].measured;
        all.measured2 += s[k].measured2;
    }
    const loom_figure row[] = {
        { .name = "r1_mean", .value = mean1 },
        { .name = "r1_pooled", .value = all.difference / all.measured },
        { .name = "r2_mean", .value = mean2 },
        { .name = "r2_pooled", .value = sqrt(all.square / all.measured2) },
    };
    return loom_table_row(call, summary, row, sizeof row / sizeof *row) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *m = loom_need(call, "measured", "images"),
                     *c = loom_need(call, "calculated", "images");
    const loom_array *angles = loom_need(call, "measured", "angles"),
                     *other = loom_need(call, "calculated", "angles");
    if (!m || !c || !angles || !other) return LOOM_E_DATA;
    loom_status status = check_inputs(call, p, m, c, angles, other);
    if (status) return status;
    int64_t nt = m->dim[0];
    view v = { m->data, c->data, m->dim[1], m->dim[2], p->border, 0 };
    v.background = loom_background(call, "measured", 0);
    sums *s = h->scratch(call, sizeof *s * (size_t)nt);
    double *scale = h->scratch(call, sizeof *scale * (size_t)nt), mc = 0, cc = 0;
    if (!s || !scale) return LOOM_E_MEMORY;
    memset(s, 0, sizeof *s * (size_t)nt);
    int threads = h->threads(call);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t it = 0; it < nt; it++) sum_products(&v, it, &s[it]);
    for (int64_t it = 0; it < nt; it++) {
        mc += s[it].mc;
        cc += s[it].cc;
    }
    for (int64_t it = 0; it < nt; it++) {
        double over = p->scale == SCALE_TILT ? s[it].mc : mc,
               under = p->scale == SCALE_TILT ? s[it].cc : cc;
        scale[it] = p->scale == SCALE_NONE || !(under > 0) ? 1 : over / under;
    }
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t it = 0; it < nt; it++) sum_differences(&v, it, scale[it], &s[it]);
    return write_tables(call, s, scale, angles, nt);
}

static const loom_citation citations[] = { CITE_PHAM_2023, { 0 } };

static const loom_op compare_projections = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "compare.projections",
    .summary =
        "Measured images against calculated ones: R-factors per tilt, their mean, and pooled.",
    .method = "With b the measured image (background subtracted), c the calculated one and s the "
              "scale: R1 = sum|s c - b| / sum|b|, R2 = |s "
              "c - b| / |b| (Frobenius). The mean over tilts weighs every tilt alike and is what "
              "reconstruction programs print; the pooled ratio is one quotient for the whole "
              "series. The two differ slightly.",
    .citations = citations,
    .limits = "An R-factor belongs to the images it was made with: smoothed images give a lower "
              "one for the same model. It does not tell "
              "noise from error.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("compare.projections", "1.0", "BSD-3-Clause", &compare_projections);
