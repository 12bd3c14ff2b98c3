/* io/image_tiff.c - TIFF files as images, and what their descriptions say of the size of pixels;
 * see image_file.h. */
#include "io/image_file.h"
#include "io/tiff.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { X_RESOLUTION = 282, Y_RESOLUTION, RESOLUTION_UNIT = 296, FEI_TEXT = 34682, TEXT = 1 << 14 };
enum { INCH = 2, CENTIMETRE = 3 };

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    (void)size;
    if (n < 8) return false;
    bool little = head[0] == 'I' && head[1] == 'I' && (head[2] == 42 || head[2] == 43) && !head[3];
    bool big = head[0] == 'M' && head[1] == 'M' && (head[3] == 42 || head[3] == 43) && !head[2];
    return little || big;
}

/* ---- the size of pixels ---------------------------------------------------------------------- */

/* The number of a RATIONAL, FLOAT or DOUBLE tag; 0 where there is none. */
static double real_of(const tiff_source *s, const tiff_directory *d, uint16_t tag)
{
    enum { RATIONAL = 5, FLOAT = 11, DOUBLE = 12 };
    const tiff_entry *e = tiff_find(d, tag);
    unsigned char b[8];
    uint64_t bits = 0;
    if (!e || e->count != 1 || e->bytes > sizeof b || !tiff_bytes(s, e->at, e->bytes, b)) return 0;
    for (uint64_t i = 0; i < e->bytes; i++) bits = bits << 8 | b[s->big ? i : e->bytes - 1 - i];
    if (e->type == RATIONAL) { /* numerator first, each in the file's order */
        double first = (double)(uint32_t)(bits >> 32), second = (double)(uint32_t)bits;
        double numerator = s->big ? first : second, denominator = s->big ? second : first;
        return denominator > 0 ? numerator / denominator : 0;
    }
    double v = 0;
    float single;
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, sizeof single);
    if (e->type == DOUBLE) memcpy(&v, &bits, sizeof v);
    return e->type == FLOAT ? (double)single : e->type == DOUBLE ? v : 0;
}

/* What follows `name` in the text up to one of `ends`, into out; false where it is not there. */
static bool text_after(const char *text, const char *name, const char *ends, char *out, size_t room)
{
    const char *at = strstr(text, name);
    if (!at) return false;
    at += strlen(name);
    size_t n = strcspn(at, ends);
    if (!n || n >= room) return false;
    memcpy(out, at, n);
    out[n] = 0;
    return true;
}

/* y 0: as x, which all programs write. */
static void set_size(image_file *f, double y, double x, const char *unit, const char *from)
{
    image_set_axis(f, f->rank - 2, y > 0 ? y : x, unit);
    image_set_axis(f, f->rank - 1, x, unit);
    f->size_from = from;
}

/* The length of a pixel from how many of them `unit` has; 0 where the tag is not there. */
static double length_of(const tiff_stack *r, uint16_t resolution, double unit)
{
    double per_unit = real_of(&r->s, &r->directory, resolution);
    return per_unit > 0 ? unit / per_unit : 0;
}

/* ImageJ: unit=nm in the description, pixels per unit in XResolution and YResolution. */
static bool size_of_imagej(image_file *f, const tiff_stack *r, const char *text)
{
    char unit[24];
    double x = length_of(r, X_RESOLUTION, 1);
    if (strncmp(text, "ImageJ=", 7) != 0 || !text_after(text, "\nunit=", "\r\n", unit, sizeof unit)
        || !strncmp(unit, "pixel", 5) || !strcmp(unit, "inch"))
        return false;
    bool known = image_angstrom(unit) > 0;
    if (known && x > 0) set_size(f, length_of(r, Y_RESOLUTION, 1), x, unit, "ImageJ's description");
    else
        f->source.call->host->warn(f->source.call, f->source.where,
                                   known ? "'%s' has pixels in %s, but no resolution that says how "
                                           "many: no size is taken from it"
                                         : "'%s' has pixels in the unit '%s', which is no length "
                                           "that is known: no size is taken from it",
                                   f->source.path, unit);
    return true;
}

