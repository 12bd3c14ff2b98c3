/* tests/damage/files_images.c - MRC volumes and TIFF stacks. */
#include "damage/formats.h"
#include <stdlib.h>
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

bool make_mrc_half(damage_file *out)
{
    uint16_t v[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) v[i] = (uint16_t)(0x3c00 + 97 * i); /* 1 to 120 */
    put_mrc(out, 12, v, sizeof v);
    return damage_find(out, v, NUMBERS, 2, 0, "data");
}

/* Unsigned bytes, which only the header's minimum and maximum tell from signed ones. */
bool make_mrc_bytes(damage_file *out)
{
    unsigned char v[NUMBERS], low = 255, high = 0;
    for (int i = 0; i < NUMBERS; i++) {
        v[i] = (unsigned char)(damage_counts()[i] - 260);
        if (v[i] < low) low = v[i];
        if (v[i] > high) high = v[i];
    }
    float range[2] = { low, high };
    put_mrc(out, 0, v, NUMBERS);
    memcpy(out->bytes + 76, range, sizeof range);
    return high > 127 && damage_find(out, v, NUMBERS, 1, 0, "data");
}

#ifdef DAMAGE_TIFF
/* As ImageJ writes stacks above 4 GB: one directory, all images behind it. */
bool make_tiff_imagej(damage_file *f)
{
    static const char description[] = "ImageJ=1.53t\nimages=3\nslices=3\nloop=false\n";
    enum {
        TAGS = 11,
        DESCRIPTION = 8 + 2 + 12 * TAGS + 4,
        PIXELS = DESCRIPTION + sizeof description
    };
    const uint32_t tag[TAGS][4] = {
        { 256, 4, 1, NX },          { 257, 4, 1, NY }, { 258, 3, 1, 16 },
        { 259, 3, 1, 1 },           { 262, 3, 1, 1 },  { 270, 2, sizeof description, DESCRIPTION },
        { 273, 4, 1, PIXELS },      { 277, 3, 1, 1 },  { 278, 4, 1, NY },
        { 279, 4, 1, NX * NY * 2 }, { 339, 3, 1, 1 }
    };
    damage_bytes(f, "II*\0\x08\0\0\0\x0b\0", 10);
    for (int i = 0; i < TAGS; i++) {
        damage_u32(f, tag[i][0] | tag[i][1] << 16);
        damage_u32(f, tag[i][2]);
        damage_u32(f, tag[i][3]);
    }
    damage_u32(f, 0);
    damage_bytes(f, description, sizeof description);
    damage_bytes(f, damage_counts(), NUMBERS * 2);
    return damage_find(f, damage_counts(), NUMBERS, 2, 0, "data");
}

/* BigTIFF in tiles of 16 x 16, each page one tile. */
bool make_tiff_tiles(damage_file *f)
{
    const char *path = damage_temporary();
    TIFF *t = TIFFOpen(path, "w8");
    for (int k = 0; t && k < NZ; k++) {
        float tile[16 * 16] = { 0 };
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, NX);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, NY);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 32);
        TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(t, TIFFTAG_TILEWIDTH, 16);
        TIFFSetField(t, TIFFTAG_TILELENGTH, 16);
        for (int i = 0; i < NY * NX; i++)
            tile[i / NX * 16 + i % NX] = damage_floats()[k * NY * NX + i];
        if (TIFFWriteEncodedTile(t, 0, tile, sizeof tile) != sizeof tile) return false;
        TIFFWriteDirectory(t);
    }
    if (t) TIFFClose(t);
    if (!damage_load(f, path)) return false;
    for (int row = 0; row < NZ * NY; row++)
        if (!damage_find(f, damage_floats() + row * NX, NX, 4, row * NX, "data")) return false;
    return true;
}

/* NZ pages of NY rows, each page a strip. Numbers of `bits` bits. */
static bool put_tiff(damage_file *f, uint16_t bits, uint16_t sample, uint16_t compression,
                     const void *data)
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
        if (!damage_find(f, (const char *)data + (size_t)k * NY * row, NY * NX, bits / 8u,
                         k * NY * NX, "data"))
            return false;
    return true;
}

/* ---- LZW and PackBits have no checksum: bits that still unpack to a whole strip are its numbers
 */

