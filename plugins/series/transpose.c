/* series.transpose - rows become columns. */
#include "series/series.h"

SERIES_PORTS("any images", "[tilt][x][y] of them; angles stay");

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    float *dst = series_make(&s, s.nx, s.ny);
    for (int64_t k = 0; dst && k < s.nt; k++)
        for (int64_t x = 0; x < s.nx; x++)
            for (int64_t y = 0; y < s.ny; y++) *dst++ = series_image(&s, k)[y * s.nx + x];
    return dst ? series_end(&s, "yx") : LOOM_E_MEMORY;
}

static const loom_op series_transpose = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.transpose",
    .summary = "Rows and columns of the images exchanged.",
    .method = "For series whose tilt axis runs along x and whose hand does not matter. Exact.",
    .cites = "none",
    .limits = "This is a mirror: `series.rotate` by 90 degrees brings the axis to y without one.",
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
LOOM_PLUGIN("series.transpose", "1.0", "BSD-3-Clause", &series_transpose);
