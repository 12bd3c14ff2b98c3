/* io.read_tiff: pages of every kind of number, layout and compression come back as written; what is
 * cut, changed or contradicts itself is refused with the reason. */
#include "io/io_files.h"
#include "io/tiff_builder.h"
#include "support/suite.h"
#include <math.h>
#include <tiffio.h>

static const loom_array *data_of(const op_call *c)
{
    return value_array(op_output(c, "array"), "data");
}

static double at(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_U8: return ((uint8_t *)a->data)[i];
    case LOOM_I32: return ((int32_t *)a->data)[i];
    case LOOM_I64: return (double)((int64_t *)a->data)[i];
    case LOOM_F32: return (double)((float *)a->data)[i];
    default: return ((double *)a->data)[i];
    }
}

static op_call reading(const tiff_bytes *b, const char *p1)
{
    return (op_call){ .op = op_load("io.read_tiff"), .params = { file_with(b->data, b->n), p1 } };
}

static void done(op_call *c)
{
    remove_file(c->params[0]);
    op_end(c);
}

/* Every number of the stack is the builder's. */
static void check_samples(const op_call *c, const tiff_shape *s)
{
    const loom_array *a = data_of(c);
    ck_assert_int_eq(a->rank, s->pages > 1 ? 3 : 2);
    ck_assert_int_eq(loom_array_count(a), (int64_t)s->pages * s->width * s->height);
    for (int64_t i = 0; i < loom_array_count(a); i++) {
        double v = (double)(i % 7);
        if (s->format == 2) v = -v;
        if (s->bits < 3) v = (double)(i % 7 & ((1 << s->bits) - 1));
        ck_assert_msg(at(a, i) == v, "%u bits, format %u: number %lld is %g, expected %g", s->bits,
                      s->format, (long long)i, at(a, i), v);
    }
}

START_TEST(kinds_of_numbers_orders_and_layouts)
{
    static const struct {
        uint16_t bits, format;
        loom_dtype dtype;
    } kinds[] = {
        { 8, 1, LOOM_U8 },   { 8, 2, LOOM_I32 },  { 16, 1, LOOM_I32 }, { 16, 2, LOOM_I32 },
        { 32, 1, LOOM_I64 }, { 32, 2, LOOM_I32 }, { 64, 1, LOOM_I64 }, { 64, 2, LOOM_I64 },
        { 16, 3, LOOM_F32 }, { 32, 3, LOOM_F32 }, { 64, 3, LOOM_F64 }, { 1, 1, LOOM_U8 },
        { 4, 1, LOOM_U8 },   { 12, 1, LOOM_I32 }, { 8, 4, LOOM_U8 },
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int form = 0; form < 16; form++) {
            tiff_shape s = { .big = form & 1,
                             .wide = form & 2,
                             .tile = form & 4 ? 16 : 0,
                             .rows = form & 8 ? 3 : 0,
                             .width = 21,
                             .height = 7,
                             .pages = form & 8 ? 1 : 3,
                             .bits = kinds[k].bits,
                             .format = kinds[k].format };
            tiff_bytes b = tiff_build(&s);
            op_call c = reading(&b, NULL);
            op_must_run(&c);
            ck_assert_int_eq(data_of(&c)->dtype, kinds[k].dtype);
            check_samples(&c, &s);
            done(&c);
            free(b.data);
        }
}
END_TEST

/* ---- compressions, written by libtiff -------------------------------------------------------- */

enum { NX = 37, NY = 29, PAGES = 3 };

