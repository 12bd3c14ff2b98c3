/* io/mat73.c - MATLAB files of version 7.3: HDF5 behind 512 bytes of MATLAB's own header. */
#include "io/mat.h"
#include <kit/h5_safe.h>
#include <stdio.h>

enum { MAX_DEPTH = 32, MAX_CLASS = 64 };

/* How HDF5 keeps the numbers of a class in a file of this byte order, and how they are wanted in
 * memory. int64 at most: where a uint64 is larger, its bits make a negative number. */
static hid_t stored_type(mat_class class, bool big)
{
    switch (class) {
    case MAT_DOUBLE: return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE;
    case MAT_SINGLE: return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
    case MAT_INT8: return big ? H5T_STD_I8BE : H5T_STD_I8LE;
    case MAT_UINT8: return big ? H5T_STD_U8BE : H5T_STD_U8LE;
    case MAT_INT16: return big ? H5T_STD_I16BE : H5T_STD_I16LE;
    case MAT_UINT16: return big ? H5T_STD_U16BE : H5T_STD_U16LE;
    case MAT_INT32: return big ? H5T_STD_I32BE : H5T_STD_I32LE;
    case MAT_UINT32: return big ? H5T_STD_U32BE : H5T_STD_U32LE;
    case MAT_INT64: return big ? H5T_STD_I64BE : H5T_STD_I64LE;
    case MAT_UINT64: return big ? H5T_STD_U64BE : H5T_STD_U64LE;
    default: return -1;
    }
}

static hid_t memory_type(mat_class class)
{
    switch (mat_dtype(class)) {
    case LOOM_F64: return H5T_NATIVE_DOUBLE;
    case LOOM_F32: return H5T_NATIVE_FLOAT;
    case LOOM_U8: return H5T_NATIVE_UINT8;
    case LOOM_I32: return H5T_NATIVE_INT32;
    default: return class == MAT_UINT64 ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
    }
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* The text of attribute MATLAB_class, whatever its padding; empty where there is none. */
static void read_class(hid_t object, char out[MAX_CLASS])
{
    *out = 0;
    if (H5Aexists(object, "MATLAB_class") <= 0) return;
    hid_t a = H5Aopen(object, "MATLAB_class", H5P_DEFAULT), type = H5Aget_type(a),
          space = H5Aget_space(a);
    size_t n = H5Tget_size(type);
    char text[MAX_CLASS] = "";
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 && n < MAX_CLASS
        && H5Sget_simple_extent_npoints(space) == 1 && H5Aread(a, type, text) >= 0) {
        while (n && (text[n - 1] == ' ' || !text[n - 1])) n--;
        memcpy(out, text, n);
        out[n] = 0;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(a);
}

static bool has(hid_t object, const char *attribute) { return H5Aexists(object, attribute) > 0; }

/* ---- listing --------------------------------------------------------------------------------- */

typedef struct listing {
    mat_file *file;
    const loom_h5_map *map;
    const char *prefix;
    int depth;
    loom_status status;
} listing;

static loom_status list_group(const listing *above, hid_t group, const char *prefix);

/* An empty variable keeps its dimensions as numbers. */
static bool read_empty_dimensions(const loom_h5_map *map, hid_t set, mat_variable *v)
{
    uint64_t dim[MAT_MAX_RANK];
    hid_t space = H5Dget_space(set);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    if (n < 2 || n > MAT_MAX_RANK || loom_h5_refusal(set, 8, map)
        || H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, dim) < 0)
        return false;
    v->rank = (int)n;
    for (int k = 0; k < v->rank; k++) v->dim[k] = dim[k] > INT64_MAX ? -1 : (int64_t)dim[k];
    return mat_count(v) && !v->count;
}

