/* series.crop - a part of every image. */
#include "series/series.h"
#include <assert.h>

typedef struct params {
    loom_ints size, centre;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "pixel", .min = 1, .max = 1000000,
               .flags = LOOM_REQUIRED | LOOM_LENGTH(1) | LOOM_LENGTH(2),
               .doc = "of the part: one number, or x, y"),
    LOOM_PARAM(params, centre, .unit = "pixel", .min = 0, .max = 1000000,
               .flags = LOOM_LENGTH(0) | LOOM_LENGTH(2),
               .doc = "pixel that becomes the part's centre n/2: x, y; empty: the images' centre"),
    { 0 }
};
SERIES_PORTS("any images", "the part of each; angles stay");

/* Along x and y; false after failing. */
static bool find_part(const series *s, const params *p, int64_t size[2], int64_t first[2])
{
    const loom_host *h = s->call->host;
    const int64_t n[2] = { s->nx, s->ny };
    if (p->size.n > 2 || p->size.n < 1 || (p->centre.n && p->centre.n != 2)) {
        h->fail(s->call, LOOM_E_PARAM, p->centre.n && p->centre.n != 2 ? "centre" : "size",
                "expected x, y, found %lld numbers",
                (long long)(p->centre.n && p->centre.n != 2 ? p->centre.n : p->size.n));
        return false;
    }
    for (int k = 0; k < 2; k++) {
        size[k] = p->size.v[p->size.n == 2 ? k : 0];
        first[k] = (p->centre.n ? p->centre.v[k] : n[k] / 2) - size[k] / 2;
        if (first[k] >= 0 && first[k] + size[k] <= n[k]) continue;
        h->fail(s->call, LOOM_E_PARAM, "size",
                "the part would be pixels %lld to %lld along %c, but the images have 0 to %lld; "
                "choose a smaller `size` or another `centre`",
                (long long)first[k], (long long)(first[k] + size[k] - 1), "xy"[k],
                (long long)(n[k] - 1));
        return false;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    series s;
    int64_t size[2], first[2];
    if (!series_take(call, &s)) return LOOM_E_DATA;
    if (!find_part(&s, param_struct, size, first)) return LOOM_E_PARAM;
    assert(first[0] >= 0 && first[0] + size[0] <= s.nx);
    assert(first[1] >= 0 && first[1] + size[1] <= s.ny);
    float *dst = series_make(&s, size[1], size[0]);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < s.nt; k++)
        for (int64_t y = 0; y < size[1]; y++, dst += size[0])
            memcpy(dst, series_image(&s, k) + (first[1] + y) * s.nx + first[0],
                   (size_t)size[0] * sizeof *dst);
    return series_end(&s, "yx");
}

static const loom_op series_crop = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.crop",
    .summary = "A part of every image of a tilt series.",
    .method = "Copies the pixels. The rotation axis must pass through the new centre n/2: choose "
              "`centre` so, or align afterwards.",
    .cites = "none",
    .limits = "The part lies inside the images and is the same in all of them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.crop", "1.0", "BSD-3-Clause", &series_crop);
