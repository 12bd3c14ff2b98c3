/* series.normalise - equal totals. */
#include "series/series.h"
#include <assert.h>

SERIES_PORTS("images of one amount of matter", "the images with equal totals; angles stay");

static double total(const float *image, int64_t n, double level)
{
    assert(n > 0);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)image[i] - level;
    return sum;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    const loom_host *h = call->host;
    double level = series_background(&s), mean = 0;
    int64_t pixels = s.ny * s.nx;
    double *scale = h->scratch(call, (size_t)s.nt * sizeof *scale);
    float *dst = scale ? series_make(&s, s.ny, s.nx) : NULL;
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < s.nt; k++) {
        scale[k] = total(series_image(&s, k), pixels, level);
        if (!(scale[k] > 0))
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "image %lld has the total %g above the background of %g; expected a "
                           "positive one",
                           (long long)k, scale[k], level);
        mean += scale[k] / (double)s.nt;
    }
    for (int64_t k = 0; k < s.nt; k++) {
        scale[k] = mean / scale[k];
        for (int64_t i = 0; i < pixels; i++)
            *dst++ = (float)(((double)series_image(&s, k)[i] - level) * scale[k]);
    }
    loom_value *out = h->output(call, "tilts");
    loom_noise *noise = h->scratch(call, (size_t)s.nt * sizeof *noise);
    int known = noise ? loom_noise_read(call, "tilts", s.nt, noise) : -1;
    if (known < 0) return LOOM_E_DATA;
    for (int64_t k = 0; k < s.nt; k++) {
        noise[k].gain *= scale[k];
        noise[k].read *= scale[k];
        noise[k].offset = (noise[k].offset - level) * scale[k];
    }
    if (known && !loom_noise_write(call, out, s.nt, noise, NULL)) return LOOM_E_MEMORY;
    h->set_number(call, out, "counts", 0, NULL);
    h->set_number(call, out, "background", 0, NULL);
    return series_end(&s, "");
}

static const loom_op series_normalise = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.normalise",
    .summary = "Images of a tilt series scaled to equal totals.",
    .method =
        "The series' `background` is subtracted, and each image multiplied so that its total is "
        "the mean of all totals: a whole particle holds the same matter at every tilt. "
        "The columns of noise follow.",
    .cites = "none",
    .limits = "Not for films and other specimens that reach beyond the images, whose total grows "
              "with the tilt. The result is not marked as counts.",
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
LOOM_PLUGIN("series.normalise", "1.0", "BSD-3-Clause", &series_normalise);
