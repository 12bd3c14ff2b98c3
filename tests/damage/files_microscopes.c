/* tests/damage/files_microscopes.c - files as the programs of microscopes write them: DM3 and DM4,
 * TIA's series, Velox's EMD, MRC with the extended header of SerialEM; and NumPy's archives. */
#include "damage/formats.h"
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- DigitalMicrograph ----------------------------------------------------------------------- */

static void put_big(damage_file *f, uint64_t v, int bytes)
{
    unsigned char b[8];
    for (int i = 0; i < bytes; i++) b[i] = (unsigned char)(v >> 8 * (bytes - 1 - i));
    damage_bytes(f, b, (size_t)bytes);
}

typedef struct dm_writer {
    damage_file *f;
    bool wide;
} dm_writer;

static void dm_length(const dm_writer *w, uint64_t v) { put_big(w->f, v, w->wide ? 8 : 4); }

/* The beginning of an entry; the place of its length (DM4), to be filled by dm_end. */
static size_t dm_begin(const dm_writer *w, int kind, const char *name)
{
    put_big(w->f, (uint64_t)kind, 1);
    put_big(w->f, strlen(name), 2);
    damage_bytes(w->f, name, strlen(name));
    if (w->wide) put_big(w->f, 0, 8);
    return w->f->size;
}

static void dm_end(const dm_writer *w, size_t at)
{
    uint64_t n = w->f->size - at;
    for (int i = 0; w->wide && i < 8; i++)
        w->f->bytes[at - 8 + i] = (unsigned char)(n >> 8 * (7 - i));
}

static size_t dm_group(const dm_writer *w, const char *name, int entries)
{
    size_t at = dm_begin(w, 20, name);
    put_big(w->f, 0x0100, 2);
    dm_length(w, (uint64_t)entries);
    return at;
}

static void dm_number(const dm_writer *w, const char *name, int type, const void *v, size_t bytes)
{
    size_t at = dm_begin(w, 21, name);
    damage_bytes(w->f, "%%%%", 4);
    dm_length(w, 1);
    dm_length(w, (uint64_t)type);
    damage_bytes(w->f, v, bytes);
    dm_end(w, at);
}

static void dm_array(const dm_writer *w, const char *name, int type, const void *v, size_t count,
                     size_t bytes)
{
    size_t at = dm_begin(w, 21, name);
    damage_bytes(w->f, "%%%%", 4);
    dm_length(w, 3);
    dm_length(w, 20);
    dm_length(w, (uint64_t)type);
    dm_length(w, count);
    damage_bytes(w->f, v, count * bytes);
    dm_end(w, at);
}

static void dm_u32(const dm_writer *w, const char *name, uint32_t v)
{
    dm_number(w, name, 5, &v, sizeof v);
}

static void dm_calibrations(const dm_writer *w, int axes)
{
    static const uint16_t nm[] = { 'n', 'm' };
    size_t calibrations = dm_group(w, "Calibrations", 1), all = dm_group(w, "Dimension", axes);
    for (int k = 0; k < axes; k++) {
        size_t one = dm_group(w, "", 3), from;
        float origin = 0, step = 0.25f;
        from = w->f->size;
        dm_number(w, "Origin", 6, &origin, sizeof origin);
        dm_number(w, "Scale", 6, &step, sizeof step);
        dm_array(w, "Units", 4, nm, 2, 2);
        damage_mark(w->f, from, w->f->size - from);
        dm_end(w, one);
    }
    dm_end(w, all);
    dm_end(w, calibrations);
}

/* One entry of ImageList: its numbers, axes (fastest first), and the tilt of the stage. */
static void dm_image(const dm_writer *w, uint32_t kind, int type, const void *v, size_t bytes,
                     const uint32_t *dim, int axes, bool tilt)
{
    double alpha = -12.5;
    size_t count = 1, image = dm_group(w, "", tilt ? 2 : 1), data = dm_group(w, "ImageData", 5), at;
    for (int k = 0; k < axes; k++) count *= dim[k];
    dm_calibrations(w, axes);
    dm_array(w, "Data", type, v, count, bytes);
    dm_u32(w, "DataType", kind);
    at = dm_group(w, "Dimensions", axes);
    for (int k = 0; k < axes; k++) dm_u32(w, "", dim[k]);
    dm_end(w, at);
    dm_u32(w, "PixelDepth", (uint32_t)bytes);
    dm_end(w, data);
    if (tilt) {
        size_t from = w->f->size, tags = dm_group(w, "ImageTags", 1),
               info = dm_group(w, "Microscope Info", 1), stage = dm_group(w, "Stage Position", 1);
        dm_number(w, "Stage Alpha", 7, &alpha, sizeof alpha);
        damage_mark(w->f, from, w->f->size - from);
        dm_end(w, stage);
        dm_end(w, info);
        dm_end(w, tags);
    }
    dm_end(w, image);
}