/* Strip k of a file as put_tiff makes it: pages of one strip, directories that were not damaged. */
static bool strip_of(const unsigned char *b, size_t size, int k, const unsigned char **at,
                     uint32_t *n)
{
    uint32_t where, place = 0;
    memcpy(&where, b + 4, 4);
    for (*n = 0; where; k--) {
        uint16_t entries;
        if (where + 2 > size) return false;
        memcpy(&entries, b + where, 2);
        if (where + 2 + 12u * entries + 4 > size) return false;
        for (uint32_t i = 0; i < entries && !k; i++) {
            const unsigned char *e = b + where + 2 + 12 * i;
            uint16_t tag, type;
            uint32_t value = 0;
            memcpy(&tag, e, 2);
            memcpy(&type, e + 2, 2);
            memcpy(&value, e + 8, type == 3 ? 2 : 4);
            if (tag == 273) place = value;
            if (tag == 279) *n = value;
        }
        if (!k) break;
        memcpy(&where, b + where + 2 + 12u * entries, 4);
    }
    *at = b + place;
    return place && place <= size && *n <= size - place;
}

static bool unpack_runs(const unsigned char *b, uint32_t n, unsigned char *out, size_t room)
{
    size_t used = 0;
    for (uint32_t i = 0; i < n;) {
        int count = (signed char)b[i++];
        size_t length = count >= 0 ? (size_t)count + 1 : (size_t)(1 - count);
        if (count == -128) continue;
        if (used + length > room || i + (count >= 0 ? length : 1) > n) return false;
        for (size_t k = 0; k < length; k++) out[used++] = count >= 0 ? b[i + k] : b[i];
        i += count >= 0 ? (uint32_t)length : 1;
    }
    return used == room;
}

/* The text of every code is kept as where it was written and how long it is. */
static bool unpack_lzw(const unsigned char *b, uint32_t n, unsigned char *out, size_t room)
{
    size_t from[4097], length[4097], used = 0;
    int next = 258, width = 9, before = -1;
    for (uint64_t bit = 0; bit + (unsigned)width <= 8ull * n;) {
        int code = 0;
        for (int k = 0; k < width; k++, bit++) code = code << 1 | (b[bit / 8] >> (7 - bit % 8) & 1);
        if (code == 257) return used == room && 8ull * n - bit < 32;
        if (code == 256) {
            next = 258, width = 9, before = -1;
            continue;
        }
        size_t start = used, size = code < 256 ? 1 : 0, old = before < 256 ? 1 : length[before];
        if (before >= 0
            && next < 4096) { /* the new code: the one before and the first byte of this */
            from[next] = start - old;
            length[next++] = old + 1;
        }
        if (code >= next || (before < 0 && code > 255)) return false;
        if (!size) size = length[code];
        if (used + size > room) return false;
        for (size_t k = 0; k < size; k++)
            out[used++] = code < 256 ? (unsigned char)code : out[from[code] + k];
        before = code;
        if (next == (1 << width) - 1 && width < 12) width++;
    }
    return false;
}

typedef bool unpacker(const unsigned char *b, uint32_t n, unsigned char *out, size_t room);

static bool explains_packed(const unsigned char *b, size_t size, const loom_value *whole,
                            const loom_value *got, unpacker *unpack)
{
    const loom_array *was = value_array(whole, "data"), *is = value_array(got, "data");
    if (is->dtype != was->dtype || is->rank != was->rank
        || memcmp(is->dim, was->dim, sizeof is->dim) != 0)
        return false;
    for (int k = 0; k < NZ; k++) {
        static uint16_t page[4096]; /* larger than needed: gcc 12 cannot follow `room` */
        const unsigned char *at;
        uint32_t n;
        if (!strip_of(b, size, k, &at, &n)
            || !unpack(at, n, (unsigned char *)page, NY * NX * sizeof *page))
            return false;
        for (int i = 0; i < NY * NX; i++)
            if (((int32_t *)is->data)[k * NY * NX + i] != page[i]) return false;
    }
    return true;
}

bool explains_tiff_lzw(const unsigned char *b, size_t size, const loom_value *whole,
                       const loom_value *got)
{
    return explains_packed(b, size, whole, got, unpack_lzw);
}

bool explains_tiff_packbits(const unsigned char *b, size_t size, const loom_value *whole,
                            const loom_value *got)
{
    return explains_packed(b, size, whole, got, unpack_runs);
}

bool make_tiff(damage_file *f)
{
    return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_NONE, damage_counts());
}
bool make_tiff_floats(damage_file *f)
{
    return put_tiff(f, 32, SAMPLEFORMAT_IEEEFP, COMPRESSION_NONE, damage_floats());
}
bool make_tiff_lzw(damage_file *f)
{
    return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_LZW, damage_counts());
}
bool make_tiff_deflate(damage_file *f)
{
    return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_ADOBE_DEFLATE, damage_counts());
}
bool make_tiff_packbits(damage_file *f)
{
    return put_tiff(f, 16, SAMPLEFORMAT_UINT, COMPRESSION_PACKBITS, damage_counts());
}
#endif
