/* io/mrc_header.c - see mrc.h. */
#include "io/mrc.h"
#include "io/bytes.h"
#include <math.h>
#include <stdio.h>

static uint32_t word(const unsigned char *b, int at, bool big) { return io_u32(b + 4 * at, big); }
static float real(const unsigned char *b, int at, bool big) { return io_f32(b + 4 * at, big); }

/* Bytes of a row of nx samples; 0: not a mode of MRC2014 or IMOD. */
static size_t row_bytes(uint32_t mode, size_t nx)
{
    switch (mode) {
    case MRC_INT8: return nx;
    case MRC_INT16:
    case MRC_UINT16:
    case MRC_HALF: return 2 * nx;
    case MRC_FLOAT:
    case MRC_COMPLEX16: return 4 * nx;
    case MRC_COMPLEX: return 8 * nx;
    case MRC_RGB: return 3 * nx;
    case MRC_NIBBLE: return (nx + 1) / 2;
    default: return 0;
    }
}

/* Columns, rows and sections lie along x, y, z in some order; all zero (old files): in this order.
 */
static bool read_axes(const unsigned char *b, mrc_layout *m)
{
    unsigned seen = 0;
    for (int k = 0; k < 3; k++) {
        uint32_t axis = word(b, MRC_MAPC + k, m->big);
        if (axis > 3) return false;
        seen |= 1u << axis;
        m->axis[2 - k] = axis ? (int)axis : k + 1;
    }
    return seen == 1 || seen == 14;
}

/* ISPG 401: mz sections make a volume. */
static bool read_volumes(const unsigned char *b, mrc_layout *m)
{
    int64_t mz = (int32_t)word(b, MRC_MX + 2, m->big);
    m->volumes = 1;
    uint32_t ispg = word(b, MRC_ISPG, m->big);
    if (ispg < MRC_VOLUME_STACK || ispg > MRC_LAST_STACK) return true;
    if (mz <= 0 || m->dim[0] % mz) return false;
    m->volumes = m->dim[0] / mz;
    return true;
}

/* The header read in one byte order; false with the reason in `why` where it makes no sense. */
static bool makes_sense(const unsigned char *b, size_t n, unsigned flags, mrc_layout *m,
                        char why[200])
{
    uint32_t mode = word(b, MRC_MODE, m->big), extended = word(b, MRC_EXTENDED, m->big);
    size_t need;
    m->mode = (int)mode;
    for (int k = 0; k < 3; k++) {
        m->dim[2 - k] = (int32_t)word(b, MRC_NX + k, m->big);
        if (m->dim[2 - k] <= 0)
            return snprintf(why, 200, "its header has %lld samples along the %s",
                            (long long)m->dim[2 - k],
                            (const char *[]){ "columns", "rows", "sections" }[k]),
                   false;
    }
    if (!(m->row_bytes = row_bytes(mode, (size_t)m->dim[2])))
        return snprintf(why, 200, "its header has mode %u, which is not a mode of MRC2014", mode),
               false;
    if (!read_axes(b, m))
        return snprintf(why, 200,
                        "its header has MAPC, MAPR, MAPS %u %u %u; expected 1, 2, 3 in "
                        "any order",
                        word(b, MRC_MAPC, m->big), word(b, MRC_MAPC + 1, m->big),
                        word(b, MRC_MAPC + 2, m->big)),
               false;
    if (!read_volumes(b, m))
        return snprintf(why, 200,
                        "its header has a stack of volumes (ISPG %u) whose %lld sections "
                        "are not a multiple of MZ %d",
                        word(b, MRC_ISPG, m->big), (long long)m->dim[0],
                        (int32_t)word(b, MRC_MX + 2, m->big)),
               false;
    m->data_at = MRC_HEADER + (size_t)extended;
    if (__builtin_mul_overflow(m->row_bytes, (size_t)m->dim[1], &need)
        || __builtin_mul_overflow(need, (size_t)m->dim[0], &m->data_bytes)
        || __builtin_add_overflow(m->data_bytes, m->data_at, &need))
        need = SIZE_MAX;
    if (need == n || (need < n && flags & MRC_IGNORE_REST)) return true;
    snprintf(why, 200,
             "its header (%lld x %lld x %lld samples of mode %u, extended header of %u "
             "bytes) needs %zu bytes, it has %zu%s",
             (long long)m->dim[0], (long long)m->dim[1], (long long)m->dim[2], mode, extended, need,
             n,
             need > n || flags & MRC_STACK ? "" : "; 'ignore_rest: true' reads it without its end");
    return false;
}

/* ---- pixel and voxel size ----------------------------------------------------------------------
 */

typedef struct mrc_cell {
    double edge[3], size[3];
    bool none, empty, no_angles, right_angles;
} mrc_cell; /* x, y, z */

