/* io/h5_file.c - see h5_file.h. */
#include "io/h5_file.h"
#include "io/bytes.h"
#include <stdio.h>
#include <zlib.h>
#include <kit/h5_safe.h> /* after the two libraries it is about */

enum { MAX_DEPTH = 24 };

/* ---- listing --------------------------------------------------------------------------------- */

typedef struct listing {
    h5_file *file;
    const char *prefix;
    int depth;
    bool failed;
} listing;

static bool list_group(h5_file *f, hid_t group, const char *prefix, int depth);

static bool is_numeric(hid_t set)
{
    hid_t type = H5Dget_type(set);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    if (type >= 0) H5Tclose(type);
    return class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM;
}

static bool list_dataset(h5_file *f, hid_t id, const char *path)
{
    hsize_t dim[H5S_MAX_RANK] = { 0 };
    hid_t space = H5Dget_space(id);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dim, NULL);
    if (space >= 0) H5Sclose(space);
    if (rank < 1 || !is_numeric(id)) return true;
    if (++f->sets > H5_MAX_SETS)
        return io_fail(f->source, LOOM_E_DATA, "has more than %d datasets", H5_MAX_SETS);
    h5_set *set = f->source->call->host->scratch(f->source->call, sizeof *set);
    if (!set) return false;
    *set = (h5_set){ .rank = rank };
    snprintf(set->path, sizeof set->path, "%s", path);
    for (int k = 0; k < rank && rank <= LOOM_MAX_RANK; k++)
        set->dim[k] = dim[k] > INT64_MAX / 16 ? -1 : (int64_t)dim[k];
    *f->last = set;
    f->last = &set->next;
    return true;
}

static herr_t list_link(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    listing *l = user;
    h5_file *f = l->file;
    char path[H5_PATH];
    int n = snprintf(path, sizeof path, "%s%s%s", l->prefix, *l->prefix ? "/" : "", name);
    if (info->type != H5L_TYPE_HARD) return f->has_links = true, 0;
    if (n >= H5_PATH || l->depth > MAX_DEPTH) return 0; /* deeper than any program writes */
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    bool good = object >= 0;
    if (!good) io_fail(f->source, LOOM_E_IO, "is damaged: '%s' of it cannot be opened", path);
    else if (H5Iget_type(object) == H5I_DATASET) good = list_dataset(f, object, path);
    else if (H5Iget_type(object) == H5I_GROUP) good = list_group(f, object, path, l->depth + 1);
    if (object >= 0) H5Oclose(object);
    l->failed = !good;
    return good ? 0 : -1;
}

static bool list_group(h5_file *f, hid_t group, const char *prefix, int depth)
{
    listing l = { f, prefix, depth, false };
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, list_link, &l) >= 0 || l.failed
               ? !l.failed
               : io_fail(f->source, LOOM_E_IO,
                         "is damaged: the list of its datasets cannot be "
                         "read");
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The bytes are looked at before the library sees them. */
static bool map_file(h5_file *f)
{
    size_t size;
    const io_source *s = f->source;
    const unsigned char *bytes = io_read_file(s->call, s->where, s->path, &size);
    const char *fault = bytes ? loom_h5_map_make(&f->map, bytes, size) : NULL;
    f->mapped = bytes != NULL;
    return bytes && (!fault || io_fail(s, LOOM_E_IO, "is damaged: it %s", fault));
}

bool h5_open(h5_file *f, const io_source *source)
{
    *f = (h5_file){ .source = source, .id = -1 };
    f->last = &f->first;
    if (!map_file(f)) return false;
    bool good = false;
    H5E_BEGIN_TRY
    {
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fapl_sec2(access);
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
        H5Pset_file_locking(access, false, true);
        f->id = H5Fopen(source->path, H5F_ACC_RDONLY, access);
        H5Pclose(access);
        if (f->id < 0) io_fail(source, LOOM_E_IO, "is damaged: the HDF5 library cannot open it");
        else good = list_group(f, f->id, "", 0);
    }
    H5E_END_TRY
    return good;
}

void h5_close(h5_file *f)
{
    if (f->id >= 0) H5Fclose(f->id);
    if (f->mapped) {
        const void *bytes = f->map.bytes;
        loom_h5_map_free(&f->map);
        f->source->call->host->release(f->source->call, (void *)bytes);
    }
    f->id = -1;
    f->mapped = false;
}

