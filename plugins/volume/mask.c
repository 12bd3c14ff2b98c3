/* volume.mask - voxels outside a mask set to one value. */
#include "volume/grid.h"
#include <assert.h>

typedef struct params {
    double value;
    bool invert;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, value, .unit = "same as the volume", .min = -1e30, .max = 1e30,
               .doc = "density of the voxels outside"),
    LOOM_PARAM(params, invert, .doc = "keep what is outside instead"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 },
                                    { "mask", "mask", "what to keep; on the same grid", 0 },
                                    { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "the volume where the mask is 1, `value` elsewhere", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    grid g;
    const loom_array *mask = loom_need(call, "mask", "mask");
    if (!mask || !grid_open(call, &g)) return LOOM_E_DATA;
    if (!loom_need_same_grid(call, "mask", mask, "the volume", g.density->dim)) return LOOM_E_DATA;
    float *dst = grid_make(call, g.n, g.voxel, g.origin);
    if (!dst) return LOOM_E_MEMORY;
    assert(loom_array_count(mask) == g.n[0] * g.n[1] * g.n[2]);
    const float *src = g.density->data;
    const uint8_t *inside = mask->data;
    for (int64_t i = 0; i < loom_array_count(mask); i++)
        dst[i] = (inside[i] != 0) != p->invert ? src[i] : (float)p->value;
    return LOOM_OK;
}

static const loom_op volume_mask = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.mask",
    .summary = "A volume with everything outside a mask set to one value.",
    .method = "Voxel by voxel. `volume.threshold` makes a mask from a volume, `volume.gaussian` "
              "before it makes a smooth one.",
    .cites = "none",
    .limits = "A sharp edge; there is no transition.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("volume.mask", "1.0", "BSD-3-Clause", &volume_mask);
