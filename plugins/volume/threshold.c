/* volume.threshold - the mask of voxels on one side of a level. */
#include <atomloom/op.h>
#include "kit/check.h"

typedef struct params {
    double level;
    int32_t keep;
} params;
static const char *const keeps[] = { "above", "below", NULL };
enum { KEEP_ABOVE, KEEP_BELOW };
static const loom_param param_table[] = {
    LOOM_PARAM(params, level, .unit = "same as the volume", .def = 0.5,
               .doc = "voxels equal to the level count as above"),
    LOOM_PARAM(params, keep, .choices = keeps, .def = KEEP_ABOVE, .doc = "which side becomes 1"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = { { "mask", "mask", "1 where kept; same grid", 0 }, { 0 } };

/* dst[i] = 1 where src[i] is on the kept side; dst does not overlap src. */
static void threshold(int64_t n, const float *src, float level, uint8_t above,
                      uint8_t *restrict dst)
{
    for (int64_t i = 0; i < n; i++) dst[i] = src[i] >= level ? above : (uint8_t)!above;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    loom_value *mask = h->output(call, "mask");
    if (!density || !loom_need_finite(call, "volume", density)) return LOOM_E_DATA;
    uint8_t *dst = h->add_array(call, mask, "mask", LOOM_U8, density->rank, density->dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    if (!loom_pass_rest(call, h->input(call, "volume", 0), mask)) return LOOM_E_MEMORY;
    threshold(loom_array_count(density), density->data, (float)p->level, p->keep == KEEP_ABOVE,
              dst);
    return LOOM_OK;
}

static const loom_op volume_threshold = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.threshold",
    .summary = "Mask of the voxels on one side of a level.",
    .method = "Comparison voxel by voxel in single precision.",
    .cites = "none",
    .limits = "One level for the whole volume; an uneven background needs a mask made otherwise.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("volume.threshold", "1.0", "BSD-3-Clause", &volume_threshold);
