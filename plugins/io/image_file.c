/* io/image_file.c - which format a file has; see image_file.h. */
#include "io/image_file.h"
#include "kit/unit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Those with a mark first: MRC and TIA's series have weak ones. */
static const image_format *const formats[] = {
#ifdef IO_TIFF
    &image_tiff,
#endif
    &image_npy,  &image_mat, &image_h5, &image_ser, &image_mrc, &image_dm,
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const char *extension_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    return dot ? dot : "";
}

static bool is_usual(const image_format *format, const char *extension)
{
    size_t n = strlen(extension);
    for (const char *at = format->extensions; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == n && !strncasecmp(at, extension, n)) return true;
    return false;
}

/* The format that a name like this one has as a rule; NULL: any. */
static const image_format *format_named(const char *extension)
{
    for (int i = 0; i < FORMATS; i++)
        if (*extension && is_usual(formats[i], extension)) return formats[i];
    return NULL;
}

static const image_format *format_of(const image_file *f, const unsigned char *head, size_t n)
{
    const image_format *named = format_named(extension_of(f->source.path));
    /* damage to the mark of a file is the format's to explain, so the name may break a tie */
    for (int i = 0; i < FORMATS; i++)
        if (formats[i]->begins(head, n, f->source.size)) {
            if (named && named != formats[i] && !is_usual(formats[i], extension_of(f->source.path)))
                f->source.call->host->note(f->source.call,
                                           "'%s' is %s by its content, whatever its name says",
                                           f->source.path, formats[i]->name);
            return formats[i];
        }
    return NULL;
}

/* What people give by mistake, by its first bytes. */
static const char *foreign(const unsigned char *head, size_t n)
{
    static const struct {
        const char *begins, *is;
    } known[] = {
        { "\x1f\x8b", "is compressed (gzip); unpack it first" },
        { "BZh", "is compressed (bzip2); unpack it first" },
        { "\xfd"
          "7zXZ",
          "is compressed (xz); unpack it first" },
        { "7z\xbc\xaf", "is an archive (7z); unpack it first" },
        { "PK\3\4", "is an archive (zip); unpack it first" },
        { "Rar!", "is an archive (rar); unpack it first" },
        { "\xff\xd8\xff", "is a JPEG picture, whose numbers are not those that were recorded; "
                          "export the images as TIFF or MRC" },
        { "\x89PNG",
          "is a PNG picture; export the images as TIFF or MRC, with the recorded numbers" },
        { "GIF8", "is a GIF picture; export the images as TIFF or MRC" },
        { "BM", "is a BMP picture; export the images as TIFF or MRC" },
        { "%PDF", "is a PDF; export the images as TIFF or MRC" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= strlen(known[i].begins) && !memcmp(head, known[i].begins, strlen(known[i].begins)))
            return known[i].is;
    return NULL;
}

static bool refuse(const image_file *f, const unsigned char *head, size_t n)
{
    const char *is = foreign(head, n);
    if (is) return io_fail(&f->source, LOOM_E_IO, "%s", is);
    char known[300] = "";
    for (int i = 0; i < FORMATS; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "",
                 formats[i]->name);
    if (!n) return io_fail(&f->source, LOOM_E_IO, "is empty");
    return io_fail(&f->source, LOOM_E_IO,
                   "is in no format that can be read, or its beginning is damaged; images are "
                   "read from %s",
                   known);
}

bool image_open(image_file *f, loom_call *call, const char *where, const char *path,
                const image_wishes *wishes)
{
    unsigned char head[IMAGE_HEAD];
    *f = (image_file){ .source = { .call = call, .where = where, .path = path, .fd = -1 },
                       .wishes = *wishes };
    if (!io_open(&f->source)) return false;
    size_t n = f->source.size < IMAGE_HEAD ? (size_t)f->source.size : IMAGE_HEAD;
    if (!io_read_at(&f->source, 0, n, head)) return false;
    const image_format *format = format_of(f, head, n);
    if (!format) return refuse(f, head, n);
    f->format = format;
    return format->open(f) && image_check_shape(f);
}

void image_close(image_file *f)
{
    if (f->format && f->format->close) f->format->close(f);
    io_close(&f->source);
}

/* ---- shape and size -------------------------------------------------------------------------- */

bool image_check_shape(const image_file *f)
{
    int64_t bytes = (int64_t)loom_dtype_bytes(f->dtype);
    bool good = f->rank >= 2 && f->rank <= LOOM_MAX_RANK;
    for (int32_t k = 0; good && k < f->rank; k++)
        good = f->dim[k] > 0 && !__builtin_mul_overflow(bytes, f->dim[k], &bytes);
    return good || io_fail(&f->source, LOOM_E_IO, "is damaged: its images have impossible lengths");
}

void image_set_axis(image_file *f, int32_t k, double step, const char *unit)
{
    bool known = step > 0 && isfinite(step);
    f->axis[k].step = known ? step : 0;
    snprintf(f->axis[k].unit, sizeof f->axis[k].unit, "%s", known ? unit : "");
}

double image_angstrom(const char *unit) { return loom_unit_factor(unit, "angstrom"); }

double image_pixel_A(const image_file *f)
{
    const image_axis *y = &f->axis[f->rank - 2], *x = y + 1;
    double height = y->step * image_angstrom(y->unit), width = x->step * image_angstrom(x->unit);
    if (!*y->unit && !*x->unit) return 0;
    if (!(height > 0) || !(width > 0)) return -1;
    return fabs(height - width) <= 1e-3 * width ? width : -1;
}
