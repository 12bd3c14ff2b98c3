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

/* ---- which variable -------------------------------------------------------------------------- */

/* Appends "Proj [128 x 128 x 60] double"; cut short where `text` is full. */
static void describe(const mat_variable *v, char *text, size_t room)
{
    size_t at = strlen(text);
    at += (size_t)snprintf(text + at, room - at, "%s%s [", at ? ", " : "", v->name);
    for (int k = 0; k < v->rank && at < room; k++)
        at +=
            (size_t)snprintf(text + at, room - at, "%s%lld", k ? " x " : "", (long long)v->dim[k]);
    if (at < room) snprintf(text + at, room - at, "] %s", mat_class_text(v));
}

/* A variable that holds something else than real numbers; for a structure the fields that do. */
static void refuse(const mat_file *f, const mat_variable *v, const char *seen)
{
    char what[320] = "", fields[500] = "";
    size_t n = strlen(v->name);
    describe(v, what, sizeof what);
    for (const mat_variable *w = f->first; w && v->class == MAT_STRUCT; w = w->next)
        if (mat_is_numeric(w) && !strncmp(w->name, v->name, n) && w->name[n] == '.')
            describe(w, fields, sizeof fields);
    if (*fields)
        f->call->host->fail(f->call, LOOM_E_PARAM, "variable",
                            "variable %s of '%s' is a structure; name one of its fields: %s", what,
                            f->path, fields);
    else
        f->call->host->fail(f->call, LOOM_E_DATA, "variable",
                            "variable %s of '%s' is not a real, full numeric array; save it as "
                            "one, or choose among: %s",
                            what, f->path, seen);
}

/* The variable of that name, or the only numeric one; fails where there is none or more than one.
 */
static const mat_variable *choose(const mat_file *f, const char *wanted)
{
    const loom_host *h = f->call->host;
    char seen[700] = "";
    const mat_variable *found = NULL;
    int matches = 0, fields = 0;
    for (const mat_variable *v = f->first; v; v = v->next) {
        if (!v->field || mat_is_numeric(v)) describe(v, seen, sizeof seen);
        fields += v->field && mat_is_numeric(v);
        if (*wanted ? strcmp(v->name, wanted) != 0 : v->field || !mat_is_numeric(v)) continue;
        found = v;
        matches++;
    }
    if (!f->first)
        h->fail(f->call, LOOM_E_IO, "file", "'%s' holds no variable; is it a whole MATLAB file?",
                f->path);
    else if (*wanted && !matches)
        h->fail(f->call, LOOM_E_PARAM, "variable", "'%s' has no variable '%s'; it has: %s", f->path,
                wanted, seen);
    else if (*wanted && matches > 1)
        h->fail(f->call, LOOM_E_DATA, "file",
                "'%s' has %d variables of the name '%s'; save it again", f->path, matches, wanted);
    else if (!matches && fields)
        h->fail(f->call, LOOM_E_PARAM, "variable",
                "'%s' holds its numbers in structures: name a field, as in 's.proj'; it has: %s",
                f->path, seen);
    else if (!matches)
        h->fail(f->call, LOOM_E_DATA, "file", "'%s' has no real, full numeric array; it has: %s",
                f->path, seen);
    else if (matches > 1)
        h->fail(f->call, LOOM_E_PARAM, "variable", "'%s' has %d numeric variables: name one of: %s",
                f->path, matches, seen);
    else if (!mat_is_numeric(found)) refuse(f, found, seen);
    else return found;
    return NULL;
}

/* ---- from MATLAB's axes to ours -------------------------------------------------------------- */

/* MATLAB's axes reversed, with the trailing ones of length 1 that a longer rank brings dropped down
 * to four. */
static bool shape_of(const mat_variable *v, int32_t *rank, int64_t dim[LOOM_MAX_RANK])
{
    int used = v->rank;
    while (used > LOOM_MAX_RANK && v->dim[used - 1] == 1) used--;
    if (used > LOOM_MAX_RANK) return false;
    for (int k = 0; k < used; k++) dim[used - 1 - k] = v->dim[k];
    *rank = used;
    return true;
}

typedef struct level {
    loom_status (*list)(mat_file *);
    loom_status (*load)(mat_file *, const mat_variable *, void *dst);
} level;

static loom_status load(mat_file *f, const level *l, const mat_variable *v, const loom_ints *axes)
{
    loom_call *call = f->call;
    const loom_host *h = call->host;
    int32_t rank;
    int64_t dim[LOOM_MAX_RANK], wanted[LOOM_MAX_RANK];
    if (!shape_of(v, &rank, dim))
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
    loom_status status = l->load(f, v, stored);
    if (status) return status;
    if (axes->n) io_permute(rank, dim, axes->v, loom_dtype_bytes(dtype), stored, dst);
    h->note(call, "read '%s': %lld numbers", v->name, (long long)v->count);
    return LOOM_OK;
}

/* ---- which level of the format --------------------------------------------------------------- */

/* Levels 5 and 7.3 have a version and a mark of the byte order at the end of 128 bytes; level 4
 * begins with its first matrix. */
static loom_status find_level(mat_file *f, level *l)
{
    static const unsigned char hdf5[8] = "\x89HDF\r\n\x1a\n";
    const unsigned char *mark = f->bytes + 124;
    bool little = f->size >= 128 && !memcmp(mark + 2, "IM", 2),
         big = f->size >= 128 && !memcmp(mark + 2, "MI", 2);
    unsigned version = little ? mark[0] | mark[1] << 8 : big ? mark[1] | mark[0] << 8 : 0;
    f->big = big;
    if (version == 0x0100) *l = (level){ mat5_list, mat5_load };
    else if (version == 0x0200 && f->size >= 520 && !memcmp(f->bytes + 512, hdf5, 8))
        *l = (level){ mat73_list, mat73_load };
    else if (version)
        return mat_damaged(f, "its header has version %u.%u", version >> 8, version & 255);
    else if (mat4_begins(f->bytes, f->size, &f->big)) *l = (level){ mat4_list, mat4_load };
    else if (f->size >= 8 && !memcmp(f->bytes, hdf5, 8))
        return f->call->host->fail(f->call, LOOM_E_IO, "file",
                                   "'%s' is an HDF5 file without the header of MATLAB 7.3",
                                   f->path);
    else
        return f->call->host->fail(f->call, LOOM_E_IO, "file",
                                   "'%s' is not a MATLAB file of version 4 to 7.3", f->path);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    mat_file f = { .call = call, .where = "file", .path = p->file.path };
    level l = { 0 };
    f.last = &f.first;
    f.bytes = io_read_file(call, "file", p->file.path, &f.size);
    if (!f.bytes) return LOOM_E_IO;
    loom_status status = find_level(&f, &l);
    if (!status) status = l.list(&f);
    if (status) return status;
    const mat_variable *v = choose(&f, p->variable ? p->variable : "");
    return v ? load(&f, &l, v, &p->axes) : LOOM_E_DATA;
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
