/* tests/damage/formats.c - the table of formats; see damage.h. A new format is a maker and a row.
 */
#include "damage/formats.h"

const double *damage_reals(void)
{
    static double v[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        v[i] = 1.0 / (i + 3) + i % 7; /* no two alike, no short mantissas */
    return v;
}

const float *damage_floats(void)
{
    static float v[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) v[i] = (float)damage_reals()[i];
    return v;
}

const uint16_t *damage_counts(void)
{
    static uint16_t v[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) v[i] = (uint16_t)(300 + 37 * i % 101 + 13 * (i % 11));
    return v;
}

#define FORMAT(name_, op_, ...) \
    { \
        .name = name_, .op = op_, .make = __VA_ARGS__ \
    }
const damage_format damage_formats[] = {
    FORMAT("mat4", "io.read_mat", make_mat4, .params = { "variable=proj" }),
    FORMAT("mat4_integers", "io.read_mat", make_mat4_integers),
    FORMAT("mat5", "io.read_mat", make_mat5),
    FORMAT("mat5_big_endian", "io.read_mat", make_mat5_big_endian),
    FORMAT("mat5_narrow", "io.read_mat", make_mat5_narrow, .explains = explains_narrow),
    FORMAT("mat5_several", "io.read_mat", make_mat5_several, .params = { "variable=proj" }),
    FORMAT("mat5_struct", "io.read_mat", make_mat5_struct, .params = { "variable=s.proj" }),
    FORMAT("mat5_packed", "io.read_mat", make_mat5_packed),
    FORMAT("mat5_packed_several", "io.read_mat", make_mat5_packed_several,
           .params = { "variable=proj" }),
    FORMAT("mat5_packed_struct", "io.read_mat", make_mat5_packed_struct,
           .params = { "variable=s.proj" }),
    FORMAT("mat73", "io.read_mat", make_mat73),
    FORMAT("mat73_chunked", "io.read_mat", make_mat73_chunked),
    FORMAT("mat73_packed", "io.read_mat", make_mat73_packed),
    FORMAT("mat73_checked", "io.read_mat", make_mat73_checked),
    FORMAT("mat73_newer", "io.read_mat", make_mat73_newer),
    FORMAT("mat73_struct", "io.read_mat", make_mat73_struct, .params = { "variable=s.proj" }),
    FORMAT("mat73_several", "io.read_mat", make_mat73_several, .params = { "variable=proj" }),
    FORMAT("npy", "io.read_npy", make_npy),
    FORMAT("npy_big_endian", "io.read_npy", make_npy_big_endian),
    FORMAT("npy_counts", "io.read_npy", make_npy_counts),
    FORMAT("npy_half", "io.read_npy", make_npy_half),
    FORMAT("npz", "io.read_npy", make_npz),
    FORMAT("npz_packed", "io.read_npy", make_npz_packed),
    FORMAT("dm3", "io.read_image", make_dm3),
    FORMAT("dm4", "io.read_image", make_dm4),
    FORMAT("ser", "io.read_image", make_ser),
    FORMAT("velox", "io.read_image", make_velox),
    FORMAT("mrc_serialem", "io.read_image", make_mrc_serialem),
    FORMAT("emd_berkeley", "io.read_image", make_emd_berkeley),
    FORMAT("series", "io.read_series", make_velox, .file = "files"),
    FORMAT("rawtlt", "io.read_series", make_rawtlt, .file = "angles", .images = make_mrc,
           .params = { "pixel_size=0.5" }, .explains = explains_tilts),
    FORMAT("tilt_table", "io.read_series", make_tilt_table, .file = "angles", .images = make_mrc,
           .params = { "pixel_size=0.5" }, .explains = explains_tilts),
    FORMAT("mdoc", "io.read_series", make_mdoc, .file = "angles", .images = make_mrc,
           .params = { "pixel_size=0.5" }, .explains = explains_mdoc),
    FORMAT("h5_own", NULL, make_h5_own),
    FORMAT("h5_old", NULL, make_h5_old, .explains = explains_h5_old),
    FORMAT("h5_old_packed", NULL, make_h5_old_packed, .explains = explains_h5_old),
    FORMAT("mrc", "io.read_mrc", make_mrc),
    FORMAT("mrc_counts", "io.read_mrc", make_mrc_counts),
    FORMAT("mrc_bytes", "io.read_mrc", make_mrc_bytes),
    FORMAT("mrc_half", "io.read_mrc", make_mrc_half),
#ifdef DAMAGE_TIFF
    FORMAT("tiff_imagej", "io.read_tiff", make_tiff_imagej),
    FORMAT("tiff_tiles", "io.read_tiff", make_tiff_tiles),
    FORMAT("tiff", "io.read_tiff", make_tiff),
    FORMAT("tiff_floats", "io.read_tiff", make_tiff_floats),
    FORMAT("tiff_lzw", "io.read_tiff", make_tiff_lzw, .explains = explains_tiff_lzw),
    FORMAT("tiff_deflate", "io.read_tiff", make_tiff_deflate),
    FORMAT("tiff_packbits", "io.read_tiff", make_tiff_packbits, .explains = explains_tiff_packbits),
#endif
    FORMAT("csv", "io.read_csv", make_csv, .explains = explains_csv),
    FORMAT("csv_table", "io.read_table", make_csv, .explains = explains_csv),
    FORMAT("xyz", "io.read_xyz", make_xyz, .explains = explains_xyz),
};
const int damage_format_count = sizeof damage_formats / sizeof *damage_formats;
