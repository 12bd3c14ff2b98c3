/* io.read_mrc - a volume or an image stack of an MRC file. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "io/mrc.h"
#include <math.h>

typedef struct params { loom_path file; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "MRC or CCP4 file (.mrc, .map, .st, .rec)"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "the numbers as [section][row][column]; attribute voxel_size where the header "
                                                         "gives one size for all axes", 0 }, { 0 } };

static uint16_t u16(const unsigned char *b, bool big) { return (uint16_t)(big ? b[0] << 8 | b[1] : b[1] << 8 | b[0]); }

static void convert(int mode, bool big, const unsigned char *src, int64_t n, void *restrict dst)
{
    for (int64_t i = 0; i < n; i++) {
        switch (mode) {
        case MRC_INT8: ((int32_t *)dst)[i] = (int8_t)src[i]; break;
        case MRC_INT16: ((int32_t *)dst)[i] = (int16_t)u16(src + 2 * i, big); break;
        case MRC_UINT16: ((int32_t *)dst)[i] = u16(src + 2 * i, big); break;
        default: ((float *)dst)[i] = io_f32(src + 4 * i, big);
        }
    }
}

/* One voxel size for all axes, or 0. */
static double voxel_size(const unsigned char *header, bool big)
{
    double size[3];
    for (int k = 0; k < 3; k++) {
        int32_t m = (int32_t)io_u32(header + 4 * (MRC_MX + k), big);
        size[k] = m > 0 ? (double)io_f32(header + 4 * (MRC_CELL_X + k), big) / m : 0;
        if (!(size[k] > 0) || !isfinite(size[k]) || fabs(size[k] - size[0]) > 1e-4 * size[0]) return 0;
    }
    return size[0];
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t bytes, count = 1, need;
    const unsigned char *b = io_read_file(call, "file", p->file.path, &bytes);
    if (!b) return LOOM_E_IO;
    if (bytes < MRC_HEADER)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is no MRC file: %zu bytes are less than a header", p->file.path, bytes);
    bool big = b[4 * MRC_STAMP] == 0x11 || (b[4 * MRC_STAMP] != 0x44 && io_u32(b + 4 * MRC_MODE, false) > 0xffff);
    int64_t dim[3];
    for (int k = 0; k < 3; k++) {
        dim[2 - k] = (int32_t)io_u32(b + 4 * (MRC_NX + k), big);
        if (dim[2 - k] <= 0 || __builtin_mul_overflow(count, (size_t)dim[2 - k], &count))
            return h->fail(call, LOOM_E_IO, "file", "'%s' is no MRC file: its header says %lld samples along an axis", p->file.path,
                           (long long)dim[2 - k]);
    }
    uint32_t mode = io_u32(b + 4 * MRC_MODE, big), extended = io_u32(b + 4 * MRC_EXTENDED, big);
    if (mode != MRC_INT8 && mode != MRC_INT16 && mode != MRC_FLOAT && mode != MRC_UINT16)
        return h->fail(call, LOOM_E_DATA, "file", "'%s' has mode %u; modes 0 (int8), 1 (int16), 2 (real) and 6 (uint16) can be read",
                       p->file.path, mode);
    size_t size = mode == MRC_INT8 ? 1 : mode == MRC_FLOAT ? 4 : 2;
    if (__builtin_mul_overflow(count, size, &need) || need > bytes - MRC_HEADER || extended > bytes - MRC_HEADER - need)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: it has %zu bytes, its header promises more", p->file.path, bytes);
    loom_value *array = h->output(call, "array");
    void *dst = h->add_array(call, array, "data", mode == MRC_FLOAT ? LOOM_F32 : LOOM_I32, 3, dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    convert((int)mode, big, b + MRC_HEADER + extended, (int64_t)count, dst);
    if (voxel_size(b, big) > 0) h->set_number(call, array, "voxel_size", voxel_size(b, big), "angstrom");
    return LOOM_OK;
}

static const loom_op io_read_mrc = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_mrc",
    .summary = "A volume or an image stack of an MRC file.",
    .method = "Columns are the fastest axis: a volume arrives as [z][y][x], a tilt series as [tilt][y][x]. Both byte orders; reals are "
              "kept, int8, int16 and uint16 become i32. io.volume takes the voxel size from the header.",
    .cites = "10.1016/j.jsb.2015.04.002  Cheng et al., J. Struct. Biol. 192, 146 (2015)",
    .limits = "Complex, half-precision and 4-bit modes are refused. The header's axis order (MAPC, MAPR, MAPS), origin and extended header "
              "are not used.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_mrc", "1.0", "BSD-3-Clause", &io_read_mrc);
