/* denoise.tv - the image of least total variation that is as near the counts as their noise asks.
 */
#include "by_risk.h"
#include "kit/citations.h"
#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct params {
    double strength;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, strength, .max = 1000,
               .doc = "weight of the total variation, in standard deviations of the noise; 0: the "
                      "one of 0.125 to 8 of least estimated error"),
    { 0 }
};
static const loom_port inputs[] = { DENOISE_INPUTS, { 0 } };
static const loom_port outputs[] = { DENOISE_OUTPUTS, { 0 } };

enum { TRIED_STRENGTHS = 13, CHECKED_EVERY = 10, MAX_ITERATIONS = 2000 };
/* Mean squared distance to the minimum at which to stop: 2 % of the noise's standard deviation. */
#define NEAR (0.02 * 0.02)

/* The dual problem on a grid with one row and column more than the image, so that differences at
 * its edges are zero without a branch. Fields have a leading row and column of zeros, the image a
 * trailing copy of its last ones. */
typedef struct dual {
    int64_t ny, nx, stride;
    float weight;
    const float *src;
    float *image;                       /* src - weight L(field) */
    float *field_x, *field_y, *px, *py; /* ahead of p by its momentum; p */
} dual;

static int64_t work_floats(const risk_filter *f, int64_t ny, int64_t nx)
{
    (void)f;
    return 5 * (ny + 1) * (nx + 1);
}

static dual start(const float *src, int64_t ny, int64_t nx, double weight, float *work)
{
    int64_t plane = (ny + 1) * (nx + 1);
    memset(work, 0, (size_t)(5 * plane) * sizeof *work);
    return (dual){ .ny = ny,
                   .nx = nx,
                   .stride = nx + 1,
                   .weight = (float)weight,
                   .src = src,
                   .image = work,
                   .field_x = work + plane,
                   .field_y = work + 2 * plane,
                   .px = work + 3 * plane,
                   .py = work + 4 * plane };
}

static void make_image(const dual *d, const float *field_x, const float *field_y)
{
    for (int64_t y = 0; y < d->ny; y++) {
        const float *g = d->src + y * d->nx, *fx = field_x + (y + 1) * d->stride + 1,
                    *fy = field_y + (y + 1) * d->stride + 1, *above = fy - d->stride;
        float *restrict u = d->image + y * d->stride;
        for (int64_t x = 0; x < d->nx; x++)
            u[x] = g[x] - d->weight * (fx[x] - fx[x - 1] + fy[x] - above[x]);
        u[d->nx] = u[d->nx - 1];
    }
    float *last = d->image + d->ny * d->stride;
    memcpy(last, last - d->stride, (size_t)d->stride * sizeof *last);
}

/* One step of projected gradient from the field, and the momentum of the next. */
static void climb(const dual *d, float momentum)
{
    const float step = 1 / (8 * d->weight);
    for (int64_t y = 0; y < d->ny; y++) {
        int64_t at = (y + 1) * d->stride + 1;
        const float *u = d->image + y * d->stride, *below = u + d->stride;
        float *restrict fx = d->field_x + at, *restrict fy = d->field_y + at,
                        *restrict px = d->px + at, *restrict py = d->py + at;
        for (int64_t x = 0; x < d->nx; x++) {
            float qx = fx[x] + step * (u[x] - u[x + 1]), qy = fy[x] + step * (u[x] - below[x]),
                  size = sqrtf(qx * qx + qy * qy), scale = size > 1 ? 1 / size : 1;
            fx[x] = scale * qx + momentum * (scale * qx - px[x]);
            fy[x] = scale * qy + momentum * (scale * qy - py[x]);
            px[x] = scale * qx;
            py[x] = scale * qy;
        }
    }
}

/* Value of the image made from p less that of the dual: at least half the squared distance to the
 * minimum. */
static double gap(const dual *d)
{
    double sum = 0;
    for (int64_t y = 0; y < d->ny; y++) {
        int64_t at = (y + 1) * d->stride + 1;
        const float *u = d->image + y * d->stride, *below = u + d->stride;
        for (int64_t x = 0; x < d->nx; x++) {
            float dx = u[x] - u[x + 1], dy = u[x] - below[x];
            sum += (double)(sqrtf(dx * dx + dy * dy) - d->px[at + x] * dx - d->py[at + x] * dy);
        }
    }
    return sum * (double)d->weight;
}

static void apply(const risk_filter *f, const filter_setting *setting, const float *src, int64_t ny,
                  int64_t nx, float *work, float *dst)
{
    (void)f;
    assert(setting->strength > 0);
    dual d = start(src, ny, nx, setting->strength, work);
    double t = 1, enough = 0.5 * NEAR * (double)(ny * nx);
    for (int i = 1; i <= MAX_ITERATIONS; i++) {
        double next = (1 + sqrt(1 + 4 * t * t)) / 2;
        make_image(&d, d.field_x, d.field_y);
        climb(&d, (float)((t - 1) / next));
        t = next;
        if (i % CHECKED_EVERY) continue;
        make_image(&d, d.px, d.py);
        if (gap(&d) <= enough) break;
    }
    for (int64_t y = 0; y < ny; y++)
        memcpy(dst + y * nx, d.image + y * d.stride, (size_t)nx * sizeof *dst);
}

static risk_filter filter_of(const params *p)
{
    risk_filter f = { .work = work_floats, .apply = apply };
    if (p->strength > 0) filter_add(&f, p->strength, 0);
    for (int i = 0; !(p->strength > 0) && i < TRIED_STRENGTHS; i++)
        filter_add(&f, 0.125 * pow(2, 0.5 * i), 0);
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
    CITE_RUDIN_1992, CITE_BECK_2009, CITE_MAKITALO_2013, CITE_EFRON_2004, { 0 }
};

static const loom_op denoise_tv = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.tv",
    .summary = "The image of least total variation near the counts, whose noise was made uniform.",
    .method =
        "The generalised Anscombe transform gives all pixels noise of a standard deviation of 1; "
        "its exact unbiased inverse leads back. Between them u minimises 1/2 sum (u - g)^2 + "
        "strength sum |grad u| (Rudin, Osher and Fatemi; isotropic, forward differences, zero "
        "across the edges), by accelerated projected gradients of the dual (Beck and Teboulle), "
        "until the gap between the two shows a root mean square distance to the minimum below 2 % "
        "of the noise.\n\n"
        "**Automatic.** On up to four tilts 13 strengths from 0.125 to 8 are tried, and the one of "
        "least squared error of the stabilised images is used, estimated without a truth: what the "
        "filter takes away, and twice what it lets pass of the noise, measured on images drawn "
        "anew from its own result (Efron's covariance penalty). At few counts it chooses somewhat "
        "too smooth. A warning says where the filter is estimated to make the images worse.\n\n"
        "The total of every image above its offset is kept. `noise_factor` is estimated: one less "
        "the mean squared residual over the variance.",
    .citations = citations,
    .limits = "Prefers flat areas with sharp edges: peaks of atoms become lower and flat on top, "
              "which changes intensities by their height. For images of atoms `denoise.wiener` and "
              "`denoise.bm3d` are better.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.tv", "1.0", "BSD-3-Clause", &denoise_tv);
