/* io/tiff_page.c - what a directory says of its page, and whether it can be read; see tiff.h. */
#include "io/tiff.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RAW = 1, WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, PALETTE = 3 };

/* ---- what its numbers are -------------------------------------------------------------------- */

/* Why samples of that photometric interpretation are no intensities; NULL where they are. */
static const char *why_no_grey(uint64_t photometric)
{
    switch (photometric) {
    case WHITE_IS_ZERO:
    case BLACK_IS_ZERO: return NULL;
    case 2: return "colours (RGB)";
    case PALETTE: return "colours of a palette, numbers of which are not intensities";
    case 4: return "a transparency mask";
    case 5: return "colours (CMYK)";
    case 6: return "colours (YCbCr)";
    case 8:
    case 9:
    case 10: return "colours (Lab)";
    default: return "an unknown photometric interpretation";
    }
}

/* Why numbers of that format cannot be read; NULL where they can. */
static const char *why_no_numbers(uint64_t format, uint64_t bits)
{
    if (format == 5 || format == 6) return "complex numbers";
    if (format < 1 || format > 6) return "an unknown sample format";
    if (format == 3)
        return bits == 16 || bits == 32 || bits == 64
                   ? NULL
                   : "reals of another size; those of 16, 32 and 64 bits can be read";
    if (bits == 8 || bits == 16 || bits == 32 || bits == 64) return NULL;
    return format != 2 && bits >= 1 && bits < 16 ? NULL
                                                 : "whole numbers of another size; 1 to 16, 32 and "
                                                   "64 bits can be read (signed: 8, 16, 32, 64)";
}

static bool read_kind(const tiff_source *s, const tiff_directory *d, int64_t page, tiff_page *out)
{
    uint64_t samples, bits, format, photometric, fill, subfile;
    if (!tiff_value(s, d, page, TIFF_SAMPLES, 1, &samples)
        || !tiff_value(s, d, page, TIFF_PHOTOMETRIC, BLACK_IS_ZERO, &photometric))
        return false;
    const char *no_grey = why_no_grey(photometric);
    if (samples != 1)
        return tiff_fail(s, page,
                         "it has %llu channels (samples per pixel)%s%s; split it into files of "
                         "one channel, or convert it to grey, first",
                         (unsigned long long)samples, no_grey ? ": " : "", no_grey ? no_grey : "");
    if (no_grey) return tiff_fail(s, page, "it holds %s; convert it to grey first", no_grey);
    if (tiff_find(d, TIFF_EXTRA_SAMPLES))
        return tiff_fail(s, page,
                         "it has one channel and yet extra ones: its directory is damaged");
    if (!tiff_value(s, d, page, TIFF_BITS, 1, &bits)
        || !tiff_value(s, d, page, TIFF_FORMAT, 1, &format)
        || !tiff_value(s, d, page, TIFF_FILL_ORDER, 1, &fill)
        || !tiff_value(s, d, page, TIFF_SUBFILE, 0, &subfile))
        return false;
    const char *no_numbers = why_no_numbers(format == 4 ? 1 : format, bits);
    if (no_numbers)
        return tiff_fail(s, page, "it has %llu bits per sample: %s", (unsigned long long)bits,
                         no_numbers);
    if (fill != 1)
        return tiff_fail(s, page,
                         "the bits of its bytes are stored in reverse (FillOrder %llu); convert "
                         "it first",
                         (unsigned long long)fill);
    if (subfile & 5)
        return tiff_fail(s, page, "it is a %s of another page; remove it first",
                         subfile & 1 ? "reduced image (thumbnail)" : "mask");
    out->bits = (uint16_t)bits;
    out->format = (uint16_t)(format == 4 ? 1 : format);
    out->photometric = (uint16_t)photometric;
    return true;
}

/* ---- where they are -------------------------------------------------------------------------- */

static bool read_strips(const tiff_source *s, const tiff_directory *d, int64_t page, tiff_page *out)
{
    if (!tiff_value(s, d, page, TIFF_ROWS_PER_STRIP, UINT32_MAX, &out->chunk_height)) return false;
    if (out->chunk_height > out->height) out->chunk_height = out->height;
    if (!out->chunk_height) return tiff_fail(s, page, "it has strips of no rows: it is damaged");
    out->chunk_width = out->width;
    out->across = 1;
    out->chunks = (out->height + out->chunk_height - 1) / out->chunk_height;
    out->offsets = tiff_find(d, TIFF_STRIP_OFFSETS);
    out->counts = tiff_find(d, TIFF_STRIP_COUNTS);
    return true;
}

