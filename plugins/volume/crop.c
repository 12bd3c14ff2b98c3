/* volume.crop - a box cut out of a volume. */
#include "volume/grid.h"

typedef struct params {
    loom_ints size, centre;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "voxel", .min = 1, .max = 1000000,
               .flags = LOOM_REQUIRED | LOOM_LENGTH(1) | LOOM_LENGTH(3),
               .doc = "of the box: one number, or x, y, z"),
    LOOM_PARAM(
        params, centre, .unit = "voxel", .min = 0, .max = 1000000,
        .flags = LOOM_LENGTH(0) | LOOM_LENGTH(1) | LOOM_LENGTH(3),
        .doc = "voxel that becomes the box's centre n/2: x, y, z; empty: the centre of the volume"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "the box; its voxels keep their positions in angstrom", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    grid g;
    if (!grid_open(call, &g)) return LOOM_E_DATA;
    int64_t size[3], centre[3], first[3], middle[3];
    for (int i = 0; i < 3; i++) middle[i] = loom_centre(g.n[i]);
    if (!grid_triple(call, "size", p->size, g.n, size)
        || !grid_triple(call, "centre", p->centre, middle, centre))
        return LOOM_E_PARAM;
    for (int i = 0; i < 3; i++) {
        first[i] = centre[i] - loom_centre(size[i]);
        if (first[i] < 0 || first[i] + size[i] > g.n[i])
            return call->host->fail(call, LOOM_E_PARAM, "size",
                                    "the box would be voxels %lld to %lld along %c, but the volume "
                                    "has 0 to %lld; choose a smaller `size` or another "
                                    "`centre`, or use `volume.pad`",
                                    (long long)first[i], (long long)(first[i] + size[i] - 1),
                                    "xyz"[i], (long long)(g.n[i] - 1));
    }
    double origin[3];
    grid_origin(&g, first, size, origin);
    float *dst = grid_make(call, size, g.voxel, origin);
    if (!dst) return LOOM_E_MEMORY;
    grid_copy(g.density->data, g.n, first, dst, size);
    return LOOM_OK;
}

static const loom_op volume_crop = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.crop",
    .summary = "A box cut out of a volume.",
    .method = "Copies the voxels. The `origin` of the result says where its centre lies, so that "
              "positions found in it are those of the "
              "whole.",
    .cites = "none",
    .limits = "The box lies along the axes and inside the volume.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("volume.crop", "1.0", "BSD-3-Clause", &volume_crop);
