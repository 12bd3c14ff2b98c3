/* view.consistency - measured images, those of the model, and their difference. */
#include "columns.h"

typedef struct params {
    int64_t max_images;
    const char *title, *caption;
} params;
static const char *const old_max_images[] = { "most", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, max_images, .renamed_from = old_max_images, .def = 4, .min = 1, .max = 60,
               .doc = "tilts shown, at even distances in the series"),
    LOOM_PARAM(params, title, .text = "Measured and calculated", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: R of the tilts shown"),
    { 0 }
};
static const loom_port inputs[] = { { "measured", "tilt_series", "images", 0 },
                                    { "calculated", "tilt_series",
                                      "images of the model at the same tilts", 0 },
                                    { 0 } };
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: three images per tilt", 0 }, { 0 }
};

typedef struct pair {
    const float *measured, *calculated;
    int64_t tilts, pixels, shown;
} pair;

static int64_t tilt_of(const pair *d, int64_t k)
{
    return d->shown > 1 ? (k * (d->tilts - 1) + (d->shown - 1) / 2) / (d->shown - 1) : d->tilts / 2;
}

/* The factor by which the calculated image fits the measured one best, and what is left: the sum of
 * |measured - factor calculated| over that of |measured|. */
static double r_of(const float *m, const float *c, int64_t n, double *factor)
{
    double mc = 0, cc = 0, left = 0, all = 0;
    for (int64_t i = 0; i < n; i++)
        mc += (double)m[i] * (double)c[i], cc += (double)c[i] * (double)c[i];
    *factor = cc > 0 ? mc / cc : 0;
    for (int64_t i = 0; i < n; i++) {
        left += fabs((double)m[i] - *factor * (double)c[i]);
        all += fabs((double)m[i]);
    }
    return all > 0 ? left / all : 0;
}

static void fill(const pair *d, int64_t tilt, double factor, float *out)
{
    const float *m = d->measured + tilt * d->pixels, *c = d->calculated + tilt * d->pixels;
    double largest = 0;
    for (int64_t i = 0; i < d->pixels; i++) largest = fmax(largest, fabs((double)m[i]));
    for (int64_t i = 0; i < d->pixels; i++) {
        double scale = largest > 0 ? 1 / largest : 0, calculated = factor * (double)c[i] * scale;
        out[i] = (float)((double)m[i] * scale);
        out[d->pixels + i] = (float)calculated;
        out[2 * d->pixels + i] = (float)(0.5 + (double)m[i] * scale - calculated);
    }
}

static loom_status check(loom_call *call, const loom_array *m, const loom_array *c)
{
    if (!m || !c || !loom_need_finite(call, "measured", m)
        || !loom_need_finite(call, "calculated", c))
        return LOOM_E_DATA;
    for (int k = 0; k < 3; k++)
        if (m->dim[k] != c->dim[k])
            return call->host->fail(
                call, LOOM_E_DATA, "calculated",
                "%lld x %lld x %lld images and pixels, the measured series has %lld x %lld x %lld",
                (long long)c->dim[0], (long long)c->dim[1], (long long)c->dim[2],
                (long long)m->dim[0], (long long)m->dim[1], (long long)m->dim[2]);
    return loom_array_count(m)
               ? LOOM_OK
               : call->host->fail(call, LOOM_E_DATA, "measured", "the series holds no images");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    double pixel_A, factor[60], r[60], mean = 0;
    const loom_array *m = loom_need(call, "measured", "images"),
                     *c = loom_need(call, "calculated", "images"),
                     *angles = loom_need(call, "measured", "angles");
    if (!angles || !loom_need_number(call, "measured", "pixel_size", &pixel_A)) return LOOM_E_DATA;
    loom_status status = check(call, m, c);
    if (status != LOOM_OK) return status;
    pair d = { m->data, c->data, m->dim[0], m->dim[1] * m->dim[2],
               p->max_images < m->dim[0] ? p->max_images : m->dim[0] };
    for (int64_t k = 0; k < d.shown; k++) {
        r[k] = r_of(d.measured + tilt_of(&d, k) * d.pixels,
                    d.calculated + tilt_of(&d, k) * d.pixels, d.pixels, &factor[k]);
        mean += r[k] / (double)d.shown;
    }
    loom_value *panel = *p->caption
                            ? loom_panel(call, "panel", "image", p->title, "%s", p->caption)
                            : loom_panel(call, "panel", "image", p->title,
                                         "Measured, calculated and their difference (mid grey: "
                                         "none) at %lld of %lld tilts; calculated images "
                                         "scaled to fit. Mean R of these: %.2f %%.",
                                         (long long)d.shown, (long long)d.tilts, 100 * mean);
    float *out = panel ? h->add_array(call, panel, "image", LOOM_F32, 3,
                                      (int64_t[]){ 3 * d.shown, m->dim[1], m->dim[2] }, NULL)
                       : NULL;
    char *labels = h->scratch(call, (size_t)d.shown * 120 + 1), *end = labels;
    if (!out || !labels) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < d.shown; k++, out += 3 * d.pixels) {
        double angle = ((const double *)angles->data)[3 * tilt_of(&d, k) + 1];
        fill(&d, tilt_of(&d, k), factor[k], out);
        end += sprintf(end, "%smeasured, %+.1f\u00b0\ncalculated\nR = %.1f %%", k ? "\n" : "",
                       angle, 100 * r[k]);
    }
    h->set_text(call, panel, "labels", labels);
    h->set_number(call, panel, "columns", d.shown > 1 ? 6 : 3, "");
    h->set_number(call, panel, "pixel_size", pixel_A, "angstrom");
    h->set_number(call, panel, "low", 0, "");
    h->set_number(call, panel, "high", 1, "");
    h->set_text(call, panel, "value_label",
                "share of the largest measured number; the difference plus 0.5");
    return LOOM_OK;
}

static const loom_op view_consistency = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.consistency",
    .summary = "Measured images next to those of the model, and their difference.",
    .method =
        "Per tilt, the calculated image is scaled by least squares; R is the sum of absolute "
        "differences over that of the measured "
        "numbers. All three images of a tilt are shown relative to its largest measured number.",
    .cites = "none",
    .limits = "R of whole images, for a look: compare.projections takes a background off and "
              "reports all tilts.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.consistency", "1.0", "BSD-3-Clause", &view_consistency);
