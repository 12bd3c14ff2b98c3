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

const damage_format damage_formats[] = {
    { "mat4", "io.read_mat", { "variable=proj" }, make_mat4, NULL, NULL },
    { "mat4_integers", "io.read_mat", { NULL }, make_mat4_integers, NULL, NULL },
    { "mat5", "io.read_mat", { NULL }, make_mat5, NULL, NULL },
    { "mat5_big_endian", "io.read_mat", { NULL }, make_mat5_big_endian, NULL, NULL },
    { "mat5_narrow", "io.read_mat", { NULL }, make_mat5_narrow, explains_narrow, NULL },
    { "mat5_several", "io.read_mat", { "variable=proj" }, make_mat5_several, NULL, NULL },
    { "mat5_struct", "io.read_mat", { "variable=s.proj" }, make_mat5_struct, NULL, NULL },
    { "mat5_packed", "io.read_mat", { NULL }, make_mat5_packed, NULL, NULL },
    { "mat5_packed_several",
      "io.read_mat",
      { "variable=proj" },
      make_mat5_packed_several,
      NULL,
      NULL },
    { "mat5_packed_struct",
      "io.read_mat",
      { "variable=s.proj" },
      make_mat5_packed_struct,
      NULL,
      NULL },
    { "mat73", "io.read_mat", { NULL }, make_mat73, NULL, NULL },
    { "mat73_packed", "io.read_mat", { NULL }, make_mat73_packed, NULL, NULL },
    { "mat73_several", "io.read_mat", { "variable=proj" }, make_mat73_several, NULL, NULL },
    { "npy", "io.read_npy", { NULL }, make_npy, NULL, NULL },
    { "npy_big_endian", "io.read_npy", { NULL }, make_npy_big_endian, NULL, NULL },
    { "npy_counts", "io.read_npy", { NULL }, make_npy_counts, NULL, NULL },
    { "npy_half", "io.read_npy", { NULL }, make_npy_half, NULL, NULL },
    { "h5_own", NULL, { NULL }, make_h5_own, NULL, NULL },
    { "h5_old", NULL, { NULL }, make_h5_old, explains_h5_old, NULL },
    { "h5_old_packed", NULL, { NULL }, make_h5_old_packed, explains_h5_old, NULL },
    { "mrc", "io.read_mrc", { NULL }, make_mrc, NULL, NULL },
    { "mrc_counts", "io.read_mrc", { NULL }, make_mrc_counts, NULL, NULL },
    { "mrc_bytes", "io.read_mrc", { NULL }, make_mrc_bytes, NULL, NULL },
#ifdef DAMAGE_TIFF
    { "tiff_imagej", "io.read_tiff", { NULL }, make_tiff_imagej, NULL, NULL },
    { "tiff_tiles", "io.read_tiff", { NULL }, make_tiff_tiles, NULL, NULL },
    { "tiff", "io.read_tiff", { NULL }, make_tiff, NULL, NULL },
    { "tiff_floats", "io.read_tiff", { NULL }, make_tiff_floats, NULL, NULL },
    { "tiff_lzw", "io.read_tiff", { NULL }, make_tiff_lzw, explains_tiff_lzw, NULL },
    { "tiff_deflate", "io.read_tiff", { NULL }, make_tiff_deflate, NULL, NULL },
    { "tiff_packbits", "io.read_tiff", { NULL }, make_tiff_packbits, explains_tiff_packbits, NULL },
#endif
    { "csv", "io.read_csv", { NULL }, make_csv, explains_csv, NULL },
    { "xyz", "io.read_xyz", { NULL }, make_xyz, explains_xyz, NULL },
};
const int damage_format_count = sizeof damage_formats / sizeof *damage_formats;
