/* io.read_npy - an array of a NumPy file. */
#include <atomloom/op.h>
#include <kit/citations.h>
#include "io/bytes.h"
#include "io/npy.h"
#include "io/permute.h"

typedef struct params {
    loom_path file;
    const char *array;
    loom_ints axes;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "NumPy file (.npy, .npz)"),
    LOOM_PARAM(params, array, .text = "",
               .doc = "name of the array in a .npz; empty: the only one"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first, as in "
                      "numpy.transpose; empty: as stored"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "the array, C order", 0 }, { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const char *path = p->file.path;
    size_t bytes;
    npy_file f = { 0 };
    const unsigned char *b = io_read_file(call, "file", path, &bytes);
    if (b && npz_begins(b, bytes))
        b = npz_member(call, "file", "array", path, b, bytes, p->array, &bytes);
    if (!b) return LOOM_E_IO;
    loom_status status = npy_open(call, "file", path, b, bytes, &f);
    if (status) return status;
    if (!io_check_axes(call, &p->axes, f.header.rank)) return LOOM_E_PARAM;
    npy_axes a = npy_axes_of(&f.header, &p->axes);
    void *dst = call->host->add_array(call, call->host->output(call, "array"), "data",
                                      f.header.dtype, f.header.rank, a.shape, NULL);
    return dst ? npy_load(call, "file", path, &f, &a, dst) : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_HARRIS_2020, { 0 } };

static const loom_op io_read_npy = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_npy",
    .summary = "An array of a NumPy file.",
    .method =
        "Formats 1 to 3, either byte order, C or Fortran order. Float32, float64, int32 and "
        "int64 are kept, half precision becomes f32, bool and uint8 become u8, other integers "
        "the next wider type; uint64 up to 2^63 - 1.\n\n"
        "Of an archive (.npz) one array is read, plain or deflated; its checksum must be right. "
        "The header must be what NumPy writes, and the file exactly as long as it says. The "
        "format has no checksum: a changed bit among the numbers cannot be noticed. Where the "
        "header's byte order makes nonsense of numbers that the other order makes sense of, "
        "the file is refused.",
    .citations = citations,
    .limits = "Complex numbers, records, texts, dates and Python objects are refused; at most four "
              "axes. Numbers that are not finite are refused: replace NaN with "
              "numpy first, no op does so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_npy", "1.0", "BSD-3-Clause", &io_read_npy);
