/* series.clip - single pixels that stand out, replaced. */
#include "series/series.h"
#include <stdlib.h>
#include "kit/assert_hot.h"
#include <assert.h>

typedef struct params {
    double limit;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, limit, .def = 8, .min = 2, .max = 1000,
               .doc = "standard deviations of the noise that a pixel may differ from the median of "
                      "its neighbours"),
    { 0 }
};
SERIES_PORTS("any images", "the images without hot and dead pixels; angles stay");

enum { MAX_NEIGHBOURS = 8 };

/* The median of the pixels around (y, x), fewer at the edges. */
static float median_around(const float *image, int64_t ny, int64_t nx, int64_t y, int64_t x)
{
    LOOM_ASSERT_HOT(y >= 0 && y < ny && x >= 0 && x < nx);
    float v[MAX_NEIGHBOURS];
    int n = 0;
    for (int64_t j = y - 1; j <= y + 1; j++)
        for (int64_t i = x - 1; i <= x + 1; i++) {
            if (j < 0 || j >= ny || i < 0 || i >= nx || (j == y && i == x)) continue;
            float w = image[j * nx + i];
            int at = n++;
            for (; at > 0 && v[at - 1] > w; at--) v[at] = v[at - 1];
            v[at] = w;
        }
    if (!n) return image[y * nx + x];
    return n & 1 ? v[n / 2] : 0.5f * (v[n / 2 - 1] + v[n / 2]);
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Standard deviation of the differences, from their median size (0.6745 of it, of a normal
 * distribution); that of Poisson counts grows with their mean. */
static double deviation(const float *difference, int64_t n, float *room)
{
    assert(n > 0 && room != difference);
    for (int64_t i = 0; i < n; i++) room[i] = fabsf(difference[i]);
    qsort(room, (size_t)n, sizeof *room, ascending);
    return (double)room[n / 2] / 0.6745;
}

typedef struct work {
    const series *s;
    const loom_noise *noise; /* NULL: not known */
    double limit;
    float *median, *difference, *room;
} work;

static int64_t clip_image(const work *w, int64_t k, float *restrict dst)
{
    assert(k >= 0 && k < w->s->nt && w->limit >= 0);
    const series *s = w->s;
    const float *image = series_image(s, k);
    int64_t n = s->ny * s->nx, replaced = 0;
    for (int64_t i = 0; i < n; i++) {
        w->median[i] = median_around(image, s->ny, s->nx, i / s->nx, i % s->nx);
        w->difference[i] = image[i] - w->median[i];
    }
    double common = deviation(w->difference, n, w->room);
    for (int64_t i = 0; i < n; i++) {
        double own = w->noise ? loom_noise_variance(w->noise + k, (double)w->median[i]) : 0;
        double allowed = w->limit * fmax(common, sqrt(own * (1 + 1.57 / MAX_NEIGHBOURS)));
        bool out = fabs((double)w->difference[i]) > allowed;
        dst[i] = out ? w->median[i] : image[i];
        replaced += out;
    }
    return replaced;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    int64_t n = s.ny * s.nx, replaced = 0;
    loom_noise *noise = h->scratch(call, (size_t)s.nt * sizeof *noise);
    float *room = h->scratch(call, (size_t)(3 * n) * sizeof *room);
    float *dst = noise && room ? series_make(&s, s.ny, s.nx) : NULL;
    int known = dst ? loom_noise_read(call, "tilts", s.nt, noise) : -1;
    if (known < 0) return LOOM_E_DATA;
    work w = { &s, known ? noise : NULL, p->limit, room, room + n, room + 2 * n };
    for (int64_t k = 0; k < s.nt; k++) {
        if (!h->progress(call, (double)k, (double)s.nt)) return LOOM_E_CANCELLED;
        replaced += clip_image(&w, k, dst + k * n);
    }
    h->note(call, "%lld of %lld pixels replaced", (long long)replaced, (long long)(n * s.nt));
    if (replaced * 100 > n * s.nt)
        h->warn(call, "limit",
                "%.1f %% of all pixels stood out and were replaced, more than detectors have bad "
                "ones; is 'limit' too low?",
                100.0 * (double)replaced / (double)(n * s.nt));
    return series_end(&s, "");
}

static const loom_op series_clip = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.clip",
    .summary = "Hot and dead pixels of a tilt series replaced.",
    .method =
        "A pixel that differs from the median of its eight neighbours by more than `limit` "
        "standard "
        "deviations becomes that median. The deviation is the larger of the image's own (from the "
        "median size of all such differences) and of what the series says of its noise at that "
        "level. The log says how many pixels were replaced, and a warning where they are many.",
    .cites = "none",
    .limits = "Single pixels and pairs; larger defects stay. Atoms narrower than a pixel would be "
              "taken for defects.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.clip", "1.0", "BSD-3-Clause", &series_clip);
