/* tests/damage/files_h5.c - HDF5: MATLAB 7.3, values as atomloom writes them, values as other
 * programs write them. */
#include "damage/formats.h"
#include "store/store.h"
#include "support/op_test.h"
#include <hdf5.h>
#include <string.h>

static const hsize_t shape[3] = { NZ, NY, NX };

static void put_text(hid_t object, const char *name, const char *content)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(content));
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, type, content);
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
}

/* PACKED: gzip; CHECKED: shuffle and fletcher32 too. */
typedef enum packing { CONTIGUOUS, CHUNKED, PACKED, CHECKED } packing;

static void put_array(hid_t file, const char *name, packing how, const char *class)
{
    hid_t space = H5Screate_simple(3, shape, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    if (how != CONTIGUOUS) H5Pset_chunk(plist, 3, (hsize_t[]){ 2, NY, NX });
    if (how == CHECKED) H5Pset_shuffle(plist);
    if (how >= PACKED) H5Pset_deflate(plist, 3);
    if (how == CHECKED) H5Pset_fletcher32(plist);
    hid_t set = H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, damage_reals());
    if (class) put_text(set, "MATLAB_class", class);
    H5Dclose(set);
    H5Pclose(plist);
    H5Sclose(space);
}

static void put_scalar(hid_t file, const char *name, double value)
{
    hid_t space = H5Screate_simple(2, (hsize_t[]){ 1, 1 }, NULL);
    hid_t set =
        H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value);
    put_text(set, "MATLAB_class", "double");
    H5Dclose(set);
    H5Sclose(space);
}

/* Where the numbers are, which nothing protects unless they are packed. */
static bool find_array(damage_file *f, packing how)
{
    const int in_first = 2 * NY * NX; /* the first chunk; the second is filled up with zeros */
    const double *v = damage_reals();
    if (how == CONTIGUOUS) return damage_find(f, v, NUMBERS, 8, 0, "data");
    return how != CHUNKED
           || (damage_find(f, v, in_first, 8, 0, "data")
               && damage_find(f, v + in_first, NUMBERS - in_first, 8, in_first, "data"));
}

typedef enum content { ALONE, SEVERAL, STRUCT } content;

static void put_content(hid_t file, packing how, content what)
{
    hid_t group = file;
    if (what == STRUCT) {
        group = H5Gcreate2(file, "s", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        put_text(group, "MATLAB_class", "struct");
    }
    if (what != ALONE) put_scalar(group, "pixel", 0.35);
    put_array(group, "proj", how, "double");
    if (what == SEVERAL) put_scalar(group, "pixels", 3.5);
    if (what == STRUCT) H5Gclose(group);
}

static bool make_level73(damage_file *out, packing how, content what, bool newer)
{
    char header[512] = "MATLAB 7.3 MAT-file, made by a test";
    const char *path = damage_temporary();
    memset(header + 35, ' ', 116 - 35);
    memcpy(header + 124, "\0\2IM", 4);
    hid_t plist = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_userblock(plist, 512);
    if (newer) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, plist, access);
    put_content(file, how, what);
    H5Fclose(file);
    H5Pclose(access);
    H5Pclose(plist);
    if (!damage_load(out, path)) return false;
    memcpy(out->bytes, header, sizeof header);
    return find_array(out, how);
}

bool make_mat73(damage_file *f) { return make_level73(f, CONTIGUOUS, ALONE, false); }
bool make_mat73_chunked(damage_file *f) { return make_level73(f, CHUNKED, ALONE, false); }
bool make_mat73_packed(damage_file *f) { return make_level73(f, PACKED, ALONE, false); }
bool make_mat73_checked(damage_file *f) { return make_level73(f, CHECKED, ALONE, false); }
bool make_mat73_newer(damage_file *f) { return make_level73(f, CONTIGUOUS, ALONE, true); }
bool make_mat73_several(damage_file *f) { return make_level73(f, CONTIGUOUS, SEVERAL, false); }
bool make_mat73_struct(damage_file *f) { return make_level73(f, CONTIGUOUS, STRUCT, false); }

/* An `array` value as `get -o x.h5` writes it. */
bool make_h5_own(damage_file *out)
{
    const char *path = damage_temporary();
    loom_value *v = make_value("array");
    make_array(v, "data", LOOM_F64, 3, (int64_t[]){ NZ, NY, NX }, "angstrom", damage_reals());
    value_set_number(v, "pixel_size", 0.35, "angstrom", NULL);
    bool good = value_write_h5(v, path, NULL) && damage_load(out, path)
                && damage_find(out, damage_reals(), NUMBERS, 8, 0, "data");
    value_free(v);
    return good;
}

/* Names and types are texts, and in the older form texts have no checksum: the numbers must be the
 * same ones. */
bool explains_h5_old(const unsigned char *bytes, size_t size, const loom_value *whole,
                     const loom_value *got)
{
    (void)bytes, (void)size;
    for (int64_t i = 0;; i++) {
        const loom_array *a = value_array_at(whole, i), *b = value_array_at(got, i);
        if (!a || !b) return a == b;
        if (a->dtype != b->dtype || a->rank != b->rank || memcmp(a->dim, b->dim, sizeof a->dim)
            || memcmp(a->data, b->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype)))
            return false;
    }
}

/* The same made by hand with another program, in the older form of HDF5 that most of them write. */
static bool make_old(damage_file *out, packing how)
{
    const char *path = damage_temporary();
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_text(file, "atomloom_type", "array");
    put_array(file, "data", how, NULL);
    H5Fclose(file);
    return damage_load(out, path) && find_array(out, how);
}

bool make_h5_old(damage_file *f) { return make_old(f, CONTIGUOUS); }
bool make_h5_old_packed(damage_file *f) { return make_old(f, PACKED); }
