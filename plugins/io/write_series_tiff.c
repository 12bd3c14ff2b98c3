/* io.write_series_tiff - the images of a tilt series as a TIFF stack. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include <math.h>

static const loom_port inputs[] = { { "tilts", "tilt_series", "any series", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "file", "file", "TIFF, 32-bit real, one page for each tilt", 0 }, { 0 }
};

/* TIFF 6.0: an entry has 12 bytes; the first page also says what the pixel size is. */
enum {
    HEADER = 8,
    RATIO = 8,
    ENTRY = 12,
    ENTRIES = 10,
    MORE_ENTRIES = 4,
    TIFF_TEXT = 2,
    TIFF_SHORT = 3,
    TIFF_LONG = 4,
    TIFF_RATIONAL = 5,
    IEEE_REAL = 3
};

/* Where everything is: header, text, two resolutions, directories, images. */
typedef struct places {
    uint64_t text_bytes, ratio, directories, images, end;
} places;

static uint64_t directory_bytes(int64_t page)
{
    return 2 + ENTRY * (uint64_t)(page ? ENTRIES : ENTRIES + MORE_ENTRIES) + 4;
}

static places find_places(const loom_array *images, size_t text_bytes)
{
    places p = { .text_bytes = text_bytes };
    p.ratio = HEADER + (text_bytes + 7) / 8 * 8;
    p.directories = p.ratio + 2 * RATIO;
    uint64_t all = directory_bytes(0) + directory_bytes(1) * (uint64_t)(images->dim[0] - 1);
    p.images = p.directories + (all + 7) / 8 * 8;
    p.end = p.images + sizeof(float) * (uint64_t)loom_array_count(images);
    return p;
}

static unsigned char *put_entry(unsigned char *b, uint16_t tag, uint16_t type, uint64_t count,
                                uint64_t value)
{
    memcpy(b, &tag, 2);
    memcpy(b + 2, &type, 2);
    memcpy(b + 4, &(uint32_t){ (uint32_t)count }, 4);
    memcpy(b + 8, &(uint32_t){ (uint32_t)value }, 4);
    return b + ENTRY;
}

/* The directory of one page at `b`, entries in order of their tags; `next`: the following one. */
static void put_directory(unsigned char *b, const places *p, const loom_array *images, int64_t page,
                          uint64_t next)
{
    uint64_t ny = (uint64_t)images->dim[1], nx = (uint64_t)images->dim[2];
    uint64_t bytes = sizeof(float) * ny * nx;
    memcpy(b, &(uint16_t){ (uint16_t)((directory_bytes(page) - 6) / ENTRY) }, 2);
    b = put_entry(b + 2, 256, TIFF_LONG, 1, nx);
    b = put_entry(b, 257, TIFF_LONG, 1, ny);
    b = put_entry(b, 258, TIFF_SHORT, 1, 32);
    b = put_entry(b, 259, TIFF_SHORT, 1, 1); /* not compressed */
    b = put_entry(b, 262, TIFF_SHORT, 1, 1); /* black is zero */
    if (!page) b = put_entry(b, 270, TIFF_TEXT, p->text_bytes, HEADER);
    b = put_entry(b, 273, TIFF_LONG, 1, p->images + bytes * (uint64_t)page);
    b = put_entry(b, 277, TIFF_SHORT, 1, 1);
    b = put_entry(b, 278, TIFF_LONG, 1, ny);
    b = put_entry(b, 279, TIFF_LONG, 1, bytes);
    if (!page) {
        b = put_entry(b, 282, TIFF_RATIONAL, 1, p->ratio);
        b = put_entry(b, 283, TIFF_RATIONAL, 1, p->ratio + RATIO);
        b = put_entry(b, 296, TIFF_SHORT, 1, 1); /* the unit is in the description */
    }
    b = put_entry(b, 339, TIFF_SHORT, 1, IEEE_REAL);
    memcpy(b, &(uint32_t){ (uint32_t)next }, 4);
}

/* Pixels per angstrom as two whole numbers: the second has most digits that fit. */
static void put_ratio(unsigned char *b, double pixel_A)
{
    double scale = 1e9;
    while (scale > 1 && pixel_A * scale > 4e9) scale /= 10;
    uint32_t ratio[2] = { (uint32_t)scale, (uint32_t)fmax(1, round(pixel_A * scale)) };
    memcpy(b, ratio, sizeof ratio);
    memcpy(b + RATIO, ratio, sizeof ratio);
}

static void put_file(unsigned char *file, const places *p, const loom_array *images,
                     const char *text, double pixel_A)
{
    uint64_t at = p->directories;
    memset(file, 0, (size_t)p->images);
    memcpy(file, "II\x2a\0", 4);
    memcpy(file + 4, &(uint32_t){ (uint32_t)at }, 4);
    memcpy(file + HEADER, text, (size_t)p->text_bytes);
    put_ratio(file + p->ratio, pixel_A);
    for (int64_t page = 0; page < images->dim[0]; page++) {
        uint64_t next = at + directory_bytes(page);
        put_directory(file + at, p, images, page, page + 1 < images->dim[0] ? next : 0);
        at = next;
    }
    memcpy(file + p->images, images->data, (size_t)(p->end - p->images));
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images");
    double pixel_A;
    char text[128];
    if (!images || !loom_need_number(call, "tilts", "pixel_size", &pixel_A)) return LOOM_E_DATA;
    if (!loom_array_count(images))
        return h->fail(call, LOOM_E_DATA, "tilts", "the series is empty");
    int length =
        snprintf(text, sizeof text, "ImageJ=1.53\nimages=%lld\nslices=%lld\nunit=angstrom\n",
                 (long long)images->dim[0], (long long)images->dim[0]);
    places p = find_places(images, (size_t)length + 1);
    if (p.end > UINT32_MAX)
        return h->fail(
            call, LOOM_E_DATA, "tilts",
            "the images have %.1f GiB, and a TIFF file holds less than 4: write .mrc, or "
            "fewer tilts (series.select)",
            (double)p.end / 1073741824.0);
    unsigned char *file = h->scratch(call, (size_t)p.end);
    if (!file) return LOOM_E_MEMORY;
    put_file(file, &p, images, text, pixel_A);
    return io_finish_file(call, file, (size_t)p.end, "image/tiff", "tif");
}

static const loom_op io_write_series_tiff = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_series_tiff",
    .summary = "The images of a tilt series as a TIFF stack.",
    .method = "One page of 32-bit reals for each tilt, rows in the order of the series; the pixel "
              "size as ImageJ has it, which io.read_series finds.",
    .cites = "none",
    .limits = "TIFF has no place for tilts: write .rawtlt as well. Less than 4 GiB.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "tilt_series",
    .writes_extension = "tif",
    .run = run,
};
LOOM_PLUGIN("io.write_series_tiff", "1.0", "BSD-3-Clause", &io_write_series_tiff);
