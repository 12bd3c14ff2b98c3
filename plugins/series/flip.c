/* series.flip - mirror images. */
#include "series/series.h"

typedef struct params {
    int32_t axis;
} params;
enum { AXIS_X, AXIS_Y, AXIS_XY };
static const char *const axis_choices[] = { "x", "y", "xy", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, axis, .choices = axis_choices,
               .doc = "the order of columns (x), of rows (y) or of both is reversed"),
    { 0 }
};
SERIES_PORTS("any images", "the images mirrored; angles stay");

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    bool x = p->axis != AXIS_Y, y = p->axis != AXIS_X;
    float *dst = series_make(&s, s.ny, s.nx);
    for (int64_t k = 0; dst && k < s.nt; k++)
        for (int64_t j = 0; j < s.ny; j++) {
            const float *row = series_image(&s, k) + (y ? s.ny - 1 - j : j) * s.nx;
            for (int64_t i = 0; i < s.nx; i++) *dst++ = row[x ? s.nx - 1 - i : i];
        }
    return dst ? series_end(&s, "yx") : LOOM_E_MEMORY;
}

static const loom_op series_flip = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.flip",
    .summary = "Mirror images of a tilt series.",
    .method = "Rows or columns in reverse order, exactly. With an even number of pixels the "
              "rotation centre n/2 comes to lie one pixel further; aligning moves it back.",
    .cites = "none",
    .limits =
        "One mirror makes the reconstruction the mirror image of the specimen; so do tilts of "
        "the other sign (docs/geometry.md).",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.flip", "1.0", "BSD-3-Clause", &series_flip);
