/* io.read_mat - one numeric variable of a MATLAB file. */
#include <atomloom/op.h>
#include "io/permute.h"
#include <errno.h>
#include <hdf5.h>
#include <matio.h>
#include <stdio.h>
#include <unistd.h>

typedef struct params { loom_path file; const char *variable; loom_ints axes; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "MATLAB file, version 4, 5, 7 or 7.3"),
    LOOM_PARAM(params, variable, .doc = "name of the variable; empty: the only numeric one of the file"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first: '1, 0' transposes a matrix; empty: as stored"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "the variable; its axes are MATLAB's in reverse", 0 }, { 0 } };

/* ---- what the file holds ---------------------------------------------------------------------------------------------- */

static const char *class_text(const matvar_t *v)
{
    static const char *const texts[] = { "empty", "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8",
                                         "int16", "uint16", "int32", "uint32", "int64", "uint64", "function", "opaque" };
    if (v->isLogical) return "logical";
    return (unsigned)v->class_type < sizeof texts / sizeof *texts ? texts[v->class_type] : "unknown";
}

static bool is_numeric(const matvar_t *v)
{
    return v->class_type >= MAT_C_DOUBLE && v->class_type <= MAT_C_UINT64 && !v->isComplex && v->rank >= 0 && v->dims;
}

/* Appends "Proj [128 x 128 x 60] double"; cut short where `text` is full. */
static void describe(const matvar_t *v, char *text, size_t room)
{
    size_t at = strlen(text);
    at += (size_t)snprintf(text + at, room - at, "%s%s [", at ? ", " : "", v->name ? v->name : "?");
    for (int k = 0; k < v->rank && v->dims && at < room; k++)
        at += (size_t)snprintf(text + at, room - at, "%s%zu", k ? " x " : "", v->dims[k]);
    if (at < room) snprintf(text + at, room - at, "] %s%s", v->isComplex ? "complex " : "", class_text(v));
}

/* The name of the variable to read into `name`: the one asked for, or the only numeric one. */
static loom_status choose(loom_call *call, mat_t *mat, const params *p, char name[256])
{
    const loom_host *h = call->host;
    char seen[1024] = "", what[320] = "";
    int numeric = 0;
    bool wanted = p->variable && *p->variable, found = false;
    *name = 0;
    for (matvar_t *v; (v = Mat_VarReadNextInfo(mat)); Mat_VarFree(v)) {
        if (!v->name) continue;
        describe(v, seen, sizeof seen);
        bool chosen = wanted ? !strcmp(v->name, p->variable) : is_numeric(v);
        if (!chosen) continue;
        found = true;
        if (is_numeric(v)) numeric++;
        else describe(v, what, sizeof what);
        snprintf(name, 256, "%s", v->name);
    }
    if (!*seen) return h->fail(call, LOOM_E_IO, "file", "'%s' holds no variable; is it a whole MATLAB file?", p->file.path);
    if (wanted && !found)
        return h->fail(call, LOOM_E_PARAM, "variable", "'%s' has no variable '%s'; it has: %s", p->file.path, p->variable, seen);
    if (wanted && !numeric)
        return h->fail(call, LOOM_E_DATA, "variable", "variable %s of '%s' is not a real, full numeric array; save it as one, or choose "
                                                      "among: %s", what, p->file.path, seen);
    if (!found) return h->fail(call, LOOM_E_DATA, "file", "'%s' has no real, full numeric array; it has: %s", p->file.path, seen);
    if (numeric > 1 && !wanted)
        return h->fail(call, LOOM_E_PARAM, "variable", "'%s' has %d numeric variables: name one of: %s", p->file.path, numeric, seen);
    return LOOM_OK;
}

/* ---- from MATLAB's numbers to ours -------------------------------------------------------------------------------------- */

static loom_dtype dtype_of(const matvar_t *v)
{
    switch (v->class_type) {
    case MAT_C_DOUBLE: return LOOM_F64;
    case MAT_C_SINGLE: return LOOM_F32;
    case MAT_C_UINT8: return LOOM_U8;
    case MAT_C_INT8: case MAT_C_INT16: case MAT_C_UINT16: case MAT_C_INT32: return LOOM_I32;
    default: return LOOM_I64;
    }
}

/* dst[i] = src[i]; where the types agree, the compiler makes a copy of it. */
#define CONVERT(from, to) for (size_t i = 0; i < n; i++) ((to *)dst)[i] = (to)((const from *)src)[i]
/* False when an element does not fit (uint64 above 2^63 - 1). */
static bool convert(const matvar_t *v, size_t n, void *restrict dst)
{
    const void *src = v->data;
    switch (v->class_type) {
    case MAT_C_DOUBLE: CONVERT(double, double); break;
    case MAT_C_SINGLE: CONVERT(float, float); break;
    case MAT_C_UINT8: CONVERT(uint8_t, uint8_t); break;
    case MAT_C_INT8: CONVERT(int8_t, int32_t); break;
    case MAT_C_INT16: CONVERT(int16_t, int32_t); break;
    case MAT_C_UINT16: CONVERT(uint16_t, int32_t); break;
    case MAT_C_INT32: CONVERT(int32_t, int32_t); break;
    case MAT_C_UINT32: CONVERT(uint32_t, int64_t); break;
    case MAT_C_INT64: CONVERT(int64_t, int64_t); break;
    default:
        CONVERT(uint64_t, int64_t);
        for (size_t i = 0; i < n; i++)
            if (((const uint64_t *)src)[i] > INT64_MAX) return false;
    }
    return true;
}

/* MATLAB's axes reversed, with the trailing ones of length 1 that a vector or a longer rank brings dropped down to four. */
static bool shape_of(const matvar_t *v, int32_t *rank, int64_t dim[LOOM_MAX_RANK], size_t *count)
{
    int used = v->rank;
    while (used > LOOM_MAX_RANK && v->dims[used - 1] == 1) used--;
    if (used > LOOM_MAX_RANK) return false;
    *count = 1;
    for (int k = 0; k < used; k++) {
        if (v->dims[k] > INT64_MAX / 16 || __builtin_mul_overflow(*count, v->dims[k], count)) return false;
        dim[used - 1 - k] = (int64_t)v->dims[k];
    }
    *rank = used;
    return true;
}

static loom_status convert_variable(loom_call *call, const params *p, const matvar_t *v)
{
    const loom_host *h = call->host;
    int32_t rank;
    int64_t dim[LOOM_MAX_RANK], turned[LOOM_MAX_RANK];
    size_t n;
    if (!is_numeric(v) || !shape_of(v, &rank, dim, &n))
        return h->fail(call, LOOM_E_DATA, "variable", "variable '%s' of '%s' has %d axes; at most %d can be used", v->name, p->file.path,
                       v->rank, LOOM_MAX_RANK);
    size_t size = Mat_SizeOfClass(v->class_type), bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || (n && (!v->data || v->data_size != (int)size || v->nbytes < bytes)))
        return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: variable '%s' ends early", p->file.path, v->name);
    if (!io_check_axes(call, &p->axes, rank)) return LOOM_E_PARAM;
    loom_dtype dtype = dtype_of(v);
    for (int32_t k = 0; k < rank; k++) turned[k] = p->axes.n ? dim[p->axes.v[k]] : dim[k];
    void *dst = h->add_array(call, h->output(call, "array"), "data", dtype, rank, turned, NULL);
    void *plain = dst && p->axes.n ? h->scratch(call, n * loom_dtype_bytes(dtype)) : dst;
    if (!plain) return LOOM_E_MEMORY;
    if (!convert(v, n, plain))
        return h->fail(call, LOOM_E_DATA, "variable", "variable '%s' of '%s' holds numbers above 2^63 - 1", v->name, p->file.path);
    if (p->axes.n) io_permute(rank, dim, p->axes.v, loom_dtype_bytes(dtype), plain, dst);
    h->note(call, "read '%s' from '%s': %zu numbers", v->name, p->file.path, n);
    return LOOM_OK;
}

