/* align.shift - every image of a series moved by what a table says. */
#include "kit/check.h"
#include "kit/level.h"
#include "kit/noise.h"
#include "spectrum.h"

typedef struct params {
    double background;
    bool back;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, back, .def = 1,
               .doc = "move by minus the table's shifts: undo a displacement, as aligning does"),
    LOOM_PARAM(
        params, background, .min = -1e30, .max = 1e30,
        .doc =
            "level of a pixel without specimen; adds to the attribute `background` of the series"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "any images", 0 },
    { "shifts", "table",
      "columns shift_x, shift_y in pixels, a row per image: how far content is displaced", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the images moved; everything else as it was", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    const loom_array *column[2] = { loom_need(call, "shifts", "shift_x"),
                                    loom_need(call, "shifts", "shift_y") };
    if (!images || !angles || !column[0] || !column[1] || !loom_need_finite(call, "tilts", images))
        return LOOM_E_DATA;
    int64_t nt = images->dim[0];
    for (int a = 0; a < 2; a++) {
        if (column[a]->dtype != LOOM_F64 || column[a]->dim[0] != nt)
            return h->fail(
                call, LOOM_E_DATA, "shifts",
                "column '%s' holds %lld %s; expected one f64 for each of the %lld images",
                column[a]->name, (long long)column[a]->dim[0], loom_dtype_text(column[a]->dtype),
                (long long)nt);
        if (!loom_need_finite(call, "shifts", column[a])) return LOOM_E_DATA;
    }
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    loom_value *v = h->output(call, "tilts");
    float *dst = v ? h->add_array(call, v, "images", LOOM_F32, 3, images->dim, images->unit) : NULL;
    double *shift = h->scratch(call, (size_t)(2 * nt) * sizeof(double));
    if (!dst || !shift || !loom_pass_array(call, angles, v)) return LOOM_E_MEMORY;
    h->set_number(call, v, "counts", 0, "");
    /* a Fourier shift keeps the variance of white noise */
    if (!loom_noise_pass(call, "tilts", v, nt, NULL)) return LOOM_E_DATA;
    if (!loom_pass_rest_as(call, h->input(call, "tilts", 0), v, (loom_rest){ .moved = "yx" }))
        return LOOM_E_MEMORY;
    for (int64_t k = 0; k < nt; k++)
        for (int a = 0; a < 2; a++)
            shift[2 * k + a] = (p->back ? -1 : 1) * ((const double *)column[a]->data)[k];
    return spectrum_move(
               call, &(spectrum_job){ .nt = nt,
                                      .ny = images->dim[1],
                                      .nx = images->dim[2],
                                      .src = images->data,
                                      .level = (float)loom_background(call, "tilts", p->background),
                                      .shift_px = shift,
                                      .binning = 1,
                                      .dst = dst,
                                      .threads = h->threads(call) })
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static const loom_op align_shift = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "align.shift",
    .summary = "Every image of a series moved by what a table says.",
    .method = "Fourier shift: every frequency is turned by its phase, so parts of a pixel lose no "
              "resolution and the sum of an image is kept.",
    .cites = "none",
    .limits = "What leaves an image on one side enters on the other: images should be flat at "
              "their edges, or `background` known.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("align.shift", "1.0", "BSD-3-Clause", &align_shift);
