/* series.rotate - images turned in their plane. */
#include "series/series.h"
#include "kit/turn.h"

typedef struct params {
    double angle;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, angle, .unit = "degree", .min = -360, .max = 360, .flags = LOOM_REQUIRED,
               .doc = "from x towards y: anti-clockwise where y points up"),
    { 0 }
};
SERIES_PORTS("any images", "the images turned about their centre; angles stay");

/* White noise that was interpolated has less variance. */
static bool note_noise(const series *s, double share)
{
    loom_value *out = s->call->host->output(s->call, "tilts");
    s->call->host->set_number(s->call, out, "counts", 0, NULL);
    double *shares = s->call->host->scratch(s->call, (size_t)s->nt * sizeof *shares);
    for (int64_t k = 0; shares && k < s->nt; k++) shares[k] = share;
    return shares && loom_noise_pass(s->call, "tilts", out, s->nt, shares);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    series s;
    int quarters;
    double share = 1;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    bool exact = loom_turn_is_exact(p->angle, &quarters), odd = exact && quarters & 1;
    int64_t pixels = s.ny * s.nx;
    float *dst = series_make(&s, odd ? s.nx : s.ny, odd ? s.ny : s.nx);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < s.nt; k++) {
        if (!call->host->progress(call, (double)k, (double)s.nt)) return LOOM_E_CANCELLED;
        if (exact) loom_turn_quarters(series_image(&s, k), s.ny, s.nx, quarters, dst + k * pixels);
        else
            share = loom_turn_image(series_image(&s, k), s.ny, s.nx, p->angle,
                                    (float)series_background(&s), dst + k * pixels);
    }
    if (!exact && !note_noise(&s, share)) return LOOM_E_MEMORY;
    return series_end(&s, "yx");
}

static const loom_op series_rotate = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.rotate",
    .summary = "The images of a tilt series turned in their plane.",
    .method =
        "Quarter turns are exact; other angles by cubic convolution (Keys 1981) about the pixel "
        "n/2. What lies outside an image is the series' `background`, or 0. `noise_factor` is "
        "multiplied by the mean sum of the squared weights.",
    .cites = "none",
    .limits = "Corners are lost. Turn once, by the sum of all angles: each interpolation blurs.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.rotate", "1.0", "BSD-3-Clause", &series_rotate);
