/* io.read_mrc - a volume or an image stack of an MRC file. */
#include <atomloom/op.h>
#include "kit/citations.h"
#include "io/bytes.h"
#include "io/mrc.h"
#include "io/permute.h"
#include <math.h>

typedef struct params {
    loom_path file;
    loom_ints axes;
    int32_t bytes;
    bool ignore_rest, ignore_cell;
} params;
static const char *const byte_kinds[] = { "auto", "signed", "unsigned", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED,
               .doc = "MRC or CCP4 file (.mrc, .map, .st, .rec)"),
    LOOM_PARAM(params, axes,
               .doc = "order of the axes wanted, as numpy.transpose has it; empty: as read"),
    LOOM_PARAM(params, bytes, .choices = byte_kinds,
               .doc = "sign of the numbers of a mode 0 file; auto: as the header says"),
    LOOM_PARAM(params, ignore_rest, .flags = LOOM_ADVANCED,
               .doc = "read a file that is longer than its header says, without its end"),
    LOOM_PARAM(params, ignore_cell, .flags = LOOM_ADVANCED,
               .doc = "read a file whose cell is not of square pixels, without a pixel size"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "array", "array",
      "the numbers as [z][y][x] or [image][y][x]; attributes pixel_size and voxel_size where the "
      "header gives one size for x and y, and for all axes",
      0 },
    { 0 }
};

static loom_status refuse_mode(loom_call *call, const params *p, int mode)
{
    return call->host->fail(call, LOOM_E_DATA, "file",
                            "'%s' has mode %d, %s; modes 0 (8-bit), 1 "
                            "(int16), 2 (float), 6 (uint16), 12 (half) and 101 (4-bit) can be read",
                            p->file.path, mode, mrc_unreadable(mode));
}

/* The axes of the result, slowest first: which axis of the file each is. The file's are volume
 * (where there are several), section, row, column; the result is [volume][z][y][x] before `axes`.
 */
static bool order_axes(loom_call *call, const params *p, const mrc_layout *m, int32_t rank,
                       int64_t order[LOOM_MAX_RANK])
{
    int64_t space[LOOM_MAX_RANK] = { 0 };
    if (!io_check_axes(call, &p->axes, rank)) return false;
    for (int k = 0; k < 3; k++) space[rank - m->axis[k]] = rank - 3 + k;
    for (int k = 0; k < rank; k++) order[k] = space[p->axes.n ? p->axes.v[k] : k];
    if (m->axis[0] != 3 || m->axis[1] != 2)
        call->host->note(call,
                         "sections, rows and columns of the file run along %c, %c and %c; "
                         "they are put in the order z, y, x",
                         "?xyz"[m->axis[0]], "?xyz"[m->axis[1]], "?xyz"[m->axis[2]]);
    return true;
}

/* The samples in the file's order, into dst. */
static bool convert_all(loom_call *call, const mrc_layout *m, bool is_signed,
                        const unsigned char *src, char *dst, mrc_extremes *found)
{
    int64_t rows = m->dim[0] * m->dim[1];
    size_t step = (size_t)m->dim[2] * loom_dtype_bytes(mrc_dtype(m->mode, is_signed));
    for (int64_t r = 0; r < rows; r++, src += m->row_bytes, dst += step) {
        if (r % 4096 == 0 && !call->host->progress(call, (double)r, (double)rows)) return false;
        mrc_convert(m, is_signed, src, m->dim[2], dst);
        mrc_widen(m, is_signed, dst, m->dim[2], found);
    }
    return true;
}

static bool in_order(const int64_t *order, int32_t rank)
{
    for (int32_t k = 0; k < rank; k++)
        if (order[k] != k) return false;
    return true;
}

