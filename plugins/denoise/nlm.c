/* denoise.nlm - every pixel the mean of those whose surroundings look the same, on stabilised
 * counts. */
#include "by_risk.h"
#include "kit/citations.h"
#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct params {
    int64_t patch;
    double strength;
    int64_t reach;
} params;
enum { MAX_PATCH = 7, TRIED_PATCHES = 3, TRIED_STRENGTHS = 5 };
static const loom_param param_table[] = {
    LOOM_PARAM(params, patch, .unit = "pixel", .max = MAX_PATCH,
               .doc = "surroundings have 2 patch + 1 pixels along an edge; 0: the one of 1 to 3 of "
                      "least estimated error"),
    LOOM_PARAM(params, strength, .max = 100,
               .doc = "root mean square difference of surroundings beyond their noise, in its "
                      "standard deviations, at which a weight is 1/e; 0: the one of 0.35 to 1.4 of "
                      "least estimated error"),
    LOOM_PARAM(params, reach, .unit = "pixel", .def = 10, .min = 1, .max = 50,
               .flags = LOOM_ADVANCED,
               .doc = "pixels are compared with those at most so far away along both axes"),
    { 0 }
};
static const loom_port inputs[] = { DENOISE_INPUTS, { 0 } };
static const loom_port outputs[] = { DENOISE_OUTPUTS, { 0 } };

/* An image padded by reach + radius, sums over the pixels it was compared with, and rows of one
 * comparison. */
typedef struct search {
    int64_t ny, nx, reach, radius, stride;
    float fall; /* 1 / (8 strength^2) */
    float *image;
    float *sum, *weights, *most; /* [ny][nx] weighted values, weights, the largest weight */
    float *squares;              /* [2 radius + 1][nx + 2 radius] squared differences of rows */
    float *column, *box;         /* [nx + 2 radius] their sums; [nx] those over a patch */
} search;

static int64_t work_floats(const risk_filter *f, int64_t ny, int64_t nx)
{
    int64_t r = filter_largest_radius(f), pad = f->reach + r;
    return (ny + 2 * pad) * (nx + 2 * pad) + 3 * ny * nx + (2 * r + 3) * (nx + 2 * r);
}

static search start(const risk_filter *f, const filter_setting *setting, int64_t ny, int64_t nx,
                    float *work)
{
    int64_t r = setting->radius, pad = f->reach + r, n = ny * nx;
    search s = { .ny = ny,
                 .nx = nx,
                 .reach = f->reach,
                 .radius = r,
                 .stride = nx + 2 * pad,
                 .fall = (float)(1 / (8 * setting->strength * setting->strength)),
                 .image = work };
    s.sum = work + (ny + 2 * pad) * s.stride;
    s.weights = s.sum + n;
    s.most = s.weights + n;
    s.squares = s.most + n;
    s.column = s.squares + (2 * r + 1) * (nx + 2 * r);
    s.box = s.column + nx + 2 * r;
    memset(s.sum, 0, (size_t)(3 * n) * sizeof *s.sum);
    return s;
}

/* Squared differences of row y (from -radius) and of what lies (dy, dx) away. */
static void compare_row(const search *s, int64_t y, int64_t dy, int64_t dx)
{
    int64_t rows = 2 * s->radius + 1, width = s->nx + 2 * s->radius;
    const float *a = s->image + (y + s->reach + s->radius) * s->stride + s->reach,
                *b = a + dy * s->stride + dx;
    float *restrict to = s->squares + (y + rows) % rows * width;
    for (int64_t x = 0; x < width; x++) to[x] = (a[x] - b[x]) * (a[x] - b[x]);
}

/* Sums of squares over the patches around a row of pixels, from the rows compared last. */
static void sum_patches(const search *s)
{
    int64_t rows = 2 * s->radius + 1, width = s->nx + 2 * s->radius;
    float *restrict column = s->column, *restrict box = s->box;
    memset(column, 0, (size_t)width * sizeof *column);
    memset(box, 0, (size_t)s->nx * sizeof *box);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t x = 0; x < width; x++) column[x] += s->squares[i * width + x];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t x = 0; x < s->nx; x++) box[x] += column[x + i];
}