/* "file=PATH". Smooth counts, so that there is something to pack. */
static const char *packed_file(uint16_t compression, uint16_t predictor, uint16_t bits,
                               uint32_t rows, uint32_t tile)
{
    const char *param = file_with("", 0);
    TIFF *t = TIFFOpen(param + 5, "w");
    ck_assert_ptr_nonnull(t);
    for (int k = 0; k < PAGES; k++) {
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, NX);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, NY);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, bits);
        TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, bits == 32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
        TIFFSetField(t, TIFFTAG_COMPRESSION, compression);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        if (predictor) TIFFSetField(t, TIFFTAG_PREDICTOR, predictor);
        if (tile)
            TIFFSetField(t, TIFFTAG_TILEWIDTH, tile), TIFFSetField(t, TIFFTAG_TILELENGTH, tile);
        else TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, rows);
        uint32_t w = tile ? tile : NX, h = tile ? tile : rows;
        for (uint32_t top = 0; top < NY; top += h)
            for (uint32_t left = 0; left < NX; left += w) {
                char chunk[64 * 64 * 4] = { 0 };
                uint32_t used = tile || top + h <= NY ? h : NY - top;
                for (uint32_t i = 0; i < used * w; i++) {
                    uint32_t x = left + i % w, y = top + i / w, v = (uint32_t)k * 20 + x + 2 * y;
                    if (bits == 8) ((uint8_t *)chunk)[i] = (uint8_t)v;
                    else if (bits == 16) ((uint16_t *)chunk)[i] = (uint16_t)(v * 400);
                    else ((float *)chunk)[i] = (float)v * 0.37f;
                }
                tmsize_t n = (tmsize_t)(used * w * (bits / 8u));
                ck_assert_int_eq(
                    tile ? TIFFWriteEncodedTile(t, TIFFComputeTile(t, left, top, 0, 0), chunk, n)
                         : TIFFWriteEncodedStrip(t, top / h, chunk, n),
                    n);
            }
        TIFFWriteDirectory(t);
    }
    TIFFClose(t);
    return param;
}

START_TEST(compressions_predictors_strips_and_tiles)
{
    static const struct {
        uint16_t compression, predictor, bits;
    } kinds[] = {
        { COMPRESSION_NONE, 0, 16 },          { COMPRESSION_LZW, 0, 8 },
        { COMPRESSION_LZW, 2, 16 },           { COMPRESSION_ADOBE_DEFLATE, 0, 16 },
        { COMPRESSION_ADOBE_DEFLATE, 3, 32 }, { COMPRESSION_DEFLATE, 2, 8 },
        { COMPRESSION_PACKBITS, 0, 8 },       { COMPRESSION_PACKBITS, 0, 16 },
        { COMPRESSION_ZSTD, 0, 16 },          { COMPRESSION_LZMA, 0, 32 },
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int layout = 0; layout < 3; layout++) {
            if (!TIFFIsCODECConfigured(kinds[k].compression)) continue;
            const char *param = packed_file(kinds[k].compression, kinds[k].predictor, kinds[k].bits,
                                            layout ? 10 : NY, layout == 2 ? 16 : 0);
            op_call c = { .op = op_load("io.read_tiff"), .params = { param } };
            op_must_run(&c);
            const loom_array *a = data_of(&c);
            ck_assert(a->rank == 3 && a->dim[0] == PAGES && a->dim[1] == NY && a->dim[2] == NX);
            for (int64_t i = 0; i < loom_array_count(a); i++) {
                uint32_t v = (uint32_t)(i / (NX * NY) * 20 + i % NX + 2 * (i / NX % NY));
                float real = (float)v * 0.37f;
                ck_assert_double_eq(at(a, i), kinds[k].bits == 8    ? (uint8_t)v
                                              : kinds[k].bits == 16 ? v * 400
                                                                    : (double)real);
            }
            done(&c);
        }
}
END_TEST

START_TEST(jpeg_is_read_and_its_end_missed)
{
    if (!TIFFIsCODECConfigured(COMPRESSION_JPEG)) return;
    size_t n;
    const char *param = packed_file(COMPRESSION_JPEG, 0, 8, NY, 0);
    op_call c = { .op = op_load("io.read_tiff"), .params = { param } };
    op_must_run(&c);
    for (int i = 0; i < NX * NY; i++)
        ck_assert_double_eq_tol(at(data_of(&c), i), i % NX + 2 * (i / NX), 8); /* it loses some */
    op_end(&c);
    unsigned char *bytes = bytes_of(param + 5, &n), *end = memmem(bytes, n, "\xff\xd9", 2);
    remove_file(param);
    for (unsigned char *b = memmem(end + 2, n - (size_t)(end - bytes) - 2, "\xff\xd9", 2); b;
         b = NULL)
        end = b;             /* behind the tables */
    memset(end - 60, 0, 62); /* pixels and end mark overwritten */
    c = (op_call){ .op = op_load("io.read_tiff"), .params = { file_with(bytes, n) } };
    op_must_fail(&c, LOOM_E_DATA, "file", "cannot be unpacked");
    done(&c);
    free(bytes);
}
END_TEST