static bool read_dimensions(hid_t set, mat_variable *v)
{
    hsize_t dim[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    v->rank = H5Sget_simple_extent_dims(space, dim, NULL);
    H5Sclose(space);
    if (v->rank < 0) return false;
    for (int k = 0; k < v->rank; k++)
        v->dim[v->rank - 1 - k] = dim[k] > INT64_MAX ? -1 : (int64_t)dim[k];
    return mat_count(v);
}

/* Class, type and lengths of a dataset must agree. */
static loom_status list_dataset(const listing *l, hid_t set, mat_variable *v)
{
    mat_file *f = l->file;
    char class[MAX_CLASS];
    read_class(set, class);
    hid_t type = H5Dget_type(set);
    bool empty = has(set, "MATLAB_empty");
    v->logical = !strcmp(class, "logical");
    v->class = v->logical ? MAT_UINT8 : mat_class_named(class);
    v->complex = H5Tget_class(type) == H5T_COMPOUND;
    hid_t expected = stored_type(empty ? MAT_UINT64 : v->class, f->big);
    bool agrees = v->complex || expected < 0 || H5Tequal(type, expected) > 0;
    H5Tclose(type);
    if (!agrees)
        return mat_damaged(f, "variable '%s' of class '%s' is not stored as that class is", v->name,
                           class);
    if (!(empty ? read_empty_dimensions(l->map, set, v) : read_dimensions(set, v)))
        return mat_damaged(f, "variable '%s' has impossible dimensions", v->name);
    v->element = empty;
    return mat_add(f, v) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status list_object(const listing *l, hid_t object, mat_variable *v)
{
    if (H5Iget_type(object) == H5I_DATASET) return list_dataset(l, object, v);
    if (H5Iget_type(object) != H5I_GROUP) return LOOM_OK; /* a named type: no variable */
    v->class = has(object, "MATLAB_sparse") ? MAT_SPARSE : MAT_STRUCT;
    v->rank = 2;
    v->dim[0] = v->dim[1] = v->count = 1;
    if (!mat_add(l->file, v)) return LOOM_E_MEMORY;
    return v->class == MAT_STRUCT ? list_group(l, object, v->name) : LOOM_OK;
}

static herr_t list_link(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    listing *l = user;
    mat_variable v = { .field = *l->prefix != 0 };
    if (*name == '#') return 0; /* #refs#, #subsystem#: MATLAB's own */
    int n = snprintf(v.name, sizeof v.name, "%s%s%s", l->prefix, *l->prefix ? "." : "", name);
    if (n >= MAT_NAME || l->depth > MAX_DEPTH)
        l->status = mat_damaged(l->file, "its names are too long or nested too deeply");
    else if (info->type != H5L_TYPE_HARD)
        l->status = l->file->call->host->fail(l->file->call, LOOM_E_DATA, l->file->where,
                                              "'%s': '%s' is a link to another place or file, "
                                              "which MATLAB never makes; it is not followed",
                                              l->file->path, v.name);
    else {
        hid_t object = H5Oopen(group, name, H5P_DEFAULT);
        l->status = object < 0 ? mat_damaged(l->file, "variable '%s' cannot be opened", v.name)
                               : list_object(l, object, &v);
        if (object >= 0) H5Oclose(object);
    }
    return l->status ? -1 : 0;
}

static loom_status list_group(const listing *above, hid_t group, const char *prefix)
{
    listing l = { above->file, above->map, prefix, above->depth + 1, LOOM_OK };
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, list_link, &l) < 0 && !l.status)
        l.status = mat_damaged(l.file, "the list of its variables cannot be read");
    return l.status;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The HDF5 library prints its stack of errors unless it is asked not to; messages here say it in
 * one line. */
static hid_t open_quietly(const char *path)
{
    hid_t file = -1;
    H5E_BEGIN_TRY
    {
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fapl_sec2(access);
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
        H5Pset_file_locking(access, false, true);
        file = H5Fopen(path, H5F_ACC_RDONLY, access);
        H5Pclose(access);
    }
    H5E_END_TRY
    return file;
}

/* The bytes are looked at before the library sees them. */
static loom_status open_file(mat_file *f, loom_h5_map *map, hid_t *file)
{
    const char *fault = loom_h5_map_make(map, f->bytes, f->size);
    if (fault) return mat_damaged(f, "it %s", fault);
    *file = open_quietly(f->path);
    return *file < 0 ? mat_damaged(f, "the HDF5 library cannot open it") : LOOM_OK;
}

static void close_file(loom_h5_map *map, hid_t file)
{
    if (file >= 0) H5Fclose(file);
    loom_h5_map_free(map);
}

loom_status mat73_list(mat_file *f)
{
    loom_h5_map map;
    hid_t file = -1;
    loom_status status = open_file(f, &map, &file);
    listing top = { .file = f, .map = &map, .depth = -1 };
    H5E_BEGIN_TRY
    {
        if (!status) status = list_group(&top, file, "");
    }
    H5E_END_TRY
    close_file(&map, file);
    return status;
}

static loom_status read_numbers(mat_file *f, const loom_h5_map *map, hid_t set,
                                const mat_variable *v, void *dst)
{
    const loom_host *h = f->call->host;
    hid_t stored = stored_type(v->class, f->big);
    const char *fault = loom_h5_refusal(set, H5Tget_size(stored), map);
    if (fault)
        return h->fail(f->call, LOOM_E_IO, f->where,
                       "'%s' cannot be trusted: variable '%s' %s; save it again", f->path, v->name,
                       fault);
    if (H5Dread(set, memory_type(v->class), H5S_ALL, H5S_ALL, H5P_DEFAULT, dst) < 0)
        return mat_damaged(f, "variable '%s' cannot be read", v->name);
    for (int64_t i = 0; v->class == MAT_UINT64 && i < v->count; i++)
        if (((int64_t *)dst)[i] < 0)
            return h->fail(f->call, LOOM_E_DATA, "variable",
                           "variable '%s' of '%s' holds numbers above 2^63 - 1", v->name, f->path);
    return LOOM_OK;
}

loom_status mat73_load(mat_file *f, const mat_variable *v, void *dst)
{
    loom_h5_map map;
    hid_t file = -1;
    char path[MAT_NAME];
    if (v->element) return LOOM_OK; /* marked as empty */
    loom_status status = open_file(f, &map, &file);
    snprintf(path, sizeof path, "%s", v->name);
    for (char *c = path; *c; c++)
        if (*c == '.') *c = '/';
    H5E_BEGIN_TRY
    {
        hid_t set = status ? -1 : H5Dopen2(file, path, H5P_DEFAULT);
        if (set >= 0) status = read_numbers(f, &map, set, v, dst);
        else if (!status) status = mat_damaged(f, "variable '%s' cannot be opened", v->name);
        if (set >= 0) H5Dclose(set);
    }
    H5E_END_TRY
    close_file(&map, file);
    return status;
}
