/* denoise.gaussian - every image of a tilt series convolved with a Gaussian. */
#include <atomloom/op.h>
#include "kit/check.h"
#include "kit/gaussian.h"
#include "kit/noise.h"

typedef struct params {
    double sigma;
    int32_t border;
} params;
static const char *const borders[] = { "reflect", "nearest", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, sigma, .unit = "pixel", .def = 1, .min = 0, .max = LOOM_GAUSSIAN_MAX_SIGMA,
               .doc = "standard deviation of the Gaussian; 0 leaves the images as they are"),
    LOOM_PARAM(params, border, .choices = borders, .def = LOOM_BORDER_REFLECT,
               .flags = LOOM_ADVANCED,
               .doc = "what lies beyond the edge: the image mirrored, or its edge pixel repeated"),
    { 0 }
};
static const loom_port inputs[] = { { "tilts", "tilt_series", "noisy images", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "smoothed images, same angles and attributes except `counts`", 0 },
    { 0 }
};

/* The share of white noise's variance that the filter leaves: the sum of its squared weights. */
static double share_left(const loom_gaussian *g)
{
    double sum = (double)g->weight[0] * (double)g->weight[0];
    for (int64_t i = 1; i <= g->reach; i++) sum += 2 * (double)g->weight[i] * (double)g->weight[i];
    return sum * sum;
}

static bool pass_noise(loom_call *call, loom_value *tilts, int64_t nt, double left)
{
    double *share = call->host->scratch(call, sizeof *share * (size_t)(nt + 1));
    for (int64_t k = 0; share && k < nt; k++) share[k] = left;
    return share && loom_noise_pass(call, "tilts", tilts, nt, share);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    int64_t nt = images->dim[0], ny = images->dim[1], nx = images->dim[2];
    loom_gaussian g;
    loom_gaussian_make(p->sigma, &g);
    loom_value *tilts = h->output(call, "tilts");
    float *dst = h->add_array(call, tilts, "images", LOOM_F32, 3, images->dim, images->unit);
    float *half = h->scratch(call, sizeof *half * (size_t)(ny * nx));
    const loom_value *from = h->input(call, "tilts", 0);
    bool counts = h->number(from, "counts", &(double){ 0 });
    if (counts && p->sigma > 0)
        h->set_number(call, tilts, "counts", 0, NULL); /* smoothed images are no counts any more */
    if (!dst || !half) return LOOM_E_MEMORY;
    if (!pass_noise(call, tilts, nt, share_left(&g))) return LOOM_E_DATA;
    if (!loom_pass_rest(call, from, tilts)) return LOOM_E_MEMORY;
    for (int64_t it = 0; it < nt; it++) {
        const float *src = (const float *)images->data + it * ny * nx;
        loom_gaussian_images(&g, (loom_border)p->border, src, 1, ny, nx, half, dst + it * ny * nx,
                             h->threads(call));
        if (!h->progress(call, (double)(it + 1), (double)nt)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images) return LOOM_E_DATA;
    out->uses_threads = true;
    out->bytes =
        sizeof(float) * (uint64_t)(images->dim[1] * images->dim[2]) + 64 * (uint64_t)images->dim[0];
    return LOOM_OK;
}

static const loom_op denoise_gaussian = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "denoise.gaussian",
    .summary = "Every image of a tilt series convolved with a Gaussian.",
    .method =
        "Separable, cut at four standard deviations, weights normalised to sum 1. With `border: "
        "reflect` the sum of every image is "
        "kept (the mirrored filter matrix has unit "
        "column sums), so the amount of matter seen from each tilt stays the same; `nearest` gives "
        "pixels at the edge more weight. "
        "White noise falls by a factor "
        "2 sqrt(pi) sigma; a Gaussian atom image of width w becomes sqrt(w^2 + sigma^2) wide. "
        "`noise_factor` is multiplied by the sum of the squared weights.",
    .cites = "none",
    .limits = "Blurs signal and noise alike: choose sigma below the width of an atom's image. "
              "Where detail matters at low dose use a "
              "denoiser that adapts to the image.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.gaussian", "1.0", "BSD-3-Clause", &denoise_gaussian);
