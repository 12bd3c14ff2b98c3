/* denoise.median - every pixel the median of those around it, on stabilised counts. */
#include "by_risk.h"
#include "kit/citations.h"
#include <assert.h>
#include <string.h>

typedef struct params {
    int64_t radius;
} params;
enum { MAX_RADIUS = 10, TRIED_RADII = 4 };
static const loom_param param_table[] = {
    LOOM_PARAM(params, radius, .unit = "pixel", .max = MAX_RADIUS,
               .doc = "the square has 2 radius + 1 pixels along an edge; 0: the one of 1 to 4 of "
                      "least estimated error"),
    { 0 }
};
static const loom_port inputs[] = { DENOISE_INPUTS, { 0 } };
static const loom_port outputs[] = { DENOISE_OUTPUTS, { 0 } };

/* The middle one of an odd number of values, by Hoare's selection; puts them in another order. */
static float middle_of(float *v, int64_t n)
{
    assert(n % 2 == 1);
    int64_t low = 0, high = n - 1, want = n / 2;
    while (low < high) {
        float pivot = v[(low + high) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i > j) break;
            float t = v[i];
            v[i++] = v[j];
            v[j--] = t;
        }
        if (want <= j) high = j;
        else if (want >= i) low = i;
        else break;
    }
    return v[want];
}

static int64_t work_floats(const risk_filter *f, int64_t ny, int64_t nx)
{
    int64_t r = filter_largest_radius(f);
    return (ny + 2 * r) * (nx + 2 * r) + (2 * r + 1) * (2 * r + 1);
}

static void apply(const risk_filter *f, const filter_setting *setting, const float *src, int64_t ny,
                  int64_t nx, float *work, float *dst)
{
    (void)f;
    int64_t r = setting->radius, edge = 2 * r + 1, stride = nx + 2 * r;
    float *around = work + (ny + 2 * r) * stride;
    filter_pad(src, ny, nx, r, work);
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            for (int64_t i = 0; i < edge; i++)
                memcpy(around + i * edge, work + (y + i) * stride + x,
                       (size_t)edge * sizeof *around);
            dst[y * nx + x] = middle_of(around, edge * edge);
        }
}

static risk_filter filter_of(const params *p)
{
    risk_filter f = { .work = work_floats, .apply = apply };
    if (p->radius > 0) filter_add(&f, 1, p->radius);
    for (int64_t r = 1; p->radius == 0 && r <= TRIED_RADII; r++) filter_add(&f, 1, r);
    return f;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    risk_filter f = filter_of(param_struct);
    return filter_series(call, &f);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    risk_filter f = filter_of(param_struct);
    return filter_estimate(call, &f, out);
}

static const loom_citation citations[] = { CITE_MAKITALO_2013, CITE_EFRON_2004, { 0 } };

static const loom_op denoise_median = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.median",
    .summary = "Every pixel becomes the median of the square around it, on counts whose noise was "
               "made uniform.",
    .method =
        "The generalised Anscombe transform gives all pixels noise of a standard deviation of 1 "
        "and makes its distribution symmetric, so that median and mean agree; the exact unbiased "
        "inverse leads back. Images are mirrored at their edges.\n\n"
        "**Automatic.** On up to four tilts the radii 1 to 4 are tried, and the one of least "
        "squared error of the stabilised images is used, estimated without a truth: what the "
        "filter takes away, and twice what it lets pass of the noise, measured on images drawn "
        "anew from its own result (Efron's covariance penalty). At few counts it chooses somewhat "
        "too smooth. A warning says where the filter is estimated to make the images worse.\n\n"
        "The total of every image above its offset is kept. `noise_factor` is estimated: one less "
        "the mean squared residual over the variance.",
    .citations = citations,
    .limits = "Corners and atoms narrower than the square are lost: for images of atoms "
              "`denoise.wiener` and `denoise.bm3d` are better. Where most pixels hold no electron "
              "the median is 0 and what is seen is lost. Single wrong pixels go, but their counts "
              "stay in the total: remove them with `series.clip`.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.median", "1.0", "BSD-3-Clause", &denoise_median);