static bool make_dm(damage_file *f, bool wide)
{
    const dm_writer w = { f, wide };
    static const uint32_t small[4] = { 1, 2, 3, 4 }, flat[] = { 2, 2 }, dim[] = { NX, NY, NZ };
    put_big(f, wide ? 4 : 3, 4);
    put_big(f, 0, wide ? 8 : 4);
    put_big(f, 1, 4);
    put_big(f, 0x0100, 2);
    dm_length(&w, 2);
    size_t list = dm_group(&w, "ImageList", 2), thumbnails, one;
    dm_image(&w, 23, 3, small, 4, flat, 2, false);
    dm_image(&w, 10, 4, damage_counts(), 2, dim, 3, true);
    dm_end(&w, list);
    thumbnails = dm_group(&w, "Thumbnails", 1);
    one = dm_group(&w, "", 1);
    dm_u32(&w, "ImageIndex", 0);
    dm_end(&w, one);
    dm_end(&w, thumbnails);
    put_big(f, 0, 8);
    return damage_find(f, damage_counts(), NUMBERS, 2, 0, "data");
}

bool make_dm3(damage_file *f) { return make_dm(f, false); }
bool make_dm4(damage_file *f) { return make_dm(f, true); }

/* ---- TIA ------------------------------------------------------------------------------------- */

bool make_ser(damage_file *f)
{
    enum { HEAD = 26 + 4, IMAGE = 50 + NY * NX * 4, LIST = HEAD };
    const uint16_t start[] = { 0x4949, 0x0197, 0x0210 };
    const uint32_t words[] = { 0x4122, 0x4152, NZ, NZ, LIST, 0 };
    const double step = 2.5e-10, zero = 0;
    damage_bytes(f, start, sizeof start);
    damage_bytes(f, words, sizeof words);
    for (uint32_t k = 0; k < NZ; k++) damage_u32(f, LIST + 4 * NZ + k * IMAGE);
    for (int k = 0; k < NZ; k++) {
        const uint16_t type = 7;
        size_t from = f->size;
        for (int axis = 0; axis < 2; axis++) {
            damage_bytes(f, &zero, 8);
            damage_bytes(f, &step, 8);
            damage_u32(f, 0);
        }
        damage_mark(f, from, f->size - from);
        damage_bytes(f, &type, 2);
        damage_u32(f, NX);
        damage_u32(f, NY);
        damage_bytes(f, damage_floats() + k * NY * NX, NY * NX * 4);
        for (int y = 0; y < NY; y++) /* rows are stored from the bottom to the top */
            if (!damage_find(f, damage_floats() + (k * NY + y) * NX, NX, 4,
                             (k * NY + NY - 1 - y) * NX, "data"))
                return false;
    }
    return true;
}

/* ---- Velox ----------------------------------------------------------------------------------- */

static bool put_dataset(hid_t group, const char *name, hid_t type, hid_t memory, int rank,
                        const hsize_t *dim, const void *v)
{
    hid_t space = H5Screate_simple(rank, dim, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, rank, dim);
    H5Pset_fletcher32(creation);
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    bool good = set >= 0 && H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) >= 0;
    H5Dclose(set);
    H5Pclose(creation);
    H5Sclose(space);
    return good;
}

bool make_velox(damage_file *f)
{
    enum { TEXT = 256 };
    static const char json[] =
        "{\"BinaryResult\":{\"Detector\":\"HAADF\",\"PixelSize\":{\"width\":\"2.5e-10\",\"height\":"
        "\"2.5e-10\"},\"PixelUnitX\":\"m\",\"PixelUnitY\":\"m\"},\"Stage\":{\"AlphaTilt\":\"-0."
        "25\"}}";
    unsigned char text[TEXT][NZ] = { { 0 } };
    const char *path = damage_temporary();
    for (size_t i = 0; i < strlen(json); i++)
        for (int k = 0; k < NZ; k++) text[i][k] = (unsigned char)json[i];
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    hid_t data = H5Gcreate2(file, "Data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          images = H5Gcreate2(data, "Image", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          one = H5Gcreate2(images, "26f6", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool good = put_dataset(one, "Data", H5T_STD_U16LE, H5T_NATIVE_UINT16, 3,
                            (hsize_t[]){ NY, NX, NZ }, damage_counts())
                && put_dataset(one, "Metadata", H5T_STD_U8LE, H5T_NATIVE_UINT8, 2,
                               (hsize_t[]){ TEXT, NZ }, text);
    H5Gclose(one);
    H5Gclose(images);
    H5Gclose(data);
    H5Fclose(file);
    H5Pclose(access);
    return good && damage_load(f, path);
}

/* ---- Berkeley's EMD ---------------------------------------------------------------------------*/