static bool read_tiles(const tiff_source *s, const tiff_directory *d, int64_t page, tiff_page *out)
{
    enum { MAX_EDGE = 1 << 24 };
    if (!tiff_value(s, d, page, TIFF_TILE_WIDTH, 0, &out->chunk_width)
        || !tiff_value(s, d, page, TIFF_TILE_LENGTH, 0, &out->chunk_height))
        return false;
    if (!out->chunk_width || !out->chunk_height || out->chunk_width > MAX_EDGE
        || out->chunk_height > MAX_EDGE || tiff_find(d, TIFF_STRIP_OFFSETS))
        return tiff_fail(s, page, "it has tiles of %llu x %llu pixels: it is damaged",
                         (unsigned long long)out->chunk_width,
                         (unsigned long long)out->chunk_height);
    out->across = (out->width + out->chunk_width - 1) / out->chunk_width;
    out->chunks = out->across * ((out->height + out->chunk_height - 1) / out->chunk_height);
    out->offsets = tiff_find(d, TIFF_TILE_OFFSETS);
    out->counts = tiff_find(d, TIFF_TILE_COUNTS);
    return true;
}

static bool read_layout(const tiff_source *s, const tiff_directory *d, int64_t page, tiff_page *out)
{
    uint64_t planar, predictor, compression;
    if (!tiff_value(s, d, page, TIFF_WIDTH, 0, &out->width)
        || !tiff_value(s, d, page, TIFF_LENGTH, 0, &out->height)
        || !tiff_value(s, d, page, TIFF_PLANAR, 1, &planar)
        || !tiff_value(s, d, page, TIFF_PREDICTOR, 1, &predictor)
        || !tiff_value(s, d, page, TIFF_COMPRESSION, 1, &compression))
        return false;
    if (!out->width || !out->height || out->width > INT32_MAX || out->height > INT32_MAX)
        return tiff_fail(s, page, "it has %llu x %llu pixels: its directory is damaged",
                         (unsigned long long)out->width, (unsigned long long)out->height);
    if (planar < 1 || planar > 2 || predictor < 1 || predictor > 3 || compression > UINT16_MAX)
        return tiff_fail(s, page,
                         "its directory has impossible values (planar configuration %llu, "
                         "predictor %llu): it is damaged",
                         (unsigned long long)planar, (unsigned long long)predictor);
    out->compression = (uint16_t)compression;
    out->predictor = (uint16_t)predictor;
    if (compression != RAW && !tiff_can_decode(out->compression))
        return tiff_fail(s, page,
                         "its compression (%llu) is unknown to the TIFF library; save it "
                         "uncompressed",
                         (unsigned long long)compression);
    out->tiled = tiff_find(d, TIFF_TILE_WIDTH) || tiff_find(d, TIFF_TILE_LENGTH)
                 || tiff_find(d, TIFF_TILE_OFFSETS) || tiff_find(d, TIFF_TILE_COUNTS);
    if (!(out->tiled ? read_tiles : read_strips)(s, d, page, out)) return false;
    const char *what = out->tiled ? "tiles" : "strips";
    if (!out->offsets || !out->counts)
        return tiff_fail(s, page, "its directory does not say where its %s are: it is damaged",
                         what);
    if (out->offsets->count != out->chunks || out->counts->count != out->chunks)
        return tiff_fail(s, page,
                         "it has %llu x %llu pixels in %llu %s, but places of %llu and sizes of "
                         "%llu: it is damaged",
                         (unsigned long long)out->width, (unsigned long long)out->height,
                         (unsigned long long)out->chunks, what,
                         (unsigned long long)out->offsets->count,
                         (unsigned long long)out->counts->count);
    return true;
}

bool tiff_read_page(const tiff_source *s, const tiff_directory *d, int64_t number, tiff_page *out)
{
    uint64_t orientation;
    memset(out, 0, sizeof *out);
    if (!read_kind(s, d, number, out) || !read_layout(s, d, number, out)
        || !tiff_value(s, d, number, TIFF_ORIENTATION, 1, &orientation))
        return false;
    if (orientation < 1 || orientation > 8)
        return tiff_fail(s, number,
                         "its orientation is %llu; expected 1 to 8: its directory is damaged",
                         (unsigned long long)orientation);
    out->orientation = (uint16_t)orientation;
    return true;
}

