/* align.rotate - every image of a series turned in its plane by what a table says. */
#include "kit/check.h"
#include "kit/column.h"
#include "kit/level.h"
#include "kit/noise.h"
#include "kit/turn.h"

typedef struct params {
    double angle, background;
    bool back;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, angle, .unit = "degree", .min = -360, .max = 360,
               .doc = "added to the table's rotations; from x towards y"),
    LOOM_PARAM(params, back, .def = 1,
               .doc = "turn by minus the sum: undo a rotation, as aligning does"),
    LOOM_PARAM(
        params, background, .min = -1e30, .max = 1e30,
        .doc =
            "level of a pixel without specimen; adds to the attribute `background` of the series"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "any images", 0 },
    { "shifts", "table",
      "column rotation in degrees, a row per image: how far content is turned from x towards y; as "
      "from align.common_line",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the images turned about their centre; everything else as it was",
      0 },
    { 0 }
};

/* One image; the share of white noise that is left. */
static double turn(const float *src, int64_t ny, int64_t nx, double angle, float fill, float *dst)
{
    int quarters;
    if (!loom_turn_is_exact(angle, &quarters) || quarters)
        return loom_turn_image(src, ny, nx, angle, fill, dst);
    memcpy(dst, src, (size_t)(ny * nx) * sizeof *dst);
    return 1;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *images = loom_need(call, "tilts", "images");
    const double *rotation = NULL;
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    int64_t nt = images->dim[0], ny = images->dim[1], nx = images->dim[2];
    if (h->input(call, "shifts", 0)
        && !(rotation = loom_need_column(call, "shifts", "rotation", "degree", nt, "images")))
        return LOOM_E_DATA;
    loom_value *out = h->output(call, "tilts");
    float *dst =
        out ? h->add_array(call, out, "images", LOOM_F32, 3, images->dim, images->unit) : NULL;
    double *share = h->scratch(call, (size_t)nt * sizeof *share);
    if (!dst || !share) return LOOM_E_MEMORY;
    float fill = (float)loom_background(call, "tilts", p->background);
    for (int64_t k = 0; k < nt; k++) {
        double angle = p->angle + (rotation ? rotation[k] : 0);
        share[k] = turn((const float *)images->data + k * ny * nx, ny, nx, p->back ? -angle : angle,
                        fill, dst + k * ny * nx);
        if (!h->progress(call, (double)(k + 1), (double)nt)) return LOOM_E_CANCELLED;
    }
    h->set_number(call, out, "counts", 0, NULL);
    if (!loom_noise_pass(call, "tilts", out, nt, share)) return LOOM_E_DATA;
    return loom_pass_rest_as(call, h->input(call, "tilts", 0), out, (loom_rest){ .moved = "yx" })
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static const loom_op align_rotate = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "align.rotate",
    .summary = "Every image of a series turned in its plane by what a table says.",
    .method = "Cubic convolution (Keys 1981) about the pixel n/2, the rotation centre. What lies "
              "outside an image is `background`. `noise_factor` is "
              "multiplied by the mean sum of the squared weights.",
    .cites = "none",
    .limits = "Corners are lost. Turn once, by the sum of all angles: each interpolation blurs. "
              "Turn before shifting: shifts of a table are those of images that were turned.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("align.rotate", "1.0", "BSD-3-Clause", &align_rotate);