/* ---- refusals -------------------------------------------------------------------------------- */

#define SHAPE .width = 8, .height = 6, .bits = 8, .format = 1

static const struct {
    tiff_shape s;
    const char *says;
} refusals[] = {
    { { SHAPE, .pages = 1, .tag = { { 277, 3, 1, 2 } } }, "page 1: it has 2 channels" },
    { { SHAPE, .pages = 1, .tag = { { 262, 3, 1, 2 }, { 277, 3, 1, 3 } } },
      "3 channels (samples per pixel): colours (RGB)" },
    { { SHAPE, .pages = 1, .tag = { { 262, 3, 1, 3 } } }, "colours of a palette" },
    { { SHAPE, .pages = 1, .tag = { { 262, 3, 1, 0 } } }, "set 'white_is_zero'" },
    { { SHAPE, .pages = 1, .tag = { { 274, 3, 1, 3 } } },
      "stored turned (orientation 3); set 'orientation'" },
    { { SHAPE, .pages = 1, .tag = { { 274, 3, 1, 9 } } }, "its orientation is 9" },
    { { SHAPE, .pages = 1, .tag = { { 339, 3, 1, 5 } } }, "8 bits per sample: complex numbers" },
    { { SHAPE, .pages = 1, .tag = { { 258, 3, 1, 24 } } },
      "24 bits per sample: whole numbers of another size" },
    { { SHAPE, .pages = 1, .tag = { { 258, 3, 1, 24 }, { 339, 3, 1, 3 } } },
      "24 bits per sample: reals of another size" },
    { { SHAPE, .pages = 1, .tag = { { 258, 3, 1, 12 }, { 339, 3, 1, 2 } } }, "12 bits per sample" },
    { { SHAPE, .pages = 1, .tag = { { 266, 3, 1, 2 } } }, "FillOrder 2" },
    { { SHAPE, .pages = 1, .tag = { { 259, 3, 1, 6 } } }, "its compression (6) is unknown" },
    { { SHAPE, .pages = 1, .tag = { { 259, 3, 1, 1234 } } }, "its compression (1234) is unknown" },
    { { SHAPE, .pages = 2, .only_page = 2, .tag = { { 254, 4, 1, 1 } } },
      "page 2: it is a reduced image (thumbnail)" },
    { { SHAPE, .pages = 1, .tag = { { 338, 3, 1, 1 } } }, "one channel and yet extra ones" },
    { { SHAPE, .pages = 3, .only_page = 2, .tag = { { 256, 4, 1, 7 } } },
      "page 2: it has 7 x 6 pixels, page 1 has 8 x 6" },
    { { SHAPE, .pages = 3, .only_page = 3, .tag = { { 339, 3, 1, 2 } } },
      "page 3: its kind of numbers is not the one of page 1" },
    { { SHAPE, .pages = 3, .only_page = 3, .tag = { { 274, 3, 1, 4 } } },
      "page 3: its orientation" },
    { { SHAPE, .pages = 1, .tag = { { 256, 4, 1, 9 } } },
      "strip 1 has 48 bytes, and its pixels need 54" },
    { { SHAPE, .pages = 1, .tag = { { 256, 4, 1, 7 } } },
      "strip 1 has 48 bytes, and its pixels need 42" },
    { { SHAPE, .pages = 1, .tag = { { 257, 4, 1, 5 } } }, "strip 1 has 48 bytes" },
    { { SHAPE, .pages = 1, .tag = { { 278, 4, 1, 3 } } },
      "in 2 strips, but places of 1 and sizes of 1" },
    { { SHAPE, .pages = 1, .tag = { { 273, 4, 0, 0 } } }, "does not say where its strips are" },
    { { SHAPE, .pages = 1, .tag = { { 273, 4, 1, 100000 } } }, "reach beyond the end of the file" },
    { { SHAPE, .pages = 1, .tag = { { 273, 4, 1, 9 } } }, "lie at the same place" },
    { { SHAPE, .pages = 2, .tag = { { 273, 4, 1, 8 } } }, "lie at the same place" },
    { { SHAPE, .pages = 1, .tag = { { 322, 3, 1, 16 } } }, "tiles of 16 x 0 pixels" },
    { { SHAPE, .pages = 1, .tag = { { 256, 4, 0, 0 } } }, "0 x 6 pixels" },
    { { SHAPE, .pages = 1, .tag = { { 256, 2, 1, 8 } } },
      "tag 256 of its directory has 1 values of type 2" },
    { { SHAPE, .pages = 1, .tag = { { 259, 3, 2, 1 } } }, "tag 259 of its directory has 2 values" },
    { { SHAPE, .pages = 1, .tag = { { 373, 3, 1, 1 } } }, "has the tag 373" },
    { { SHAPE, .pages = 1, .tag = { { 305, 2, 1u << 30, 1 } } }, "beyond the end of the file" },
    { { SHAPE, .pages = 1, .tag = { { 317, 3, 1, 4 } } }, "predictor 4" },
    { { .width = 8,
        .height = 6,
        .bits = 16,
        .format = 3,
        .pages = 1,
        .description = "ImageJ=1.53t\n" },
      "which ImageJ does not write" },
};

