/* io/image_ser.c - image series of TIA (.ser); see image_file.h. What is known of the format was
 * found out by its users (C. Boothroyd's description; openNCEM). */
#include "io/bytes.h"
#include "io/image_file.h"
#include <math.h>

enum { MARK = 0x4949, SERIES = 0x0197, NARROW = 0x0210, WIDE = 0x0220, IMAGES = 0x4122 };
enum {
    HEADER = 22,
    ELEMENT = 50
}; /* bytes before the place of the list; before an image's samples */

typedef struct ser_state {
    uint64_t *at; /* where each element is */
    int64_t
        total; /* elements in the list; those behind the images are of a series that was stopped */
    int type;  /* 1 uint8, 2 uint16, 3 uint32, 4 int8, 5 int16, 6 int32, 7 float, 8 double */
    unsigned char *raw;
} ser_state;

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    (void)size;
    return n > HEADER && io_u16(head, false) == MARK && io_u16(head + 2, false) == SERIES;
}

static size_t sample_bytes(int type)
{
    static const uint8_t bytes[] = { 0, 1, 2, 4, 1, 2, 4, 4, 8 };
    return type > 0 && type < (int)sizeof bytes ? bytes[type] : 0;
}

static loom_dtype dtype_of(int type)
{
    static const loom_dtype dtypes[] = { LOOM_U8,  LOOM_U8,  LOOM_I32, LOOM_I64, LOOM_I32,
                                         LOOM_I32, LOOM_I32, LOOM_F32, LOOM_F64 };
    return dtypes[type];
}