static mrc_cell read_cell(const unsigned char *b, bool big)
{
    mrc_cell c = { .none = true, .empty = true, .right_angles = true };
    for (int k = 0; k < 3; k++) {
        int32_t samples = (int32_t)word(b, MRC_MX + k, big);
        double angle = (double)real(b, MRC_ANGLE_X + k, big);
        c.edge[k] = (double)real(b, MRC_CELL_X + k, big);
        c.size[k] = samples > 0 && isfinite(c.edge[k]) ? c.edge[k] / samples : -1;
        c.none = c.none && !(c.edge[k] > 0);
        c.empty = c.empty && fabs(c.edge[k]) <= 0;
        c.no_angles = c.no_angles || fabs(angle) <= 0;
        c.right_angles = c.right_angles && (fabs(angle) <= 0 || fabs(angle - 90) < 0.01);
    }
    return c;
}

static bool same_size(double a, double b) { return fabs(a - b) <= 1e-4 * fabs(a); }

static double median(double a, double b, double c) { return fmax(fmin(a, b), fmin(fmax(a, b), c)); }

/* The size of voxels, or 0 where z has another one. Some programs give a stack's cell one section,
 * some all of them, whatever MZ says. */
static double voxel_size(const mrc_cell *c, int64_t sections)
{
    double z[2] = { c->size[2], c->edge[2] / (double)sections };
    for (int k = 0; k < 2; k++)
        if (same_size(c->size[0], z[k])) return median(c->size[0], c->size[1], z[k]);
    return 0;
}

/* False after failing: the cell contradicts itself, so that the header is damaged or the samples
 * lie on no square grid. Of an image stack (ISPG 0) the cell's z has no meaning. */
static bool read_sizes(loom_call *call, const char *where, const char *path, const unsigned char *b,
                       unsigned flags, mrc_layout *m)
{
    const loom_host *h = call->host;
    mrc_cell c = read_cell(b, m->big);
    int64_t sections = 1;
    for (int k = 0; k < 3; k++)
        if (m->axis[k] == 3) sections = m->dim[k];
    m->voxel_A = voxel_size(&c, sections / m->volumes);
    m->pixel_A = m->voxel_A > 0 ? m->voxel_A : c.size[0];
    bool z_counts = sections > 1 && !(flags & MRC_STACK) && word(b, MRC_ISPG, m->big) != 0
                    && !(fabs(c.edge[2]) <= 0);
    bool square = c.size[0] > 0 && same_size(c.size[0], c.size[1]) && (!z_counts || m->voxel_A > 0);
    if (c.right_angles && square && c.no_angles)
        h->warn(call, where, "'%s' has a cell with an angle of 0; it is taken as 90", path);
    if (c.right_angles && square) return true;
    m->pixel_A = m->voxel_A = 0;
    if (c.none && !c.empty)
        h->warn(call, where, "'%s' has a cell of %g x %g x %g angstrom: no size is taken from it",
                path, c.edge[0], c.edge[1], c.edge[2]);
    if (c.none) return h->note(call, "the header has no pixel size"), true;
    if (flags & MRC_STACK) {
        h->warn(call, where,
                "'%s' has a cell of %g x %g angstrom%s and pixels of %g x %g: no pixel size is "
                "taken from it",
                path, c.edge[0], c.edge[1], c.right_angles ? "" : ", not at right angles,",
                c.size[0], c.size[1]);
        return true;
    }
    h->fail(
        call, LOOM_E_DATA, where,
        "'%s' has a cell of %g x %g x %g angstrom%s and samples of %g x %g "
        "x %g: its header is damaged, or the samples are not cubic; 'ignore_cell: true' reads them "
        "without a size",
        path, c.edge[0], c.edge[1], c.edge[2], c.right_angles ? "" : ", not at right angles,",
        c.size[0], c.size[1], c.size[2]);
    return false;
}

/* Fields that make no sense and have a likely meaning. */
static void warn_of_fields(loom_call *call, const char *where, const char *path,
                           const unsigned char *b, const mrc_layout *m)
{
    const loom_host *h = call->host;
    const unsigned char *stamp = b + 4 * MRC_STAMP;
    uint32_t ispg = word(b, MRC_ISPG, m->big);
    if (*stamp && *stamp != 0x11 && *stamp != 0x44)
        h->warn(call, where,
                "the machine stamp of '%s' is 0x%02x 0x%02x, expected 0x44 0x44 or 0x11 0x11; the "
                "file is read as %s-endian, in which its header makes sense",
                path, stamp[0], stamp[1], m->big ? "big" : "little");
    if (!word(b, MRC_MAPC, m->big))
        h->warn(call, where,
                "'%s' has MAPC, MAPR, MAPS 0 0 0; they are taken as 1 2 3: columns along x, rows "
                "along y, sections along z",
                path);
    if (ispg > MRC_LAST_GROUP && (ispg < MRC_VOLUME_STACK || ispg > MRC_LAST_STACK))
        h->warn(call, where,
                "'%s' has ISPG %d, which is neither a space group nor a stack; it is read as one "
                "volume",
                path, (int32_t)ispg);
}

