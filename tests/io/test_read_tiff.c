/* io.read_tiff: pages of every kind of number come back as written; damage is refused with words. */
#include "io/io_files.h"
#include "support/suite.h"
#include <tiffio.h>

enum { NX = 5, NY = 4, PAGES = 3 };

/* PAGES pages of NX x NY samples of `bits` bits, taken in turn from `samples`; "file=PATH". */
static const char *tiff_file(uint16_t bits, uint16_t format, uint16_t compression, const void *samples)
{
    const char *param = file_with("", 0);
    TIFF *t = TIFFOpen(param + 5, "w");
    ck_assert_ptr_nonnull(t);
    for (int k = 0; k < PAGES; k++) {
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, NX);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, NY);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, bits);
        TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, format);
        TIFFSetField(t, TIFFTAG_COMPRESSION, compression);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        for (int y = 0; y < NY; y++) {
            char row[NX * 8];
            memcpy(row, (const char *)samples + (size_t)(k * NY + y) * NX * (bits / 8), NX * (bits / 8));
            ck_assert_int_eq(TIFFWriteScanline(t, row, (uint32_t)y, 0), 1);
        }
        TIFFWriteDirectory(t);
    }
    TIFFClose(t);
    return param;
}

static op_call reading(const char *param)
{
    op_call c = { .op = op_load("io.read_tiff"), .params = { param } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->rank, 3);
    ck_assert_int_eq(a->dim[0], PAGES);
    ck_assert_int_eq(a->dim[1], NY);
    ck_assert_int_eq(a->dim[2], NX);
    return c;
}

START_TEST(numbers_are_kept)
{
    uint16_t counts[PAGES * NY * NX];
    float reals[PAGES * NY * NX];
    for (int i = 0; i < PAGES * NY * NX; i++) { counts[i] = (uint16_t)(60000 + i); reals[i] = (float)i / 3 - 5; }
    const char *param = tiff_file(16, SAMPLEFORMAT_UINT, COMPRESSION_LZW, counts);
    op_call c = reading(param);
    for (int i = 0; i < PAGES * NY * NX; i++)
        ck_assert_int_eq(((int32_t *)value_array(op_output(&c, "array"), "data")->data)[i], counts[i]);
    op_end(&c);
    remove_file(param);
    param = tiff_file(32, SAMPLEFORMAT_IEEEFP, COMPRESSION_NONE, reals);
    c = reading(param);
    ck_assert_mem_eq(value_array(op_output(&c, "array"), "data")->data, reals, sizeof reals);
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(damaged_files_are_refused_or_read)
{
    uint16_t counts[PAGES * NY * NX] = { 1, 2, 3 };
    size_t n;
    const char *param = tiff_file(16, SAMPLEFORMAT_UINT, _i ? COMPRESSION_LZW : COMPRESSION_NONE, counts);
    unsigned char *good = bytes_of(param + 5, &n);
    remove_file(param);
    survives_damage("io.read_tiff", good, n, 300, 60, 600);
    free(good);
    param = file_with("II*", 3);
    op_call c = { .op = op_load("io.read_tiff"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "cannot read");
    op_end(&c);
    remove_file(param);
}
END_TEST

TEST_MAIN_WITH("io.read_tiff", ((suite_options){ .loop = damaged_files_are_refused_or_read, .loops = 2 }),
               numbers_are_kept)