/* OME: PhysicalSizeX of the first image, in micrometres where no unit is given. */
static bool size_of_ome(image_file *f, const char *text)
{
    char number[40], other[40] = "", unit[24] = "um";
    if (!strstr(text, "<OME") || !text_after(text, "PhysicalSizeX=\"", "\"", number, sizeof number))
        return false;
    text_after(text, "PhysicalSizeXUnit=\"", "\"", unit, sizeof unit);
    if (!(image_angstrom(unit) > 0)) return false;
    text_after(text, "PhysicalSizeY=\"", "\"", other, sizeof other);
    set_size(f, strtod(other, NULL), strtod(number, NULL), unit, "the OME description");
    return true;
}

/* FEI's instruments: a text of their own, in metres. */
static bool size_of_fei(image_file *f, const tiff_stack *r, char *text)
{
    char number[40], other[40] = "";
    if (!tiff_text(&r->s, &r->directory, FEI_TEXT, text, TEXT)
        || !text_after(text, "PixelWidth=", "\r\n", number, sizeof number))
        return false;
    text_after(text, "PixelHeight=", "\r\n", other, sizeof other);
    set_size(f, strtod(other, NULL), strtod(number, NULL), "m", "FEI's description");
    return true;
}

/* Pixels per centimetre or inch: those of a screen or printer say nothing of the specimen. */
static void size_of_resolution(image_file *f, const tiff_stack *r)
{
    uint64_t unit = INCH;
    if (!tiff_value(&r->s, &r->directory, 1, RESOLUTION_UNIT, INCH, &unit)) return;
    double in_cm = unit == INCH ? 2.54 : unit == CENTIMETRE ? 1 : 0;
    double x = length_of(r, X_RESOLUTION, in_cm);
    if (x > 0 && x < 1e-5)
        set_size(f, length_of(r, Y_RESOLUTION, in_cm), x, "cm", "the resolution in the file");
}

static bool find_size(image_file *f, tiff_stack *r)
{
    const loom_host *h = f->source.call->host;
    char *text = h->scratch(f->source.call, TEXT);
    if (!text || !tiff_read_directory(&r->s, r->start, 1, &r->directory)
        || !tiff_text(&r->s, &r->directory, TIFF_DESCRIPTION, text, TEXT))
        return false;
    if (!size_of_imagej(f, r, text) && !size_of_ome(f, text) && !size_of_fei(f, r, text))
        size_of_resolution(f, r);
    h->release(f->source.call, text);
    return true;
}

/* ---- the format ------------------------------------------------------------------------------ */

static bool open_tiff(image_file *f)
{
    tiff_stack *r = f->state = f->source.call->host->scratch(f->source.call, sizeof *r);
    if (!r) return false;
    *r = (tiff_stack){ .s = { .call = f->source.call,
                              .where = f->source.where,
                              .path = f->source.path,
                              .fd = f->source.fd,
                              .size = f->source.size } };
    if (!tiff_open_stack(r)) return false;
    f->dtype = tiff_dtype(&r->first);
    f->rank = r->images > 1 || f->wishes.stack ? 3 : 2;
    f->dim[0] = (int64_t)r->images;
    tiff_image_shape(r, &f->dim[f->rank - 2], &f->dim[f->rank - 1]);
    return find_size(f, r);
}

static bool read_tiff(image_file *f, int64_t k, void *dst)
{
    return tiff_read_image(f->state, (uint64_t)k, dst);
}

static void close_tiff(image_file *f)
{
    tiff_stack *r = f->state;
    if (!r) return;
    tiff_close_stack(r);
    f->source.call->host->release(f->source.call, r->scrap);
    f->source.call->host->release(f->source.call, r);
}

const image_format image_tiff = { "TIFF",    ".tif .tiff .btf .tf8", begins, open_tiff, read_tiff,
                                  close_tiff };
