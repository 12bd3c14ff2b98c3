/* io/angles.c - see angles.h. */
#include "io/angles.h"
#include "io/bytes.h"
#include "io/convert.h"
#include "io/emi.h"
#include "io/mat.h"
#include "io/npy.h"
#include <math.h>

/* Numbers of an array as angles: [n], [n][3] or [3][n]; false after failing. */
static bool of_array(loom_call *call, const char *where, const char *path, const loom_array *a,
                     angle_list *out)
{
    int64_t count = loom_array_count(a), longest = 0, shortest = 3;
    for (int32_t k = 0; k < a->rank; k++) longest = a->dim[k] > longest ? a->dim[k] : longest;
    bool alone = longest == count;
    bool rows = a->rank == 2 && a->dim[1] == shortest && !alone;
    bool columns = a->rank == 2 && a->dim[0] == shortest && !alone && !rows;
    if (!count || (!alone && !rows && !columns)) {
        call->host->fail(call, LOOM_E_DATA, where,
                         "'%s' holds an array of %d axes and %lld numbers; expected the tilts [n], "
                         "or phi, theta, psi as [n][3]",
                         path, (int)a->rank, (long long)count);
        return false;
    }
    out->n = alone ? count : count / 3;
    out->angle_deg = call->host->scratch(call, (size_t)(3 * out->n) * sizeof(double));
    for (int64_t i = 0; out->angle_deg && i < out->n; i++)
        for (int j = 0; j < 3; j++)
            out->angle_deg[3 * i + j] = alone  ? (j == 1 ? io_element(a, i) : 0)
                                        : rows ? io_element(a, 3 * i + j)
                                               : io_element(a, j * out->n + i);
    return out->angle_deg != NULL;
}

static bool of_npy(loom_call *call, const char *where, const char *path, const unsigned char *b,
                   size_t n, angle_list *out)
{
    npy_file f = { 0 };
    if (npz_begins(b, n) && !(b = npz_member(call, where, where, path, b, n, "", &n))) return false;
    if (npy_open(call, where, path, b, n, &f) != LOOM_OK) return false;
    npy_axes a = npy_axes_of(&f.header, &(loom_ints){ 0 });
    loom_array array = { .dtype = f.header.dtype, .rank = f.header.rank };
    memcpy(array.dim, f.header.dim, sizeof array.dim);
    array.data = call->host->scratch(call, f.header.count * loom_dtype_bytes(array.dtype) + 1);
    out->kind = "NumPy";
    return array.data && npy_load(call, where, path, &f, &a, (void *)array.data) == LOOM_OK
           && of_array(call, where, path, &array, out);
}

static bool of_mat(loom_call *call, const char *where, const char *path, const unsigned char *b,
                   size_t n, angle_list *out)
{
    enum { MAX_AXES = 2 };
    mat_file m = { .call = call, .where = where, .path = path, .bytes = b, .size = n };
    if (mat_begin(&m) != LOOM_OK) return false;
    const mat_variable *v = mat_choose(&m, where, "", 0, MAX_AXES);
    loom_array array = { 0 };
    if (!v || !mat_shape(v, &array.rank, array.dim)) return false;
    array.dtype = mat_dtype(v->class);
    array.data = call->host->scratch(call, (size_t)v->count * loom_dtype_bytes(array.dtype) + 1);
    out->kind = "MATLAB";
    return array.data && mat_load(&m, v, (void *)array.data) == LOOM_OK
           && of_array(call, where, path, &array, out);
}

static bool of_emi(loom_call *call, const char *where, const char *path, const unsigned char *b,
                   size_t n, angle_list *out)
{
    enum { ROOM = 4096 };
    double *tilt = call->host->scratch(call, ROOM * sizeof *tilt);
    if (!tilt) return false;
    size_t found = emi_tilts(b, n, tilt, ROOM);
    if (!found || found > ROOM) {
        call->host->fail(call, LOOM_E_DATA, where,
                         "'%s' has no tilt of the stage, or was cut short", path);
        return false;
    }
    loom_array array = { .dtype = LOOM_F64, .rank = 1, .dim = { (int64_t)found }, .data = tilt };
    out->kind = "TIA's notes";
    return of_array(call, where, path, &array, out);
}

bool angles_read(loom_call *call, const char *where, const char *path, angle_list *out)
{
    size_t n;
    const unsigned char *b = io_read_file(call, where, path, &n);
    *out = (angle_list){ .axis_deg = NAN };
    if (!b) return false;
    if (npz_begins(b, n) || (n > 6 && !memcmp(b, "\x93NUMPY", 6)))
        return of_npy(call, where, path, b, n, out);
    if (n >= 128 && (!memcmp(b + 126, "IM", 2) || !memcmp(b + 126, "MI", 2)))
        return of_mat(call, where, path, b, n, out);
    if (n >= 8 && !memcmp(b, "\x89HDF\r\n\x1a\n", 8)) {
        call->host->fail(call, LOOM_E_DATA, where,
                         "'%s' is HDF5: tilts are read from texts, NumPy and MATLAB; an EMD file's "
                         "own are taken where 'angles' is left out",
                         path);
        return false;
    }
    if (emi_begins(b, n)) return of_emi(call, where, path, b, n, out);
    if (mdoc_begins(b, n)) return angles_of_mdoc(call, where, path, b, n, out);
    return angles_of_text(call, where, path, b, n, out);
}