static double f64(const unsigned char *b)
{
    uint64_t bits = io_u64(b, false);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool damaged(const image_file *f, const char *what)
{
    return io_fail(&f->source, LOOM_E_IO, "is damaged or was cut short: %s", what);
}

/* ---- the list of images ---------------------------------------------------------------------- */

static bool read_places(image_file *f, ser_state *s, bool wide, uint64_t list, int64_t n)
{
    const loom_host *h = f->source.call->host;
    size_t each = wide ? 8 : 4;
    if ((uint64_t)n > f->source.size / ELEMENT) return damaged(f, "it has too many images");
    unsigned char *b = h->scratch(f->source.call, (size_t)n * each);
    s->at = h->scratch(f->source.call, (size_t)n * sizeof *s->at);
    if (!b || !s->at || !io_read_at(&f->source, list, (uint64_t)n * each, b)) return false;
    for (int64_t i = 0; i < n; i++)
        s->at[i] = wide ? io_u64(b + 8 * i, false) : io_u32(b + 4 * i, false);
    h->release(f->source.call, b);
    return true;
}

static bool read_header(image_file *f, ser_state *s)
{
    unsigned char b[HEADER + 12];
    if (f->source.size < sizeof b) return damaged(f, "it ends within its header");
    if (!io_read_at(&f->source, 0, sizeof b, b)) return false;
    unsigned version = io_u16(b + 4, false);
    if (version != NARROW && version != WIDE)
        return io_fail(&f->source, LOOM_E_IO,
                       "is damaged, or of another version (0x%04x; 0x0210 and 0x0220 are read)",
                       version);
    uint32_t kind = io_u32(b + 6, false), tags = io_u32(b + 10, false);
    if (kind != IMAGES)
        return io_fail(&f->source, LOOM_E_DATA, "holds %s, not images",
                       kind == 0x4120 ? "spectra" : "data of an unknown kind");
    if (tags != 0x4152 && tags != 0x4142) return damaged(f, "its header has impossible values");
    int64_t total = (int32_t)io_u32(b + 14, false), valid = (int32_t)io_u32(b + 18, false);
    if (valid < 1 || valid > total) return damaged(f, "it holds no image, or too many");
    bool wide = version == WIDE;
    uint64_t list = wide ? io_u64(b + 22, false) : io_u32(b + 22, false);
    f->dim[0] = valid;
    s->total = total;
    return read_places(f, s, wide, list, total);
}

/* ---- images ---------------------------------------------------------------------------------- */

/* The head of element k: the same lengths and type for all. */
static bool read_element(image_file *f, ser_state *s, int64_t k)
{
    unsigned char b[ELEMENT];
    if (!io_read_at(&f->source, s->at[k], sizeof b, b)) return false;
    int type = io_u16(b + 40, false);
    int64_t nx = (int32_t)io_u32(b + 42, false), ny = (int32_t)io_u32(b + 46, false);
    uint64_t bytes;
    if (type == 9 || type == 10) return io_fail(&f->source, LOOM_E_DATA, "holds complex numbers");
    if (!sample_bytes(type) || nx <= 0 || ny <= 0
        || __builtin_mul_overflow((uint64_t)nx * (uint64_t)ny, sample_bytes(type), &bytes)
        || s->at[k] + ELEMENT > f->source.size || bytes > f->source.size - s->at[k] - ELEMENT)
        return damaged(f, "an image reaches beyond its end or has an impossible size");
    if (k && (type != s->type || nx != f->dim[2] || ny != f->dim[1]))
        return io_fail(&f->source, LOOM_E_DATA,
                       "holds images of different sizes or kinds (%lld x %lld and %lld x %lld)",
                       (long long)f->dim[2], (long long)f->dim[1], (long long)nx, (long long)ny);
    if (k && s->at[k] < s->at[k - 1] + ELEMENT + bytes)
        return damaged(f, "two images lie at the same place");
    s->type = type;
    f->dim[1] = ny;
    f->dim[2] = nx;
    if (!k) {
        image_set_axis(f, 1, f64(b + 28), "m");
        image_set_axis(f, 2, f64(b + 8), "m");
    }
    return true;
}

/* A series that was stopped has nothing where its other images would be: one that is there was lost
 * from the count. */
static bool check_rest(image_file *f, const ser_state *s)
{
    unsigned char b[ELEMENT];
    for (int64_t k = f->dim[0]; k < s->total; k++) {
        if (s->at[k] <= s->at[f->dim[0] - 1] || s->at[k] > f->source.size - ELEMENT) continue;
        if (!io_read_at(&f->source, s->at[k], sizeof b, b)) return false;
        if (io_u16(b + 40, false) == (unsigned)s->type && io_u32(b + 42, false) == f->dim[2]
            && io_u32(b + 46, false) == f->dim[1])
            return io_fail(&f->source, LOOM_E_IO,
                           "is damaged: its header counts %lld of %lld images, but image %lld is "
                           "there as well",
                           (long long)f->dim[0], (long long)s->total, (long long)k + 1);
    }
    return true;
}

static bool open_ser(image_file *f)
{
    const loom_host *h = f->source.call->host;
    ser_state *s = f->state = h->scratch(f->source.call, sizeof *s);
    if (!s) return false;
    *s = (ser_state){ 0 };
    f->rank = 3;
    if (!read_header(f, s)) return false;
    for (int64_t k = 0; k < f->dim[0]; k++)
        if (!read_element(f, s, k)) return false;
    if (!check_rest(f, s)) return false;
    f->dtype = dtype_of(s->type);
    f->size_from = "the header";
    s->raw = h->scratch(f->source.call, (size_t)image_samples(f) * sample_bytes(s->type));
    if (f->dim[0] > 1 || !s->raw) return s->raw != NULL;
    f->rank = 2; /* one image */
    for (int k = 0; k < 2; k++) {
        f->dim[k] = f->dim[k + 1];
        f->axis[k] = f->axis[k + 1];
    }
    return true;
}

#define CONVERT(to, value) \
    for (size_t i = 0; i < n; i++) ((to *)dst)[i] = (to)(value)
static void convert(const ser_state *s, const unsigned char *b, size_t n, void *dst)
{
    switch (s->type) {
    case 1: memcpy(dst, b, n); break;
    case 2: CONVERT(int32_t, io_u16(b + 2 * i, false)); break;
    case 3: CONVERT(int64_t, io_u32(b + 4 * i, false)); break;
    case 4: CONVERT(int32_t, (int8_t)b[i]); break;
    case 5: CONVERT(int32_t, (int16_t)io_u16(b + 2 * i, false)); break;
    case 6: CONVERT(int32_t, io_u32(b + 4 * i, false)); break;
    case 7: CONVERT(float, io_f32(b + 4 * i, false)); break;
    default: CONVERT(double, f64(b + 8 * i));
    }
}

/* TIA's rows run from the bottom to the top; those of other formats of microscopes run downwards.
 */
static bool read_ser(image_file *f, int64_t k, void *dst)
{
    const ser_state *s = f->state;
    size_t ny = (size_t)f->dim[f->rank - 2], nx = (size_t)f->dim[f->rank - 1];
    size_t row = nx * sample_bytes(s->type), size = nx * loom_dtype_bytes(f->dtype);
    if (!io_read_at(&f->source, s->at[k] + ELEMENT, ny * row, s->raw)) return false;
    for (size_t y = 0; y < ny; y++)
        convert(s, s->raw + y * row, nx, (char *)dst + (ny - 1 - y) * size);
    return true;
}

static void close_ser(image_file *f)
{
    const loom_host *h = f->source.call->host;
    ser_state *s = f->state;
    if (!s) return;
    h->release(f->source.call, s->at);
    h->release(f->source.call, s->raw);
    h->release(f->source.call, s);
}

const image_format image_ser = { "TIA series", ".ser", begins, open_ser, read_ser, close_ser };