static loom_status read_array(loom_call *call, const params *p, const unsigned char *b,
                              const mrc_layout *m)
{
    const loom_host *h = call->host;
    bool is_signed = true;
    int32_t rank = m->volumes > 1 ? 4 : 3;
    int64_t stored[LOOM_MAX_RANK] = { m->volumes, m->dim[0] / m->volumes, m->dim[1], m->dim[2] };
    int64_t order[LOOM_MAX_RANK], dim[LOOM_MAX_RANK];
    const int64_t *from = stored + (4 - rank);
    if (!order_axes(call, p, m, rank, order)) return LOOM_E_PARAM;
    if (m->mode == MRC_INT8) {
        bool seen[256] = { false };
        for (size_t i = 0; i < m->data_bytes; i++) seen[b[m->data_at + i]] = true;
        loom_status status = mrc_signed_bytes(call, "file", p->file.path, b, seen, m,
                                              (mrc_bytes)p->bytes, &is_signed);
        if (status != LOOM_OK) return status;
    }
    for (int k = 0; k < rank; k++) dim[k] = from[order[k]];
    loom_dtype dtype = mrc_dtype(m->mode, is_signed);
    loom_value *array = h->output(call, "array");
    char *dst = h->add_array(call, array, "data", dtype, rank, dim, NULL), *straight = dst;
    size_t size = loom_dtype_bytes(dtype), samples = (size_t)(m->dim[0] * m->dim[1] * m->dim[2]);
    bool permuted = !in_order(order, rank);
    if (!dst || (permuted && !(straight = h->scratch(call, samples * size)))) return LOOM_E_MEMORY;
    mrc_extremes found = { INFINITY, -INFINITY };
    if (!convert_all(call, m, is_signed, b + m->data_at, straight, &found)) return LOOM_E_CANCELLED;
    mrc_check_extremes(call, "file", p->file.path, b, m, &found);
    if (permuted) io_permute(rank, from, order, size, straight, dst);
    if (m->pixel_A > 0) h->set_number(call, array, "pixel_size", m->pixel_A, "angstrom");
    if (m->voxel_A > 0) h->set_number(call, array, "voxel_size", m->voxel_A, "angstrom");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    size_t n;
    mrc_layout m;
    const unsigned char *b = io_read_file(call, "file", p->file.path, &n);
    if (!b) return LOOM_E_IO;
    loom_status status = mrc_read_layout(
        call, "file", p->file.path, b, n,
        (p->ignore_rest ? MRC_IGNORE_REST : 0u) | (p->ignore_cell ? MRC_IGNORE_CELL : 0u), &m);
    if (status != LOOM_OK) return status;
    if (mrc_unreadable(m.mode)) return refuse_mode(call, p, m.mode);
    return read_array(call, p, b, &m);
}

static const loom_citation citations[] = { CITE_CHENG_2015, { 0 } };

static const loom_op io_read_mrc = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "io.read_mrc",
    .summary = "A volume or an image stack of an MRC file.",
    .method = "A volume arrives as [z][y][x] whatever the axis order of the header (MAPC, MAPR, "
              "MAPS), a tilt series as [tilt][y][x], a stack of volumes (ISPG 401) as "
              "[volume][z][y][x]. "
              "Modes 0, 1, 2, 6, 12 (half precision) and 101 (4-bit); reals become f32, unsigned "
              "bytes and 4-bit numbers u8, other whole numbers i32. "
              "The byte order is the one of the machine stamp, or the other one with a warning "
              "where the header makes sense in that one only. "
              "Bytes of mode 0 are signed or not as IMOD's flag says; without the flag, as the "
              "header's minimum and maximum tell; without these, signed, as MRC2014 has it. "
              "io.volume and io.tilt_series take the pixel size from here.",
    .citations = citations,
    .limits =
        "A file whose length is not the one that its header gives, or whose cell is not of square "
        "pixels (of a volume: cubic voxels at right angles), is refused. Complex and "
        "colour modes are refused. Origin and extended header are not used. A changed bit "
        "among the samples cannot be noticed: the format has no checksum. Numbers that are not "
        "finite are refused: replace NaN first, no op does so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_mrc", "1.0", "BSD-3-Clause", &io_read_mrc);
