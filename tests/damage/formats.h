/* tests/damage/formats.h - makers of small whole files, one family per file. */
#ifndef ATOMLOOM_TESTS_DAMAGE_FORMATS_H
#define ATOMLOOM_TESTS_DAMAGE_FORMATS_H
#include "damage/damage.h"

enum {
    NUMBERS = 60,
    NZ = 3,
    NY = 4,
    NX = 5
}; /* NUMBERS = NZ * NY * NX: what every file of images holds */

/* Numbers with all their bits in use, and counts of a detector; static. */
const double *damage_reals(void);
const float *damage_floats(void);
const uint16_t *damage_counts(void);

/* files_mat.c */
bool make_mat4(damage_file *);
bool make_mat4_integers(damage_file *);
bool make_mat5(damage_file *);
bool make_mat5_big_endian(damage_file *);
bool make_mat5_narrow(damage_file *);
bool explains_narrow(const unsigned char *bytes, size_t size, const loom_value *whole,
                     const loom_value *got);
bool make_mat5_several(damage_file *);
bool make_mat5_struct(damage_file *);
bool make_mat5_packed(damage_file *);
bool make_mat5_packed_several(damage_file *);
bool make_mat5_packed_struct(damage_file *);

/* files_npy.c */
bool make_npy(damage_file *);
bool make_npy_big_endian(damage_file *);
bool make_npy_counts(damage_file *);
bool make_npy_half(damage_file *);

/* files_h5.c */
bool make_mat73(damage_file *);
bool make_mat73_packed(damage_file *);
bool make_mat73_chunked(damage_file *);
bool make_mat73_checked(damage_file *);
bool make_mat73_newer(damage_file *);
bool make_mat73_several(damage_file *);
bool make_mat73_struct(damage_file *);
bool make_h5_own(damage_file *);
bool make_h5_old(damage_file *);
bool explains_h5_old(const unsigned char *bytes, size_t size, const loom_value *whole,
                     const loom_value *got);
bool make_h5_old_packed(damage_file *);

/* files_images.c */
bool make_mrc(damage_file *);
bool make_mrc_counts(damage_file *);
bool make_mrc_bytes(damage_file *);
bool make_mrc_half(damage_file *);
bool make_tiff_imagej(damage_file *);
bool make_tiff_tiles(damage_file *);
bool make_tiff(damage_file *);
bool make_tiff_floats(damage_file *);
bool make_tiff_lzw(damage_file *);
bool make_tiff_deflate(damage_file *);
bool make_tiff_packbits(damage_file *);
bool explains_tiff_lzw(const unsigned char *bytes, size_t size, const loom_value *whole,
                       const loom_value *got);
bool explains_tiff_packbits(const unsigned char *bytes, size_t size, const loom_value *whole,
                            const loom_value *got);

/* files_microscopes.c */
bool make_dm3(damage_file *);
bool make_dm4(damage_file *);
bool make_ser(damage_file *);
bool make_velox(damage_file *);
bool make_mrc_serialem(damage_file *);
bool make_emd_berkeley(damage_file *);
bool make_npz(damage_file *);
bool make_npz_packed(damage_file *);

/* files_tilts.c: tilts next to a file of images */
bool make_rawtlt(damage_file *);
bool make_tilt_table(damage_file *);
bool make_mdoc(damage_file *);
bool explains_tilts(const unsigned char *bytes, size_t size, const loom_value *whole,
                    const loom_value *got);
bool explains_mdoc(const unsigned char *bytes, size_t size, const loom_value *whole,
                   const loom_value *got);

/* files_text.c */
bool make_csv(damage_file *);
bool explains_csv(const unsigned char *bytes, size_t size, const loom_value *whole,
                  const loom_value *got);
bool make_xyz(damage_file *);
bool explains_xyz(const unsigned char *bytes, size_t size, const loom_value *whole,
                  const loom_value *got);
#endif
