/* store/object_write.c - a value as an HDF5 file; see object.h
 *
 * HDF5 lays the file out and writes its own parts; array contents are written here, at the offsets
 * it assigned, so that a large array goes to the disk while it is hashed and the error of a full
 * disk is the system's own. Nothing in the file depends on time, place or process: no times are
 * tracked, space is assigned at once, attributes are sorted. */
#include "store/h5.h"
#include "store/object.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_ATTRIBUTE = 32 << 10, /* HDF5 refuses object header messages of 64 KiB */
    /* links and attributes up to this many stay in the object header; more of them are faster apart
     */
    IN_HEADER = 128,
    /* arrays from PAGED bytes on begin at a page, so that they can be mapped */
    PAGE = 4096,
    PAGED = 64 << 10,
};

hid_t h5_type_of(loom_dtype dtype)
{
    assert((unsigned)dtype < LOOM_DTYPE_COUNT);
    switch (dtype) {
    case LOOM_U8: return H5T_STD_U8LE;
    case LOOM_I32: return H5T_STD_I32LE;
    case LOOM_I64: return H5T_STD_I64LE;
    case LOOM_F32: return H5T_IEEE_F32LE;
    default: return H5T_IEEE_F64LE;
    }
}

static hid_t text_type(size_t bytes)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0
        && (H5Tset_size(type, bytes ? bytes : 1) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0
            || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static bool put_attribute(hid_t object, const char *name, hid_t type, const void *bytes)
{
    assert(type >= 0 && bytes);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute =
        space >= 0 ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    bool good = attribute >= 0 && H5Awrite(attribute, type, bytes) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    return good;
}

static bool put_text(hid_t object, const char *name, const char *s)
{
    hid_t type = text_type(strlen(s));
    bool good = type >= 0 && put_attribute(object, name, type, s);
    if (type >= 0) H5Tclose(type);
    return good;
}

/* The group of long texts, made when it is first needed. */
static hid_t texts_group(hid_t file)
{
    if (H5Lexists(file, H5_TEXTS, H5P_DEFAULT) > 0) return H5Gopen2(file, H5_TEXTS, H5P_DEFAULT);
    hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
    if (properties < 0) return -1;
    H5Pset_obj_track_times(properties, false);
    hid_t group = H5Gcreate2(file, H5_TEXTS, H5P_DEFAULT, properties, H5P_DEFAULT);
    H5Pclose(properties);
    return group;
}

static bool put_long_text(hid_t file, const char *name, const char *s)
{
    assert(strlen(s) > LONGEST_ATTRIBUTE);
    hid_t group = texts_group(file);
    hid_t type = text_type(strlen(s)), space = H5Screate(H5S_SCALAR),
          properties = H5Pcreate(H5P_DATASET_CREATE);
    if (properties >= 0) H5Pset_obj_track_times(properties, false);
    hid_t set = group >= 0 && type >= 0 && space >= 0 && properties >= 0
                    ? H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT)
                    : -1;
    bool good = set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, s) >= 0;
    if (set >= 0) H5Dclose(set);
    if (properties >= 0) H5Pclose(properties);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (group >= 0) H5Gclose(group);
    return good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const loom_attribute *const *)a)->name,
                  (*(const loom_attribute *const *)b)->name);
}

static bool put_one_attribute(hid_t file, const loom_attribute *a)
{
    if (a->text)
        return strlen(a->text) <= LONGEST_ATTRIBUTE ? put_text(file, a->name, a->text)
                                                    : put_long_text(file, a->name, a->text);
    char unit[VALUE_MAX_NAME + sizeof H5_UNIT_SUFFIX];
    if (!put_attribute(file, a->name, H5T_IEEE_F64LE, &a->number)) return false;
    if (!*a->unit) return true;
    snprintf(unit, sizeof unit, "%s" H5_UNIT_SUFFIX, a->name);
    return put_text(file, unit, a->unit);
}

static bool put_attributes(hid_t file, const loom_value *v, const digest *own)
{
    char hex[65];
    size_t n = 0;
    while (value_attribute_at(v, (int64_t)n)) n++;
    const loom_attribute **sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) return false;
    for (size_t i = 0; i < n; i++) sorted[i] = value_attribute_at(v, (int64_t)i);
    qsort(sorted, n, sizeof *sorted, by_name);
    bool good = put_text(file, H5_TYPE, value_type(v));
    for (size_t i = 0; i < n && good; i++) good = put_one_attribute(file, sorted[i]);
    free(sorted);
    good = good && (!own || put_text(file, H5_DIGEST, digest_text(own, hex)));
    return good;
}

/* The dataset with its space assigned but nothing written. */
static bool put_array(hid_t file, hid_t properties, const loom_array *a, int64_t *offset)
{
    assert(a->rank >= 0 && a->rank <= LOOM_MAX_RANK);
    hsize_t dim[LOOM_MAX_RANK];
    for (int i = 0; i < a->rank; i++) dim[i] = (hsize_t)a->dim[i];
    hid_t space = a->rank ? H5Screate_simple(a->rank, dim, NULL) : H5Screate(H5S_SCALAR);
    hid_t set = space >= 0 ? H5Dcreate2(file, a->name, h5_type_of(a->dtype), space, H5P_DEFAULT,
                                        properties, H5P_DEFAULT)
                           : -1;
    bool good = set >= 0 && (!*a->unit || put_text(set, H5_UNIT, a->unit));
    if (good) {
        haddr_t at = H5Dget_offset(set);
        *offset = at == HADDR_UNDEF ? -1 : (int64_t)at;
        good = loom_array_count(a) == 0 || *offset >= 0;
    }
    if (set >= 0) H5Dclose(set);
    if (space >= 0) H5Sclose(space);
    return good;
}

