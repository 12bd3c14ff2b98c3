/* io.read_mat - one numeric variable of a MATLAB file. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "io/mat.h"
#include "io/permute.h"
#include <stdio.h>

typedef struct params {
    loom_path file;
    const char *variable;
    loom_ints axes;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "MATLAB file, version 4, 5, 7 or 7.3"),
    LOOM_PARAM(params, variable,
               .doc = "name of the variable, or NAME.FIELD of a structure; empty: the only numeric "
                      "one of the file"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first: '1, 0' "
                      "transposes a matrix; empty: as stored"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "array", "array", "the variable; its axes are MATLAB's in reverse", 0 }, { 0 }
};

static loom_status load(mat_file *f, const mat_variable *v, const loom_ints *axes)
{
    loom_call *call = f->call;
    const loom_host *h = call->host;
    int32_t rank;
    int64_t dim[LOOM_MAX_RANK], wanted[LOOM_MAX_RANK];
    if (!mat_shape(v, &rank, dim))
        return h->fail(call, LOOM_E_DATA, "variable",
                       "variable '%s' of '%s' has %d axes; at most %d can be used", v->name,
                       f->path, v->rank, LOOM_MAX_RANK);
    if (!io_check_axes(call, axes, rank)) return LOOM_E_PARAM;
    loom_dtype dtype = mat_dtype(v->class);
    for (int32_t k = 0; k < rank; k++) wanted[k] = axes->n ? dim[axes->v[k]] : dim[k];
    void *dst = h->add_array(call, h->output(call, "array"), "data", dtype, rank, wanted, NULL);
    void *stored =
        dst && axes->n ? h->scratch(call, (size_t)v->count * loom_dtype_bytes(dtype)) : dst;
    if (!stored) return LOOM_E_MEMORY;
    loom_status status = mat_load(f, v, stored);
    if (status) return status;
    if (axes->n) io_permute(rank, dim, axes->v, loom_dtype_bytes(dtype), stored, dst);
    h->note(call, "read '%s': %lld numbers", v->name, (long long)v->count);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    mat_file f = { .call = call, .where = "file", .path = p->file.path };
    f.bytes = io_read_file(call, "file", p->file.path, &f.size);
    if (!f.bytes) return LOOM_E_IO;
    loom_status status = mat_begin(&f);
    if (status) return status;
    const mat_variable *v =
        mat_choose(&f, "variable", p->variable ? p->variable : "", 0, MAT_MAX_RANK);
    return v ? load(&f, v, &p->axes) : LOOM_E_DATA;
}

static const loom_op io_read_mat = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_mat",
    .summary = "One numeric variable of a MATLAB file.",
    .method = "MATLAB stores its first index fastest, atomloom its last: the bytes stay and the "
              "order of the axes is reversed, so that "
              "`Proj(x, y, tilt)` becomes `[tilt][y][x]` and `angles(tilt, 3)` becomes `[3][tilt]` "
              "(`axes: [1, 0]` transposes it). "
              "`variable: s.proj` is the field `proj` of the structure `s`. double and single are "
              "kept; uint8 and logical become u8, "
              "int8, int16, uint16 and int32 become i32, longer integers i64.\n\n"
              "The whole file is checked before a number is read: every length against the file's "
              "size and against the dimensions, the "
              "checksum of what is compressed, and that nothing is left over. Version 7.3 (HDF5) "
              "must keep its numbers in the file "
              "itself: external storage, virtual datasets, links and filters other than gzip, "
              "shuffle and fletcher32 are refused.",
    .cites = "none",
    .limits = "Complex, sparse, char, cell and object variables are refused with the list of what "
              "the file holds; at most four axes; "
              "uint64 up to 2^63 - 1. Numbers that are not finite are refused: replace NaN in "
              "MATLAB first, no op does so. A changed bit "
              "inside the numbers is noticed only where they are compressed, which is MATLAB's "
              "default from version 7 on: `-v4`, `-v6` "
              "and `-nocompression` keep no checksum.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_mat", "1.0", "BSD-3-Clause", &io_read_mat);
