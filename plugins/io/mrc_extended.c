/* io/mrc_extended.c - see mrc_extended.h. */
#include "io/mrc_extended.h"
#include "io/bytes.h"
#include <math.h>

enum { NINT = 128, NREAL = 130, EXTTYP = 104 }; /* bytes of the header */

typedef struct extended {
    const unsigned char *bytes;
    size_t size;
    bool big;
    int64_t n;
} extended;

static bool is_kind(const unsigned char *header, const char *kind)
{
    return !memcmp(header + EXTTYP, kind, 4);
}

static bool is_tilt(double v) { return isfinite(v) && fabs(v) <= 360; }
/* From a hundredth of a pixel of a microscope at its best to light microscopy. */
static bool is_pixel_A(double v) { return isfinite(v) && v >= 1e-4 && v <= 1e8; }

static double f64(const unsigned char *b, bool big)
{
    uint64_t bits = io_u64(b, big);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* SerialEM: short numbers, those that the flags name, tilt times 100 first. */
static bool read_serialem(const extended *e, unsigned bytes, unsigned flags, mrc_sections *out)
{
    static const unsigned size[] = { 2, 6, 4, 2, 2, 4 }; /* of what each flag stands for */
    unsigned sum = 0;
    for (unsigned k = 0; k < sizeof size / sizeof *size; k++) sum += flags >> k & 1 ? size[k] : 0;
    if (!bytes || sum != bytes || flags >> 6 || !(flags & 1)) return false;
    if ((uint64_t)e->n * bytes > e->size) return false;
    for (int64_t i = 0; i < e->n; i++)
        out->tilt_deg[i] = (int16_t)io_u16(e->bytes + (size_t)i * bytes, e->big) / 100.0;
    out->kind = "SerialEM's extended header";
    out->tilts = true;
    return true;
}

/* Whole numbers and then reals for each section: of FEI, 32 reals, tilt first, pixel size in metres
 * the twelfth. */
static bool read_reals(const extended *e, unsigned integers, unsigned reals, mrc_sections *out)
{
    enum { FEI_REALS = 32, PIXEL = 11 };
    size_t bytes = 4 * ((size_t)integers + reals);
    bool any = false, good = reals == FEI_REALS && (uint64_t)e->n * bytes <= e->size;
    for (int64_t i = 0; good && i < e->n; i++) {
        const unsigned char *b = e->bytes + (size_t)i * bytes + 4 * (size_t)integers;
        double tilt = (double)io_f32(b, e->big), exposure = (double)io_f32(b + 32, e->big);
        out->tilt_deg[i] = tilt;
        any = any || fabs(tilt) > 0 || fabs(exposure) > 0;
        good = is_tilt(tilt);
    }
    if (!good || !any) return false;
    double pixel_A = 1e10 * (double)io_f32(e->bytes + 4 * ((size_t)integers + PIXEL), e->big);
    out->kind = "the extended header";
    out->tilts = true;
    out->size = is_pixel_A(pixel_A);
    out->pixel_A = pixel_A;
    return true;
}

/* FEI1, FEI2: each section begins with its own length; a mask says which numbers are there. */
static void read_fei(const extended *e, mrc_sections *out)
{
    enum {
        MASK = 8,
        ALPHA = 100,
        PIXEL = 156,
        ENOUGH = 172,
        HAS_ALPHA = 1 << 7,
        HAS_PIXEL = 1 << 14
    };
    size_t at = 0;
    out->tilts = e->n > 0;
    for (int64_t i = 0; i < e->n; i++) {
        if (e->size - at < ENOUGH) {
            out->tilts = false;
            return;
        }
        const unsigned char *b = e->bytes + at;
        uint32_t length = io_u32(b, e->big), mask = io_u32(b + MASK, e->big);
        double pixel_A = 1e10 * f64(b + PIXEL, e->big);
        out->tilt_deg[i] = f64(b + ALPHA, e->big);
        out->tilts = out->tilts && mask & HAS_ALPHA && is_tilt(out->tilt_deg[i]);
        if (!i && mask & HAS_PIXEL && is_pixel_A(pixel_A)) {
            out->size = true;
            out->pixel_A = pixel_A;
        }
        if (length < ENOUGH || length > e->size - at) {
            out->tilts = out->tilts && i == e->n - 1;
            return;
        }
        at += length;
    }
    out->kind = "FEI's extended header";
}

void mrc_read_sections(const unsigned char *header, const unsigned char *bytes, size_t size,
                       bool big, int64_t n, mrc_sections *out)
{
    extended e = { bytes, size, big, n };
    unsigned first = io_u16(header + NINT, big), second = io_u16(header + NREAL, big);
    if (is_kind(header, "FEI1") || is_kind(header, "FEI2")) read_fei(&e, out);
    else if (is_kind(header, "SERI")) read_serialem(&e, first, second, out);
    else if (is_kind(header, "AGAR")) read_reals(&e, first, second, out);
    else if (!read_serialem(&e, first, second, out)) read_reals(&e, first, second, out);
    if (!out->kind) out->tilts = out->size = false;
}
