/* volume.gaussian - a volume smoothed. */
#include "volume/grid.h"
#include "kit/gaussian.h"

typedef struct params {
    double sigma;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, sigma, .unit = "voxel", .def = 1, .min = 0, .max = LOOM_GAUSSIAN_MAX_SIGMA,
               .doc = "standard deviation of the Gaussian along every axis"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "the smoothed density, on the same grid", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    grid g;
    if (!grid_open(call, &g)) return LOOM_E_DATA;
    int64_t n = g.n[0] * g.n[1] * g.n[2];
    float *dst = grid_make(call, g.n, g.voxel, g.origin),
          *work = call->host->scratch(call, (size_t)n * sizeof(float));
    if (!dst || !work) return LOOM_E_MEMORY;
    loom_gaussian kernel;
    loom_gaussian_make(p->sigma, &kernel);
    loom_gaussian_volume(&kernel, g.density->data, g.n, work, dst, call->host->threads(call));
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    if (!density) return LOOM_E_DATA;
    out->bytes = (uint64_t)loom_array_count(density) * sizeof(float) + (1u << 16);
    out->uses_threads = true;
    return LOOM_OK;
}

static const loom_op volume_gaussian = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.gaussian",
    .summary = "A volume smoothed by a Gaussian.",
    .method = "Separable convolution with a Gaussian cut at four standard deviations and "
              "normalised; the volume is mirrored at its "
              "faces, so that the sum of all voxels is kept.",
    .cites = "none",
    .limits = "The same width along all axes.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("volume.gaussian", "1.0", "BSD-3-Clause", &volume_gaussian);
