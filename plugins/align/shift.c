/* align.shift - every image of a series moved by the displacements in a table. */
#include "kit/check.h"
#include "kit/column.h"
#include "kit/level.h"
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
    const double *column[2];
    if (!images || !angles || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    int64_t nt = images->dim[0];
    if (!(column[0] = loom_need_column(call, "shifts", "shift_x", "pixel", nt, "images"))
        || !(column[1] = loom_need_column(call, "shifts", "shift_y", "pixel", nt, "images")))
        return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    float *dst = moved_begin(call, images, angles);
    double *shift = h->scratch(call, (size_t)(2 * nt) * sizeof(double));
    if (!dst || !shift) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < nt; k++)
        for (int a = 0; a < 2; a++) shift[2 * k + a] = (p->back ? -1 : 1) * column[a][k];
    return moved_finish(call, images, loom_background(call, "tilts", p->background), shift, dst);
}

static const loom_op align_shift = {
    .size = sizeof(loom_op),
    .revision = 4,
    .id = "align.shift",
    .summary = "Every image of a series moved by the displacements in a table.",
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
