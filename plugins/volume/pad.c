/* volume.pad - a volume inside a larger one. */
#include "volume/grid.h"

typedef struct params {
    loom_ints size;
    double value;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "voxel", .min = 1, .max = 1000000,
               .flags = LOOM_REQUIRED | LOOM_LENGTH(1) | LOOM_LENGTH(3),
               .doc = "of the result: one number, or x, y, z"),
    LOOM_PARAM(params, value, .unit = "same as the volume", .min = -1e30, .max = 1e30,
               .doc = "density of the new voxels"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "the larger volume; centre on centre", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    grid g;
    if (!grid_open(call, &g)) return LOOM_E_DATA;
    int64_t size[3], first[3];
    if (!grid_triple(call, "size", p->size, g.n, size)) return LOOM_E_PARAM;
    for (int i = 0; i < 3; i++) {
        if (size[i] < g.n[i])
            return call->host->fail(call, LOOM_E_PARAM, "size",
                                    "the volume has %lld voxels along %c, more than the %lld asked "
                                    "for; `volume.crop` makes it smaller",
                                    (long long)g.n[i], "xyz"[i], (long long)size[i]);
        first[i] = loom_centre(g.n[i]) - loom_centre(size[i]);
    }
    double origin[3];
    grid_origin(&g, first, size, origin);
    float *dst = grid_make(call, size, g.voxel, origin);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < size[0] * size[1] * size[2]; i++) dst[i] = (float)p->value;
    grid_copy(g.density->data, g.n, first, dst, size);
    return LOOM_OK;
}

static const loom_op volume_pad = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.pad",
    .summary = "A volume inside a larger one.",
    .method = "The centre voxel n/2 of the volume becomes that of the result; what is new gets one "
              "value.",
    .cites = "none",
    .limits = "One value for all new voxels.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("volume.pad", "1.0", "BSD-3-Clause", &volume_pad);