loom_status mrc_read_layout(loom_call *call, const char *where, const char *path,
                            const unsigned char *bytes, size_t n, unsigned flags, mrc_layout *out)
{
    const loom_host *h = call->host;
    char why[200], why_not[200];
    if (n < MRC_HEADER)
        return h->fail(call, LOOM_E_IO, where,
                       "'%s' is not an MRC file, or cut short: %zu bytes "
                       "are less than a header of 1024",
                       path, n);
    unsigned char stamp = bytes[4 * MRC_STAMP];
    *out = (mrc_layout){ .big = stamp == 0x11 };
    if (!makes_sense(bytes, n, flags, out, why)) {
        bool stamped = out->big;
        *out = (mrc_layout){ .big = !stamped };
        if (!makes_sense(bytes, n, flags, out, why_not))
            return h->fail(call, LOOM_E_IO, where, "'%s' is damaged or not an MRC file: %s", path,
                           why);
        if (stamp == 0x11 || stamp == 0x44)
            h->warn(call, where,
                    "the machine stamp of '%s' says %s-endian, but its header makes "
                    "sense as %s-endian only, and is read so",
                    path, stamped ? "big" : "little", stamped ? "little" : "big");
    }
    warn_of_fields(call, where, path, bytes, out);
    return flags & MRC_IGNORE_CELL || read_sizes(call, where, path, bytes, flags, out)
               ? LOOM_OK
               : LOOM_E_DATA;
}

/* ---- signed or unsigned ------------------------------------------------------------------------
 */

typedef struct extremes {
    double low, high;
} extremes;

static extremes extremes_of(const bool seen[256], bool is_signed)
{
    int low = 255, high = -128;
    for (int i = 0; i < 256; i++) {
        int v = is_signed ? (int8_t)i : i;
        if (seen[i] && v < low) low = v;
        if (seen[i] && v > high) high = v;
    }
    return (extremes){ low, high };
}

static bool agree(extremes a, extremes b)
{
    return fabs(a.low - b.low) < 0.5 && fabs(a.high - b.high) < 0.5;
}

loom_status mrc_signed_bytes(loom_call *call, const char *where, const char *path,
                             const unsigned char *bytes, const bool seen[256], const mrc_layout *m,
                             mrc_bytes wanted, bool *out)
{
    const loom_host *h = call->host;
    extremes header = { (double)real(bytes, MRC_MIN, m->big),
                        (double)real(bytes, MRC_MAX, m->big) };
    extremes with_sign = extremes_of(seen, true);
    extremes without = extremes_of(seen, false);
    bool imod = word(bytes, MRC_IMOD_STAMP, m->big) == MRC_IMOD;
    bool flag = word(bytes, MRC_IMOD_FLAGS, m->big) & 1;
    *out = wanted == MRC_BYTES_AUTO ? !imod || flag : wanted == MRC_BYTES_SIGNED;
    if (wanted != MRC_BYTES_AUTO || without.high < 128) return LOOM_OK; /* below 128 both agree */
    bool as_signed = agree(header, with_sign), as_unsigned = agree(header, without);
    bool unknown = header.low == 0 && (header.high == 0 || header.high == -1);
    if (imod && (flag ? as_unsigned : as_signed))
        return h->fail(call, LOOM_E_DATA, where,
                       "'%s' has IMOD's flag of %s bytes, but its least "
                       "and greatest value, %g and %g, are those of %s bytes; set 'bytes'",
                       path, flag ? "signed" : "unsigned", header.low, header.high,
                       flag ? "unsigned" : "signed");
    if (imod) return LOOM_OK;
    *out = !as_unsigned;
    if (!as_signed && !as_unsigned && !unknown)
        return h->fail(call, LOOM_E_DATA, where,
                       "'%s' does not say whether its bytes have a sign: "
                       "its header has %g to %g, signed they are %g to %g, unsigned %g to %g; set "
                       "'bytes'",
                       path, header.low, header.high, with_sign.low, with_sign.high, without.low,
                       without.high);
    if (unknown)
        h->warn(call, "bytes",
                "'%s' does not say whether its bytes have a sign; they are read as "
                "signed (MRC2014), %g to %g; where this is wrong, set 'bytes: unsigned'",
                path, with_sign.low, with_sign.high);
    return LOOM_OK;
}