const h5_set *h5_find(const h5_file *f, const char *path)
{
    while (*path == '/') path++;
    for (const h5_set *s = f->first; s; s = s->next)
        if (!strcmp(s->path, path)) return s;
    return NULL;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool dtype_of(hid_t type, loom_dtype *out)
{
    size_t bytes = H5Tget_size(type);
    bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    if (!loom_h5_is_plain(type)) return false;
    switch (H5Tget_class(type)) {
    case H5T_FLOAT: *out = bytes == 8 ? LOOM_F64 : LOOM_F32; return bytes <= 8;
    case H5T_ENUM: *out = LOOM_U8; return true;
    default:
        *out = bytes == 1 && !is_signed                 ? LOOM_U8
               : bytes < 4 || (bytes == 4 && is_signed) ? LOOM_I32
                                                        : LOOM_I64;
        return bytes <= 8;
    }
}

bool h5_dtype(const h5_file *f, const h5_set *set, loom_dtype *out)
{
    bool good = false;
    H5E_BEGIN_TRY
    {
        hid_t id = H5Dopen2(f->id, set->path, H5P_DEFAULT), type = id < 0 ? -1 : H5Dget_type(id);
        good = type >= 0 && dtype_of(type, out);
        if (type >= 0) H5Tclose(type);
        if (id >= 0) H5Dclose(id);
    }
    H5E_END_TRY
    return good
           || io_fail(f->source, LOOM_E_DATA,
                      "has in '%s' numbers of an unusual kind; integers and reals of 8 to 64 bits "
                      "can be read",
                      set->path);
}

static hid_t memory_type(loom_dtype dtype)
{
    switch (dtype) {
    case LOOM_F64: return H5T_NATIVE_DOUBLE;
    case LOOM_F32: return H5T_NATIVE_FLOAT;
    case LOOM_U8: return H5T_NATIVE_UINT8;
    case LOOM_I32: return H5T_NATIVE_INT32;
    default: return H5T_NATIVE_INT64;
    }
}

static int64_t count(const h5_set *set)
{
    int64_t n = 1;
    for (int k = 0; k < set->rank; k++) n *= set->dim[k];
    return n;
}

static bool read_numbers(const h5_file *f, const h5_set *set, hid_t id, loom_dtype dtype, void *dst)
{
    hid_t stored = H5Dget_type(id);
    bool unsigned64 = H5Tget_class(stored) == H5T_INTEGER && H5Tget_size(stored) == 8
                      && H5Tget_sign(stored) == H5T_SGN_NONE;
    const char *fault = loom_h5_refusal(id, H5Tget_size(stored), &f->map);
    H5Tclose(stored);
    if (fault)
        return io_fail(f->source, LOOM_E_IO, "cannot be trusted: dataset '%s' %s; save it again",
                       set->path, fault);
    hid_t memory = unsigned64 ? H5T_NATIVE_UINT64 : memory_type(dtype);
    if (H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, dst) < 0)
        return io_fail(f->source, LOOM_E_IO, "is damaged: dataset '%s' cannot be read", set->path);
    for (int64_t i = 0; unsigned64 && i < count(set); i++)
        if (((int64_t *)dst)[i] < 0)
            return io_fail(f->source, LOOM_E_DATA, "has in '%s' numbers above 2^63 - 1", set->path);
    return true;
}

bool h5_read(const h5_file *f, const h5_set *set, loom_dtype dtype, void *dst)
{
    bool good = false;
    H5E_BEGIN_TRY
    {
        hid_t id = H5Dopen2(f->id, set->path, H5P_DEFAULT);
        good = id >= 0 ? read_numbers(f, set, id, dtype, dst)
                       : io_fail(f->source, LOOM_E_IO, "is damaged: dataset '%s' cannot be opened",
                                 set->path);
        if (id >= 0) H5Dclose(id);
    }
    H5E_END_TRY
    return good;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static hid_t open_attribute(const h5_file *f, const char *path, const char *name)
{
    if (H5Aexists_by_name(f->id, path, name, H5P_DEFAULT) <= 0) return -1;
    return H5Aopen_by_name(f->id, path, name, H5P_DEFAULT, H5P_DEFAULT);
}

static void read_text(hid_t a, char *out, size_t room)
{
    char fixed[1024] = "", *loose = NULL;
    hid_t type = H5Aget_type(a), space = H5Aget_space(a);
    size_t n = H5Tget_size(type);
    bool text = H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1;
    if (text && H5Tis_variable_str(type) > 0) {
        if (H5Aread(a, type, &loose) >= 0 && loose) snprintf(out, room, "%s", loose);
        if (loose) H5free_memory(loose);
    } else if (text && n < sizeof fixed && H5Aread(a, type, fixed) >= 0) {
        while (n && (fixed[n - 1] == ' ' || !fixed[n - 1])) n--;
        fixed[n] = 0;
        snprintf(out, room, "%s", fixed);
    }
    H5Sclose(space);
    H5Tclose(type);
}

void h5_text(const h5_file *f, const char *path, const char *name, char *out, size_t room)
{
    *out = 0;
    H5E_BEGIN_TRY
    {
        hid_t a = open_attribute(f, path, name);
        if (a >= 0) read_text(a, out, room);
        if (a >= 0) H5Aclose(a);
    }
    H5E_END_TRY
}

bool h5_number(const h5_file *f, const char *path, const char *name, double *out)
{
    bool good = false;
    H5E_BEGIN_TRY
    {
        hid_t a = open_attribute(f, path, name), type = a < 0 ? -1 : H5Aget_type(a),
              space = a < 0 ? -1 : H5Aget_space(a);
        H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
        good = (class == H5T_INTEGER || class == H5T_FLOAT)
               && H5Sget_simple_extent_npoints(space) == 1
               && H5Aread(a, H5T_NATIVE_DOUBLE, out) >= 0;
        if (space >= 0) H5Sclose(space);
        if (type >= 0) H5Tclose(type);
        if (a >= 0) H5Aclose(a);
    }
    H5E_END_TRY
    return good;
}