static bool put_text(hid_t at, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    hid_t a = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = a >= 0 && H5Awrite(a, type, text) >= 0;
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static bool put_dimension(hid_t group, const char *name, const char *unit, int n, double step)
{
    double v[8];
    for (int i = 0; i < n; i++) v[i] = i * step;
    if (!put_dataset(group, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, (hsize_t[]){ (hsize_t)n },
                     v))
        return false;
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    bool good = put_text(set, "units", unit);
    H5Dclose(set);
    return good;
}

bool make_emd_berkeley(damage_file *f)
{
    const char *path = damage_temporary();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), space = H5Screate(H5S_SCALAR);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access),
          data = H5Gcreate2(file, "data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          one = H5Gcreate2(data, "scan", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          a = H5Acreate2(one, "emd_group_type", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = H5Awrite(a, H5T_NATIVE_INT, &(int){ 1 }) >= 0
                && put_dataset(one, "data", H5T_STD_U16LE, H5T_NATIVE_UINT16, 3,
                               (hsize_t[]){ NZ, NY, NX }, damage_counts())
                && put_dimension(one, "dim1", "[deg]", NZ, 2)
                && put_dimension(one, "dim2", "[n_m]", NY, 0.25)
                && put_dimension(one, "dim3", "[n_m]", NX, 0.25);
    H5Aclose(a);
    H5Sclose(space);
    H5Gclose(one);
    H5Gclose(data);
    H5Fclose(file);
    H5Pclose(access);
    return good && damage_load(f, path);
}

/* ---- MRC with SerialEM's extended header ----------------------------------------------------- */

bool make_mrc_serialem(damage_file *f)
{
    static const int16_t tilt[] = { -6000, 0, 6000 };
    const uint16_t layout[] = { 2, 1 };
    if (!make_mrc(f)) return false;
    unsigned char *rest = malloc(f->size - 1024);
    size_t n = f->size - 1024, from;
    memcpy(rest, f->bytes + 1024, n);
    memcpy(f->bytes + 92, &(uint32_t){ sizeof tilt }, 4);
    memcpy(f->bytes + 104, "SERI", 4);
    memcpy(f->bytes + 128, layout, sizeof layout);
    f->size = 1024;
    f->runs = 0;
    from = f->size;
    damage_bytes(f, tilt, sizeof tilt);
    damage_bytes(f, rest, n);
    free(rest);
    damage_mark(f, from, sizeof tilt);
    damage_mark(f, 28, 36 + 4); /* samples, cell and angles; they may lose their meaning */
    damage_mark(f, 88, 8);      /* kind of the stack */
    damage_mark(f, 104, 4);     /* kind and layout of the extended header */
    damage_mark(f, 128, 4);
    return damage_find(f, damage_floats(), NUMBERS, 4, 0, "data");
}

/* ---- NumPy's archives ------------------------------------------------------------------------ */

static void put_u16(damage_file *f, unsigned v)
{
    damage_bytes(f, (unsigned char[]){ (unsigned char)v, (unsigned char)(v >> 8) }, 2);
}

/* What a member's own header and the list say alike. */
static void put_member(damage_file *f, unsigned method, uint32_t crc, uint32_t packed,
                       uint32_t bytes, const char *name)
{
    put_u16(f, 20);
    put_u16(f, 0);
    put_u16(f, method);
    damage_u32(f, 0);
    damage_u32(f, crc);
    damage_u32(f, packed);
    damage_u32(f, bytes);
    put_u16(f, (unsigned)strlen(name));
    put_u16(f, 0);
}

static bool make_archive(damage_file *f, bool packed)
{
    static const char name[] = "images.npy";
    damage_file array = { 0 };
    unsigned char room[4096];
    z_stream z = { 0 };
    if (!make_npy(&array)) return false;
    uint32_t crc = (uint32_t)crc32(0, array.bytes, (uInt)array.size);
    uint32_t bytes = (uint32_t)array.size, n = bytes;
    memcpy(room, array.bytes, array.size);
    if (packed) {
        deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        z.next_in = array.bytes;
        z.avail_in = bytes;
        z.next_out = room;
        z.avail_out = sizeof room;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END) return false;
        n = (uint32_t)(sizeof room - z.avail_out);
        deflateEnd(&z);
    }
    damage_u32(f, 0x04034b50);
    put_member(f, packed ? 8 : 0, crc, n, bytes, name);
    damage_bytes(f, name, strlen(name));
    damage_bytes(f, room, n);
    uint32_t list = (uint32_t)f->size;
    damage_u32(f, 0x02014b50);
    put_u16(f, 20);
    put_member(f, packed ? 8 : 0, crc, n, bytes, name);
    for (int i = 0; i < 3; i++) put_u16(f, 0);
    damage_u32(f, 0);
    damage_u32(f, 0);
    damage_bytes(f, name, strlen(name));
    uint32_t length = (uint32_t)f->size - list;
    damage_u32(f, 0x06054b50);
    for (int i = 0; i < 4; i++) put_u16(f, i < 2 ? 0 : 1);
    damage_u32(f, length);
    damage_u32(f, list);
    put_u16(f, 0);
    damage_file_free(&array);
    return true;
}

bool make_npz(damage_file *f) { return make_archive(f, false); }
bool make_npz_packed(damage_file *f) { return make_archive(f, true); }
