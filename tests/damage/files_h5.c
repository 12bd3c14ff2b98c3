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

static void put_array(hid_t file, const char *name, bool packed, const char *class)
{
    hid_t space = H5Screate_simple(3, shape, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    if (packed) {
        H5Pset_chunk(plist, 3, (hsize_t[]){ 2, NY, NX });
        H5Pset_deflate(plist, 3);
    }
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

static bool make_level73(damage_file *out, bool packed, bool several)
{
    char header[512] = "MATLAB 7.3 MAT-file, made by a test";
    const char *path = damage_temporary();
    memset(header + 35, ' ', 116 - 35);
    memcpy(header + 124, "\0\2IM", 4);
    hid_t plist = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(plist, 512);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, plist, H5P_DEFAULT);
    if (several) put_scalar(file, "pixel", 0.35);
    put_array(file, "proj", packed, "double");
    if (several) put_scalar(file, "pixels", 3.5);
    H5Fclose(file);
    H5Pclose(plist);
    if (!damage_load(out, path)) return false;
    memcpy(out->bytes, header, sizeof header);
    return packed || damage_find(out, damage_reals(), NUMBERS, 8, 0, "data");
}

bool make_mat73(damage_file *f) { return make_level73(f, false, false); }
bool make_mat73_packed(damage_file *f) { return make_level73(f, true, false); }
bool make_mat73_several(damage_file *f) { return make_level73(f, false, true); }

/* An `array` value as `get -o x.h5` writes it. */
bool make_h5_own(damage_file *out)
{
    const char *path = damage_temporary();
    loom_value *v = make_value("array");
    make_array(v, "data", LOOM_F64, 3, (int64_t[]){ NZ, NY, NX }, "angstrom", damage_reals());
    value_set_number(v, "pixel_size", 0.35, "angstrom", NULL);
    bool good = value_write_h5(v, path, NULL) && damage_load(out, path) &&
                damage_find(out, damage_reals(), NUMBERS, 8, 0, "data");
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
        if (a->dtype != b->dtype || a->rank != b->rank || memcmp(a->dim, b->dim, sizeof a->dim) ||
            memcmp(a->data, b->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype)))
            return false;
    }
}

/* The same made by hand with another program, in the older form of HDF5 that most of them write. */
static bool make_old(damage_file *out, bool packed)
{
    const char *path = damage_temporary();
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_text(file, "atomloom_type", "array");
    put_array(file, "data", packed, NULL);
    H5Fclose(file);
    return damage_load(out, path) &&
           (packed || damage_find(out, damage_reals(), NUMBERS, 8, 0, "data"));
}

bool make_h5_old(damage_file *f) { return make_old(f, false); }
bool make_h5_old_packed(damage_file *f) { return make_old(f, true); }
