/* tests/damage/files_images.c - MRC volumes and TIFF stacks. */
#include "damage/formats.h"
#include <string.h>
#ifdef DAMAGE_TIFF
#include <tiffio.h>
#endif

static void put_mrc(damage_file *f, uint32_t mode, const void *data, size_t bytes)
{
    uint32_t word[256] = { NX, NY, NZ, mode };
    float cell[3] = { NX * 0.5f, NY * 0.5f, NZ * 0.5f }, right = 90;
    memcpy(word + 7, (uint32_t[]){ NX, NY, NZ }, 12);
    memcpy(word + 10, cell, sizeof cell);
    for (int k = 13; k < 16; k++) memcpy(word + k, &right, 4);
    memcpy(word + 16, (uint32_t[]){ 1, 2, 3 }, 12);
    word[22] = 1;
    word[27] = 20140;
    memcpy(word + 52, "MAP \x44\x44\0\0", 8);
    damage_bytes(f, word, sizeof word);
    damage_bytes(f, data, bytes);
}

bool make_mrc(damage_file *out)
{
    put_mrc(out, 2, damage_floats(), NUMBERS * 4);
    return damage_find(out, damage_floats(), NUMBERS, 4, 0, "data");
}

bool make_mrc_counts(damage_file *out)
{
    put_mrc(out, 6, damage_counts(), NUMBERS * 2);
    return damage_find(out, damage_counts(), NUMBERS, 2, 0, "data");
}

#ifdef DAMAGE_TIFF
/* NZ pages of NY rows, each page a strip. Numbers of `bits` bits. */
static bool put_tiff(damage_file *f, uint16_t bits, uint16_t sample, uint16_t compression, const void *data)
{
    const char *path = damage_temporary();
    TIFF *t = TIFFOpen(path, "w");
    size_t row = NX * (bits / 8u);
    for (int k = 0; t && k < NZ; k++) {
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, NX);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, NY);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, bits);
        TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, NY);
        TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, sample);
        TIFFSetField(t, TIFFTAG_COMPRESSION, compression);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        for (int y = 0; y < NY; y++) {
            char line[NX * 8];
            memcpy(line, (const char *)data + (size_t)(k * NY + y) * row, row);
            if (TIFFWriteScanline(t, line, (uint32_t)y, 0) != 1) return false;
        }
        TIFFWriteDirectory(t);
    }
    if (t) TIFFClose(t);
    if (!damage_load(f, path)) return false;
    for (int k = 0; k < NZ && compression == COMPRESSION_NONE; k++)
        if (!damage_find(f, (const char *)data + (size_t)k * NY * row, NY * NX, bits / 8u, k * NY * NX, "data")) return false;
    return true;
}

bool make_tiff(damage_file *f) { return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_NONE, damage_counts()); }
bool make_tiff_floats(damage_file *f) { return put_tiff(f, 32, SAMPLEFORMAT_IEEEFP, COMPRESSION_NONE, damage_floats()); }
bool make_tiff_lzw(damage_file *f) { return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_LZW, damage_counts()); }
bool make_tiff_deflate(damage_file *f) { return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_ADOBE_DEFLATE, damage_counts()); }
bool make_tiff_packbits(damage_file *f) { return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_PACKBITS, damage_counts()); }
#endif
