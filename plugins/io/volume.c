/* io.volume - an array with a voxel size becomes a volume. */
#include <atomloom/op.h>
#include "io/convert.h"
#include "kit/check.h"

typedef struct params {
    double voxel_size;
    loom_reals origin;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, voxel_size, .unit = "angstrom", .min = 0, .max = 1e6,
               .doc = "edge of a voxel; 0: as the file says that the array was read from (MRC)"),
    LOOM_PARAM(params, origin, .unit = "angstrom", .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3),
               .doc = "x, y, z of the rotation centre sample n/2; empty: 0, 0, 0"),
    { 0 }
};
static const loom_port inputs[] = {
    { "array", "array", "density [z][y][x]; read it with `axes` where it is stored otherwise", 0 },
    { 0 }
};
static const loom_port outputs[] = { { "volume", "volume", "the density in single precision", 0 },
                                     { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *src = loom_need(call, "array", "data");
    if (!src) return LOOM_E_DATA;
    if (src->rank != 3 || !loom_array_count(src))
        return h->fail(call, LOOM_E_DATA, "array",
                       "a volume is [z][y][x], found %d axes and %lld numbers", (int)src->rank,
                       (long long)loom_array_count(src));
    if (p->origin.n != 0 && p->origin.n != 3)
        return h->fail(call, LOOM_E_PARAM, "origin",
                       "'origin' must be three numbers x, y, z, found %lld",
                       (long long)p->origin.n);
    double voxel_A =
        io_size(call, "voxel_size", p->voxel_size, io_length(call, "array", "voxel_size"));
    if (!(voxel_A > 0)) return LOOM_E_PARAM;
    if (!loom_need_finite(call, "array", src)) return LOOM_E_DATA;
    loom_value *volume = h->output(call, "volume");
    float *dst = h->add_array(call, volume, "density", LOOM_F32, 3, src->dim, src->unit);
    if (!dst) return LOOM_E_MEMORY;
    if (!io_single(call, "array", src, 0, dst)) return LOOM_E_DATA;
    h->set_number(call, volume, "voxel_size", voxel_A, "angstrom");
    if (p->origin.n) {
        double *origin =
            h->add_array(call, volume, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom");
        if (!origin) return LOOM_E_MEMORY;
        memcpy(origin, p->origin.v, 3 * sizeof *origin);
    }
    return LOOM_OK;
}

static const loom_op io_volume = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.volume",
    .summary = "An array with a voxel size becomes a volume.",
    .method = "Checks the shape, converts to single precision and notes voxel size and origin. "
              "Warns where `voxel_size` and the file differ by more than 1 %.",
    .cites = "none",
    .limits = "Cubic voxels only; resample others first.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.volume", "1.0", "BSD-3-Clause", &io_volume);