bool tiff_same_kind(const tiff_source *s, const tiff_page *first, const tiff_page *p,
                    int64_t number)
{
    if (p->width != first->width || p->height != first->height)
        return tiff_fail(s, number,
                         "it has %llu x %llu pixels, page 1 has %llu x %llu; all pages must be "
                         "of one size",
                         (unsigned long long)p->width, (unsigned long long)p->height,
                         (unsigned long long)first->width, (unsigned long long)first->height);
    const char *what = p->bits != first->bits || p->format != first->format ? "kind of numbers"
                       : p->photometric != first->photometric ? "photometric interpretation"
                       : p->orientation != first->orientation ? "orientation"
                       : p->predictor != first->predictor     ? "predictor"
                                                              : NULL;
    return !what
           || tiff_fail(s, number, "its %s is not the one of page 1; all pages must be alike",
                        what);
}

uint64_t tiff_row_bytes(const tiff_page *p, uint64_t n) { return (n * p->bits + 7) / 8; }

uint64_t tiff_chunk_rows(const tiff_page *p, uint64_t index)
{
    uint64_t top = index / p->across * p->chunk_height;
    return p->height - top < p->chunk_height ? p->height - top : p->chunk_height;
}

/* tifffile: {"truncated": true, "shape": [5, 64, 64]} for a stack of which one page is listed. The
 * images that this makes of width x height pixels; 0: it says nothing of the kind. */
static uint64_t of_shape(const char *text, const tiff_page *p)
{
    const char *at = *text == '{' ? strstr(text, "\"shape\": [") : NULL;
    uint64_t product = 1;
    if (!at || !strstr(text, "\"truncated\": true")) return 0;
    at += strlen("\"shape\": [");
    for (char *end; *at && *at != ']'; at = end + strspn(end, ", ")) {
        if (__builtin_mul_overflow(product, strtoull(at, &end, 10), &product) || end == at)
            return 0;
    }
    return product % (p->width * p->height) ? 0 : product / (p->width * p->height);
}

bool tiff_text(const tiff_source *s, const tiff_directory *d, uint16_t tag, char *out, size_t room)
{
    const tiff_entry *e = tiff_find(d, tag);
    *out = 0;
    if (!e) return true;
    uint64_t n = e->bytes < room - 1 ? e->bytes : room - 1;
    if (!tiff_bytes(s, e->at, n, out)) return tiff_fail(s, 1, "cannot read a text of it");
    out[n] = 0;
    return true;
}

/* ImageJ keeps 16-bit numbers with a sign as unsigned ones, and what they stand for as a line. */
static void warn_of_calibration(const tiff_source *s, const char *text)
{
    const char *c0 = strstr(text, "\nc0="), *c1 = strstr(text, "\nc1=");
    double offset = c0 ? strtod(c0 + 4, NULL) : 0, slope = c1 ? strtod(c1 + 4, NULL) : 1;
    bool none = offset >= 0 && offset <= 0 && slope >= 1 && slope <= 1;
    if (!none)
        s->call->host->warn(s->call, s->where,
                            "by ImageJ's description of '%s' its values are %g + %g times the "
                            "numbers in it; the numbers are read as they are",
                            s->path, offset, slope);
}

bool tiff_promised(const tiff_source *s, const tiff_directory *d, const tiff_page *p, uint64_t *out)
{
    enum { ROOM = 4097 }; /* what is looked for stands at the beginning */
    char text[ROOM];
    *out = 0;
    if (!tiff_text(s, d, TIFF_DESCRIPTION, text, ROOM)) return false;
    if (!*text) return true;
    bool imagej = !strncmp(text, "ImageJ=", 7);
    const char *images = imagej ? strstr(text, "\nimages=") : NULL;
    if (imagej && !s->lenient && (p->bits == 32) != (p->format == 3))
        return tiff_fail(
            s, 1,
            "it is ImageJ's and has %u bits of sample format %u, which ImageJ does not "
            "write: its directory is damaged ('lenient: true' reads it)",
            p->bits, p->format);
    *out = images ? strtoull(images + 8, NULL, 10) : of_shape(text, p);
    if (imagej) warn_of_calibration(s, text);
    return true;
}