START_TEST(refusals_give_the_reason)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        tiff_shape s = refusals[i].s;
        if (s.tag[0].tag == 305) s.tag[0].count = 5; /* the count is changed below */
        tiff_bytes b = tiff_build(&s);
        if (s.tag[0].tag == 305)
            memcpy(memmem(b.data, b.n, "\x31\x01\x02\0\x05", 5) + 4, "\0\0\0\x40", 4);
        op_call c = reading(&b, NULL);
        op_must_fail(&c, LOOM_E_DATA, "file", refusals[i].says);
        done(&c);
        free(b.data);
    }
}
END_TEST

START_TEST(what_is_no_tiff_is_named)
{
    static const struct {
        const char *bytes, *says;
        size_t n;
    } none[] = {
        { "II*", "not a TIFF file", 3 },
        { "", "not a TIFF file", 0 },
        { "II*\0\0\0\0\0", "holds no page", 8 },
        { "MM\0+\0\4\0\0\0\0\0\0\0\0\0\x10", "BigTIFF", 16 },
        { "II*\0\x08\0\0\0\0\0\0\0\0\0", "has 0 entries", 14 },
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        op_call c = { .op = op_load("io.read_tiff"),
                      .params = { file_with(none[i].bytes, none[i].n) } };
        op_must_fail(&c, LOOM_E_DATA, "file", none[i].says);
        done(&c);
    }
}
END_TEST

START_TEST(lenient_reads_what_is_clear)
{
    tiff_shape s = { SHAPE, .pages = 2, .tag = { { 373, 3, 1, 1 } } };
    tiff_bytes b = tiff_build(&s);
    b.data = realloc(b.data, b.n + 200);
    memset(b.data + b.n, 7, 200);
    b.n += 200;
    op_call c = reading(&b, "lenient=true");
    op_must_run(&c);
    check_samples(&c, &s);
    done(&c);
    s.tag[0].tag = 0;
    tiff_bytes plain = tiff_build(&s);
    memcpy(b.data, plain.data, plain.n);
    b.n = plain.n + 200;
    c = reading(&b, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "belong to no page");
    done(&c);
    free(b.data);
    free(plain.data);
}
END_TEST

START_TEST(white_is_zero_is_inverted_or_kept)
{
    for (int bits = 4; bits <= 32; bits *= 2) {
        tiff_shape s = { .width = 8,
                         .height = 6,
                         .bits = (uint16_t)bits,
                         .format = 1,
                         .pages = 1,
                         .tag = { { 262, 3, 1, 0 } } };
        tiff_bytes b = tiff_build(&s);
        op_call c = reading(&b, "white_is_zero=invert");
        op_must_run(&c);
        for (int i = 0; i < 48; i++)
            ck_assert_double_eq(at(data_of(&c), i), exp2(bits) - 1 - i % 7);
        c.params[1] = "white_is_zero=keep";
        op_must_run(&c);
        check_samples(&c, &s);
        done(&c);
        free(b.data);
    }
    tiff_shape s = {
        .width = 8, .height = 6, .bits = 32, .format = 3, .pages = 1, .tag = { { 262, 3, 1, 0 } }
    };
    tiff_bytes b = tiff_build(&s);
    op_call c = reading(&b, "white_is_zero=invert");
    op_must_fail(&c, LOOM_E_DATA, "file", "no greatest one");
    done(&c);
    free(b.data);
}
END_TEST