static bool put_arrays(hid_t file, const loom_value *v, int64_t *offset)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    bool good = properties >= 0 && H5Pset_layout(properties, H5D_CONTIGUOUS) >= 0
                && H5Pset_obj_track_times(properties, false) >= 0
                && H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) >= 0
                && H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) >= 0;
    const loom_array *a;
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++)
        good = put_array(file, properties, a, &offset[i]);
    if (properties >= 0) H5Pclose(properties);
    return good;
}

static hid_t creation_properties(void)
{
    hid_t p = H5Pcreate(H5P_FILE_CREATE);
    if (p < 0) return p;
    H5Pset_obj_track_times(p, false);
    H5Pset_link_creation_order(p, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_link_phase_change(p, IN_HEADER, IN_HEADER);
    H5Pset_attr_phase_change(p, IN_HEADER, IN_HEADER);
    return p;
}

/* HDF5's in-memory file keeps its bytes in memory that these give it, and leaves them here when it
 * closes. (The library's own H5Fget_file_image clears flags of the superblock without renewing its
 * checksum.) */
typedef struct image {
    void *bytes;
    size_t size;
    bool taken;
} image;

static void *image_malloc(size_t n, H5FD_file_image_op_t op, void *user)
{
    (void)op;
    ((image *)user)->size = n;
    return malloc(n);
}

static void *image_realloc(void *bytes, size_t n, H5FD_file_image_op_t op, void *user)
{
    (void)op;
    ((image *)user)->size = n;
    return realloc(bytes, n);
}

static herr_t image_free(void *bytes, H5FD_file_image_op_t op, void *user)
{
    image *i = user;
    if (op == H5FD_FILE_IMAGE_OP_FILE_CLOSE && !i->taken) {
        i->bytes = bytes;
        i->taken = true;
    } else free(bytes);
    return 0;
}

static void *image_user_copy(void *user) { return user; }
static herr_t image_user_free(void *user)
{
    (void)user;
    return 0;
}

/* Room for all that HDF5 itself writes, so that it lies in one block before the first array: with
 * an estimate too low the file is as right, but its beginning in memory reaches to the last piece.
 */
static hsize_t room_for_headers(const loom_value *v)
{
    enum { ROOT = 1024, ITEM = 160, ARRAY = 640 };
    hsize_t n = ROOT;
    const loom_attribute *t;
    const loom_array *a;
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        n += 2 * (ITEM + strlen(t->name)) + strlen(t->unit)
             + (t->text && strlen(t->text) <= LONGEST_ATTRIBUTE ? strlen(t->text) : 0);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        n += ARRAY + strlen(a->name) + strlen(a->unit);
    return n;
}

static hid_t access_properties(const loom_value *v, image *buffer)
{
    H5FD_file_image_callbacks_t calls = {
        image_malloc, NULL, image_realloc, image_free, image_user_copy, image_user_free, buffer
    };
    hid_t p = H5Pcreate(H5P_FILE_ACCESS);
    if (p < 0) return p;
    /* object headers with checksums; readable since 2008 */
    H5Pset_libver_bounds(p, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_alignment(p, PAGED, PAGE);
    H5Pset_meta_block_size(p, room_for_headers(v));
    H5Pset_fapl_core(p, 4 << 10, false);
    H5Pset_file_image_callbacks(p, &calls);
    return p;
}

bool object_frame(const loom_value *v, const digest *own, text *out, int64_t *offset,
                  uint64_t *size, error *e)
{
    assert(!out->length && size);
    image buffer = { 0 };
    if (!h5_load(e)) return false;
    hid_t creation = creation_properties(), access = access_properties(v, &buffer);
    hid_t file = H5Fcreate("value.h5", H5F_ACC_TRUNC, creation,
                           access); /* a name only: nothing of it touches a disk */
    H5Pclose(creation);
    H5Pclose(access);
    bool good = file >= 0 && put_attributes(file, v, own) && put_arrays(file, v, offset);
    if (file >= 0) good = H5Fclose(file) >= 0 && good;
    good = good && buffer.bytes && ((char *)buffer.bytes)[H5_SUPERBLOCK_VERSION] == 2;
    if (!good)
        error_set(e, LOOM_E_MEMORY, "close other programs or lower --jobs",
                  "HDF5 cannot lay out a value of type '%s'", value_type(v));
    if (good) {
        memcpy(size, (char *)buffer.bytes + H5_SUPERBLOCK_END, sizeof *size);
        /* its memory may go on beyond the file */
        text_add(out, buffer.bytes, *size < buffer.size ? (size_t)*size : buffer.size);
        good = !out->failed || error_memory(e, "a value");
    }
    free(buffer.bytes);
    return good;
}
