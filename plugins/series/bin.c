/* series.bin - blocks of pixels become one. */
#include "series/series.h"
#include <assert.h>

typedef struct params {
    int64_t factor;
    int32_t keep;
} params;
enum { KEEP_AUTO, KEEP_SUM, KEEP_MEAN };
static const char *const keep_choices[] = { "auto", "sum", "mean", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, factor, .def = 2, .min = 1, .max = 1024,
               .doc = "pixels along x and along y that become one"),
    LOOM_PARAM(params, keep, .choices = keep_choices,
               .doc = "sum or mean of each block; auto: sums of counts, which stay counts, and "
                      "means of all else"),
    { 0 }
};
SERIES_PORTS("any images", "the images of larger pixels");

static void bin_image(const float *src, int64_t nx, int64_t f, int64_t by, int64_t bx, double scale,
                      float *restrict dst)
{
    assert(f > 0 && bx > 0 && bx * f <= nx);
    for (int64_t y = 0; y < by; y++)
        for (int64_t x = 0; x < bx; x++) {
            double sum = 0;
            for (int64_t j = 0; j < f; j++)
                for (int64_t i = 0; i < f; i++) sum += (double)src[(y * f + j) * nx + x * f + i];
            dst[y * bx + x] = (float)(sum * scale);
        }
}

/* The first pixel of the blocks, so that the centre n/2 lies in the centre of the binned image, or
 * as near to it as blocks allow. */
static int64_t first_pixel(int64_t n, int64_t blocks, int64_t f)
{
    assert(f > 0 && blocks > 0 && blocks * f <= n);
    int64_t first = n / 2 - blocks / 2 * f - (f - 1) / 2, spare = n - blocks * f;
    return first < 0 ? 0 : first > spare ? spare : first;
}

/* Sums of f^2 counts are counts. Of sums, gain is the same, the rest grows; of means, a share of
 * the variance is left. */
static bool note_noise(const series *s, int64_t f, bool sum)
{
    assert(f > 0 && s->nt > 0);
    const loom_host *h = s->call->host;
    double pixels = (double)(f * f), level = series_background(s);
    loom_value *out = h->output(s->call, "tilts");
    if (!sum) return series_scale_noise(s, NULL, 1, 1 / pixels);
    if (level < 0 || level > 0) h->set_number(s->call, out, "background", level * pixels, NULL);
    loom_noise *noise = h->scratch(s->call, (size_t)s->nt * sizeof *noise);
    int known = noise ? loom_noise_read(s->call, "tilts", s->nt, noise) : -1;
    bool columns = h->array(s->value, "noise_gain") != NULL;
    for (int64_t k = 0; known > 0 && k < s->nt; k++) {
        noise[k].offset *= pixels;
        noise[k].read *= (double)f;
    }
    return known >= 0 && (!columns || loom_noise_write(s->call, out, s->nt, noise, NULL));
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    series s;
    double pixel_A;
    if (!series_take(call, &s) || !loom_need_number(call, "tilts", "pixel_size", &pixel_A))
        return LOOM_E_DATA;
    int64_t f = p->factor, by = s.ny / f, bx = s.nx / f;
    if (by < 1 || bx < 1)
        return call->host->fail(call, LOOM_E_PARAM, "factor",
                                "images of %lld x %lld pixels have no block of %lld x %lld",
                                (long long)s.nx, (long long)s.ny, (long long)f, (long long)f);
    bool sum = p->keep == KEEP_SUM || (p->keep == KEEP_AUTO && series_counts(&s));
    float *dst = series_make(&s, by, bx);
    if (!dst || !note_noise(&s, f, sum)) return LOOM_E_MEMORY;
    int64_t first = first_pixel(s.ny, by, f) * s.nx + first_pixel(s.nx, bx, f);
    for (int64_t k = 0; k < s.nt; k++, dst += by * bx)
        bin_image(series_image(&s, k) + first, s.nx, f, by, bx, sum ? 1 : 1 / (double)(f * f), dst);
    call->host->set_number(call, call->host->output(call, "tilts"), "pixel_size",
                           pixel_A * (double)f, "angstrom");
    return series_end(&s, "yx");
}

static const loom_op series_bin = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.bin",
    .summary = "Blocks of pixels of a tilt series become one pixel each.",
    .method =
        "The sum of each block of counts, which stays a count with Poisson noise, or the mean. "
        "Blocks are laid so that the centre n/2 stays in the central pixel as nearly as "
        "possible; pixels at the edges that fill no block are left out.",
    .cites = "none",
    .limits = "With an even factor the centre moves by half a pixel of the original; align after "
              "binning, or undo it with align.shift.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.bin", "1.0", "BSD-3-Clause", &series_bin);