/* Stored row r and column c belong to row y and column x of the image: TIFF 6.0, page 36. */
START_TEST(orientations_are_applied)
{
    for (uint16_t o = 2; o <= 8; o++) {
        tiff_shape s = { .width = 3,
                         .height = 2,
                         .bits = 16,
                         .format = 1,
                         .pages = 2,
                         .tag = { { 274, 3, 1, o } } };
        tiff_bytes b = tiff_build(&s);
        op_call c = reading(&b, "orientation=apply");
        op_must_run(&c);
        const loom_array *a = data_of(&c);
        ck_assert(a->dim[1] == (o < 5 ? 2 : 3) && a->dim[2] == (o < 5 ? 3 : 2));
        for (int page = 0; page < 2; page++)
            for (int row = 0; row < 2; row++)
                for (int column = 0; column < 3; column++) {
                    int x[] = { 0, 0, 2 - column, 2 - column, column, row, 1 - row, 1 - row, row };
                    int y[] = {
                        0, 0, row, 1 - row, 1 - row, column, column, 2 - column, 2 - column
                    };
                    ck_assert_double_eq(at(a, (page * a->dim[1] + y[o]) * a->dim[2] + x[o]),
                                        (page * 6 + row * 3 + column) % 7);
                }
        c.params[1] = "orientation=ignore";
        op_must_run(&c);
        check_samples(&c, &s);
        done(&c);
        free(b.data);
    }
}
END_TEST

START_TEST(unsigned_numbers_of_64_bits_have_a_limit)
{
    tiff_shape s = { .width = 2, .height = 2, .bits = 64, .format = 1, .pages = 1 };
    tiff_bytes b = tiff_build(&s);
    b.data[8 + 7] = 0x80; /* the first number is 2^63 */
    op_call c = reading(&b, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "beyond 2^63 - 1");
    done(&c);
    free(b.data);
}
END_TEST

/* ---- lists of pages -------------------------------------------------------------------------- */

/* ImageJ's stacks above 4 GB, tifffile's shortened lists: one directory, all images behind each
 * other. */
START_TEST(stacks_with_one_directory)
{
    static const char *const descriptions[] = { "ImageJ=1.53t\nimages=5\nslices=5\nloop=false\n",
                                                "{\"truncated\": true, \"shape\": [1, 5, 6, 8]}" };
    for (int kind = 0; kind < 4; kind++) {
        int big = kind & 1;
        tiff_shape all = { .big = big,
                           .width = 8,
                           .height = 6,
                           .bits = 16,
                           .format = 1,
                           .pages = 5,
                           .directories_last = true };
        tiff_shape one = { .big = big,
                           .width = 8,
                           .height = 6,
                           .bits = 16,
                           .format = 1,
                           .pages = 1,
                           .description = descriptions[kind / 2] };
        tiff_bytes b = tiff_build(&one), stack = tiff_build(&all);
        /* the pixels of all five, behind the directory; the directory points to the first of them
         */
        size_t pixels = 8 * 6 * 2, start = b.n;
        b.data = realloc(b.data, start + 5 * pixels);
        memcpy(b.data + start, stack.data + 8, 5 * pixels);
        b.n = start + 5 * pixels;
        unsigned char *entry =
            memmem(b.data, b.n, big ? "\x01\x11\0\x04\0\0\0\x01" : "\x11\x01\x04\0\x01\0\0\0", 8);
        ck_assert_ptr_nonnull(entry);
        for (int i = 0; i < 4; i++) entry[8 + i] = (unsigned char)(start >> 8 * (big ? 3 - i : i));
        op_call c =
            reading(&b, "lenient=true"); /* the pixels that the builder put first are not used */
        op_must_run(&c);
        check_samples(&c, &all);
        done(&c);
        b.n -= 7;
        c = reading(&b, "lenient=true");
        op_must_fail(&c, LOOM_E_DATA, "file", "holds 5 images, 96 bytes each");
        done(&c);
        free(b.data);
        free(stack.data);
    }
}
END_TEST