static loom_status read_file(loom_call *call, const params *p)
{
    const loom_host *h = call->host;
    char name[256];
    if (access(p->file.path, R_OK)) return h->fail(call, LOOM_E_IO, "file", "cannot read '%s': %s", p->file.path, strerror(errno));
    mat_t *mat = Mat_Open(p->file.path, MAT_ACC_RDONLY);
    if (!mat) return h->fail(call, LOOM_E_IO, "file", "'%s' is not a MATLAB file of version 4 to 7.3", p->file.path);
    loom_status status = choose(call, mat, p, name);
    if (!status) {
        Mat_Rewind(mat);
        matvar_t *v = Mat_VarRead(mat, name);
        status = v ? convert_variable(call, p, v) : h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: variable '%s' cannot be read",
                                                            p->file.path, name);
        Mat_VarFree(v);
    }
    Mat_Close(mat);
    return status;
}

/* A damaged file of version 7.3 makes the HDF5 library print its stack of errors; the message of the op says it in one line. */
static loom_status run(loom_call *call, const void *param_struct)
{
    loom_status status;
    H5E_BEGIN_TRY { status = read_file(call, param_struct); }
    H5E_END_TRY
    return status;
}

static const loom_op io_read_mat = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_mat",
    .summary = "One numeric variable of a MATLAB file.",
    .method = "MATLAB stores its first index fastest, atomloom its last: the bytes stay and the order of the axes is read the other way "
              "round, so that "
              "`Proj(x, y, tilt)` becomes `[tilt][y][x]` and `angles(tilt, 3)` becomes `[3][tilt]` (`axes: [1, 0]` turns it round). double "
              "and single are kept; "
              "uint8 and logical become u8, int8, int16, uint16 and int32 become i32, longer integers i64.",
    .cites = "none",
    .limits = "Complex, sparse, char, cell and struct variables are refused with the list of what the file holds; at most four axes. NaN "
              "passes: the op that uses the numbers reports it.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_mat", "1.0", "BSD-3-Clause", &io_read_mat);