/* Two noisy copies of one patch differ by 2 in the mean of squares; what goes beyond it counts. */
static void add_row(const search *s, int64_t y, int64_t dy, int64_t dx)
{
    int64_t rows = 2 * s->radius + 1, pad = s->reach + s->radius;
    const float *value = s->image + (y + dy + pad) * s->stride + dx + pad, *box = s->box;
    const float each = s->fall / (float)(rows * rows), noise = 2 * s->fall;
    float *restrict sum = s->sum + y * s->nx, *restrict weights = s->weights + y * s->nx,
                    *restrict most = s->most + y * s->nx;
    for (int64_t x = 0; x < s->nx; x++) {
        float beyond = box[x] * each - noise, w = 1 - (beyond > 0 ? beyond : 0);
        w = w > 0 ? w : 0;
        w *= w;
        w *= w;
        w *= w;
        sum[x] += w * value[x];
        weights[x] += w;
        most[x] = w > most[x] ? w : most[x];
    }
}

static void compare(const search *s, int64_t dy, int64_t dx)
{
    for (int64_t y = -s->radius; y < s->radius; y++) compare_row(s, y, dy, dx);
    for (int64_t y = 0; y < s->ny; y++) {
        compare_row(s, y + s->radius, dy, dx);
        sum_patches(s);
        add_row(s, y, dy, dx);
    }
}

/* A pixel joins its own mean with the largest weight of the others, and alone where all are 0. */
static void apply(const risk_filter *f, const filter_setting *setting, const float *src, int64_t ny,
                  int64_t nx, float *work, float *dst)
{
    assert(setting->radius > 0 && setting->strength > 0);
    search s = start(f, setting, ny, nx, work);
    filter_pad(src, ny, nx, s.reach + s.radius, s.image);
    for (int64_t dy = -s.reach; dy <= s.reach; dy++)
        for (int64_t dx = -s.reach; dx <= s.reach; dx++)
            if (dy || dx) compare(&s, dy, dx);
    for (int64_t i = 0; i < ny * nx; i++) {
        float own = s.most[i] > 0 ? s.most[i] : 1;
        dst[i] = (s.sum[i] + own * src[i]) / (s.weights[i] + own);
    }
}

static risk_filter filter_of(const params *p)
{
    risk_filter f = { .reach = p->reach, .work = work_floats, .apply = apply };
    for (int64_t r = 1; r <= TRIED_PATCHES; r++)
        for (int i = 0; i < TRIED_STRENGTHS; i++)
            filter_add(&f, p->strength > 0 ? p->strength : 0.35 * pow(2, 0.5 * i),
                       p->patch > 0 ? p->patch : r);
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

static const loom_citation citations[] = {
    CITE_BUADES_2005, CITE_MAKITALO_2013, CITE_EFRON_2004, { 0 }
};

static const loom_op denoise_nlm = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.nlm",
    .summary = "Every pixel becomes the mean of those whose surroundings look the same, on counts "
               "whose noise was made uniform.",
    .method =
        "The generalised Anscombe transform gives all pixels noise of a standard deviation of 1; "
        "its exact unbiased inverse leads back. Between them every pixel becomes a weighted mean "
        "of the pixels within `reach` (non-local means, Buades, Coll and Morel). With d^2 the mean "
        "squared difference of the squares of 2 patch + 1 pixels around two pixels, 2 of which is "
        "noise, the weight is (1 - u/8)^8, u = max(0, d^2 - 2) / strength^2: exp(-u), ended at u = "
        "8. The pixel itself has the largest weight of the others. Images are mirrored at their "
        "edges.\n\n"
        "**Automatic.** On up to four tilts patches of 1 to 3 with strengths from 0.35 to 1.4 are "
        "tried, and the pair of least squared error of the stabilised images is used, estimated "
        "without a truth: what the filter takes away, and twice what it lets pass of the noise, "
        "measured on images drawn anew from its own result (Efron's covariance penalty). At few "
        "counts it chooses somewhat too smooth. A warning says where the filter is estimated to "
        "make the images worse.\n\n"
        "The total of every image above its offset is kept. `noise_factor` is estimated: one less "
        "the mean squared residual over the variance.",
    .citations = citations,
    .limits = "Finds repetitions that are not turned against each other and lie on whole pixels; "
              "`denoise.bm3d` makes more of the same similarity. Patches of a few electrons look "
              "alike whatever they show, and the error that the log estimates is then far too low: "
              "at 600 e/angstrom^2 a tilt 0.009 of the noise's variance where 0.11 was left.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.nlm", "1.0", "BSD-3-Clause", &denoise_nlm);