START_TEST(what_a_description_says_of_the_pages)
{
    tiff_shape two = { SHAPE, .pages = 2, .description = "ImageJ=1.53t\nimages=5\n" };
    tiff_bytes b = tiff_build(&two);
    op_call c = reading(&b, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "holds 5 images, but its list has 2 pages");
    done(&c);
    free(b.data);
    two.description = "ImageJ=1.53t\nimages=2\nc0=-32768.0\nc1=1.0\n";
    b = tiff_build(&two);
    c = reading(&b, NULL);
    op_must_run(&c);
    check_samples(&c, &two);
    ck_assert_ptr_nonnull(strstr(c.warnings, "its values are -32768 + 1 times the numbers"));
    done(&c);
    free(b.data);
}
END_TEST

START_TEST(a_circle_of_pages_is_refused)
{
    tiff_shape s = { SHAPE, .pages = 7 };
    tiff_bytes b = tiff_build(&s);
    uint32_t first, at;
    memcpy(&first, b.data + 4, 4);
    at = first;
    for (uint32_t next = first;
         next;) { /* to the last pointer, which then points to the third page */
        uint16_t n;
        memcpy(&n, b.data + next, 2);
        at = next + 2 + n * 12u;
        memcpy(&next, b.data + at, 4);
    }
    memcpy(b.data + at, &first, 4);
    op_call c = reading(&b, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "is a circle");
    done(&c);
    free(b.data);
}
END_TEST

START_TEST(many_pages_are_read)
{
    enum { MANY = 3000 };
    tiff_shape s = { .width = 1, .height = 1, .bits = 8, .format = 1, .pages = MANY };
    tiff_bytes b = tiff_build(&s);
    op_call c = reading(&b, NULL);
    op_must_run(&c);
    ck_assert_int_eq(data_of(&c)->dim[0], MANY);
    check_samples(&c, &s);
    done(&c);
    free(b.data);
}
END_TEST

/* ---- damage ---------------------------------------------------------------------------------- */

/* Every cut and every bit of small files, the directories before or behind the pixels: an error, or
 * as many images of the same shape and kind, which differ in one number at most, the one whose bit
 * it was. */
START_TEST(damage_is_refused_or_one_number)
{
    tiff_shape s = { SHAPE,
                     .pages = _i ? 3 : 2,
                     .directories_last = _i,
                     .big = _i,
                     .wide = _i,
                     .rows = _i ? 0 : 4,
                     .description = _i ? NULL : "ImageJ=1\nimages=2\n" };
    s.bits = 16;
    tiff_bytes b = tiff_build(&s);
    size_t whole = b.n;
    for (b.n = 0; b.n < whole; b.n++) {
        op_call c = reading(&b, NULL);
        op_must_fail(&c, LOOM_E_DATA, "file", "");
        done(&c);
    }
    for (size_t bit = 0; bit < 8 * whole; bit++) {
        b.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        op_call c = reading(&b, NULL);
        if (op_run(&c)) {
            const loom_array *a = data_of(&c);
            int differ = 0;
            ck_assert(a->dtype == LOOM_I32 && a->rank == 3 && a->dim[0] == s.pages && a->dim[1] == 6
                      && a->dim[2] == 8);
            for (int64_t i = 0; i < loom_array_count(a); i++)
                differ += ((int32_t *)a->data)[i] != i % 7;
            ck_assert_int_le(differ, 1);
        } else ck_assert(*c.result.failure.message);
        done(&c);
        b.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(b.data);
}
END_TEST

TEST_MAIN_WITH("io.read_tiff",
               ((suite_options){ .loop = damage_is_refused_or_one_number, .loops = 2 }),
               kinds_of_numbers_orders_and_layouts, compressions_predictors_strips_and_tiles,
               jpeg_is_read_and_its_end_missed, refusals_give_the_reason, what_is_no_tiff_is_named,
               lenient_reads_what_is_clear, white_is_zero_is_inverted_or_kept,
               orientations_are_applied, unsigned_numbers_of_64_bits_have_a_limit,
               stacks_with_one_directory, what_a_description_says_of_the_pages,
               a_circle_of_pages_is_refused, many_pages_are_read)
