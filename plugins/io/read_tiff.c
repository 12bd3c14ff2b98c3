/* io.read_tiff - the pages of a TIFF file as a stack of images. */
#include <atomloom/op.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>

typedef struct params { loom_path file; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "TIFF file, one or many pages"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "[page][y][x], or [y][x] of a single page", 0 }, { 0 } };

/* The library's own words, kept for the message instead of standard error. */
typedef struct complaint { char text[256]; } complaint;

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    complaint *c = user;
    (void)tiff;
    (void)module;
    if (!*c->text) vsnprintf(c->text, sizeof c->text, format, args);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    (void)tiff, (void)user, (void)module, (void)format, (void)args;
    return 1;
}

typedef struct page { uint32_t width, height; uint16_t bits, format; } page;

/* False when the page is not one grey channel in rows. */
static bool read_page_header(TIFF *tiff, page *out)
{
    uint16_t samples = 1;
    *out = (page){ .bits = 1, .format = SAMPLEFORMAT_UINT };
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &out->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &out->format);
    return TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &out->width) && TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &out->height) &&
           samples == 1 && !TIFFIsTiled(tiff);
}

static bool dtype_of(const page *p, loom_dtype *out)
{
    bool real = p->format == SAMPLEFORMAT_IEEEFP, whole = p->format == SAMPLEFORMAT_UINT || p->format == SAMPLEFORMAT_INT;
    *out = real ? (p->bits == 64 ? LOOM_F64 : LOOM_F32) : p->bits == 8 && p->format == SAMPLEFORMAT_UINT ? LOOM_U8
         : p->bits == 32 && p->format == SAMPLEFORMAT_UINT ? LOOM_I64 : LOOM_I32;
    return (real && (p->bits == 32 || p->bits == 64)) || (whole && (p->bits == 8 || p->bits == 16 || p->bits == 32));
}

#define CONVERT(from, to) for (uint32_t x = 0; x < p->width; x++) ((to *)dst)[x] = (to)((const from *)row)[x]
static void convert_row(const page *p, const void *row, void *restrict dst)
{
    bool is_signed = p->format == SAMPLEFORMAT_INT;
    if (p->format == SAMPLEFORMAT_IEEEFP || (p->bits == 8 && !is_signed)) memcpy(dst, row, (size_t)p->width * (p->bits / 8));
    else if (p->bits == 8) CONVERT(int8_t, int32_t);
    else if (p->bits == 16 && is_signed) CONVERT(int16_t, int32_t);
    else if (p->bits == 16) CONVERT(uint16_t, int32_t);
    else if (is_signed) CONVERT(int32_t, int32_t);
    else CONVERT(uint32_t, int64_t);
}

static loom_status read_pages(loom_call *call, const params *p, TIFF *tiff, const complaint *c)
{
    enum { MOST_RATIO = 5000 }; /* no compression in use packs tighter: a larger size is damage */
    const loom_host *h = call->host;
    page first, at;
    loom_dtype dtype;
    struct stat info;
    if (!read_page_header(tiff, &first) || !dtype_of(&first, &dtype))
        return h->fail(call, LOOM_E_DATA, "file", "'%s' is not one grey channel of 8, 16 or 32 bits in rows (found %u bits); convert it "
                                                  "first", p->file.path, first.bits);
    int64_t pages = 0, dim[3];
    do pages++;
    while (TIFFReadDirectory(tiff) && pages < 1000000);
    double bytes = (double)pages * first.width * first.height * (first.bits / 8);
    if (stat(p->file.path, &info) || bytes > (double)info.st_size * MOST_RATIO || !first.width || !first.height ||
        (size_t)TIFFScanlineSize64(tiff) > SIZE_MAX / 4)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: its header says %u x %u pixels", p->file.path, first.width, first.height);
    dim[0] = pages;
    dim[1] = first.height;
    dim[2] = first.width;
    char *dst = h->add_array(call, h->output(call, "array"), "data", dtype, pages > 1 ? 3 : 2, pages > 1 ? dim : dim + 1, NULL);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < pages; k++) {
        if (!TIFFSetDirectory(tiff, (tdir_t)k) || !read_page_header(tiff, &at) || memcmp(&at, &first, sizeof at) != 0)
            return h->fail(call, LOOM_E_DATA, "file", "'%s' page %lld differs from the first in size or kind; all pages must be alike",
                           p->file.path, (long long)k + 1);
        void *row = h->scratch(call, (size_t)TIFFScanlineSize64(tiff) + 64);
        if (!row) return LOOM_E_MEMORY;
        if ((size_t)TIFFScanlineSize64(tiff) < (size_t)at.width * (at.bits / 8))
            return h->fail(call, LOOM_E_IO, "file", "'%s' page %lld is damaged", p->file.path, (long long)k + 1);
        for (uint32_t y = 0; y < at.height; y++, dst += at.width * loom_dtype_bytes(dtype)) {
            if (TIFFReadScanline(tiff, row, y, 0) != 1)
                return h->fail(call, LOOM_E_IO, "file", "'%s' page %lld row %u cannot be read: %s", p->file.path, (long long)k + 1, y,
                               c->text);
            convert_row(&at, row, dst);
        }
        h->release(call, row);
        if (!h->progress(call, (double)k, (double)pages)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    complaint c = { "" };
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return h->fail(call, LOOM_E_MEMORY, NULL, "out of memory");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &c);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &c);
    TIFF *tiff = TIFFOpenExt(p->file.path, "r", options);
    TIFFOpenOptionsFree(options);
    if (!tiff) return h->fail(call, LOOM_E_IO, "file", "cannot read '%s': %s", p->file.path, *c.text ? c.text : "not a TIFF file");
    loom_status status = read_pages(call, p, tiff, &c);
    TIFFClose(tiff);
    return status;
}

static const loom_op io_read_tiff = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_tiff",
    .summary = "The pages of a TIFF file as a stack of images.",
    .method = "Every compression that libtiff knows. uint8 and floats are kept, int8, int16, uint16 and int32 become i32, uint32 becomes "
              "i64. Rows run downwards in the file and are kept in that order.",
    .cites = "none",
    .limits = "One channel, stored in strips (not tiles), all pages of one size and kind.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_tiff", "1.0", "BSD-3-Clause", &io_read_tiff);
