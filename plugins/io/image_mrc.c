/* io/image_mrc.c - MRC files as images; see image_file.h. */
#include "io/bytes.h"
#include "io/image_file.h"
#include "io/mrc.h"
#include "io/mrc_extended.h"
#include "io/permute.h"
#include <math.h>

typedef struct mrc_state {
    mrc_layout layout;
    bool is_signed;
    mrc_extremes found;
    int64_t sections_read;
    unsigned char header[MRC_HEADER];
    unsigned char *raw; /* one section as stored */
    char *all;          /* the whole file in our order of axes, where the file has another */
} mrc_state;

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    bool map = n >= 212 && !memcmp(head + 208, "MAP", 3);
    if (map || n < MRC_HEADER) return map;
    for (int big = 0; big < 2; big++) { /* old files have no mark, but lengths that fit */
        uint64_t samples = 1;
        uint32_t mode = io_u32(head + 12, big), extended = io_u32(head + 92, big);
        for (int k = 0; k < 3; k++) {
            uint32_t length = io_u32(head + 4 * k, big);
            samples = length && length < 1u << 20 ? samples * length : 0;
        }
        static const unsigned bits[] = { 8, 16, 32, 32, 64, 0, 16 };
        if (mode < 7 && bits[mode] && samples
            && samples * bits[mode] / 8 + extended + MRC_HEADER == size)
            return true;
    }
    return false;
}

static bool find_sign(image_file *f, mrc_state *s)
{
    const mrc_layout *m = &s->layout;
    bool seen[256] = { false };
    uint64_t section = m->row_bytes * (uint64_t)m->dim[1];
    for (int64_t k = 0; k < m->dim[0]; k++) {
        if (!io_read_at(&f->source, m->data_at + (uint64_t)k * section, section, s->raw))
            return false;
        for (uint64_t i = 0; i < section; i++) seen[s->raw[i]] = true;
    }
    return mrc_signed_bytes(f->source.call, f->source.where, f->source.path, s->header, seen, m,
                            (mrc_bytes)f->wishes.bytes, &s->is_signed)
           == LOOM_OK;
}

/* The extended header, where it says something of the sections. */
static bool read_extended(image_file *f, mrc_state *s)
{
    const loom_host *h = f->source.call->host;
    const mrc_layout *m = &s->layout;
    size_t bytes = m->data_at - MRC_HEADER;
    mrc_sections sections = { 0 };
    if (!bytes || f->rank > 3) return true;
    unsigned char *extended = h->scratch(f->source.call, bytes);
    sections.tilt_deg = h->scratch(f->source.call, (size_t)f->dim[0] * sizeof(double));
    if (!extended || !sections.tilt_deg || !io_read_at(&f->source, MRC_HEADER, bytes, extended))
        return false;
    mrc_read_sections(s->header, extended, bytes, m->big, f->dim[0], &sections);
    h->release(f->source.call, extended);
    if (sections.tilts) {
        f->tilt_deg = sections.tilt_deg;
        f->tilts = f->dim[0];
        f->tilts_from = sections.kind;
    }
    if (sections.size && !(m->pixel_A > 0)) {
        f->size_from = sections.kind;
        for (int32_t k = f->rank - 2; k < f->rank; k++)
            image_set_axis(f, k, sections.pixel_A, "angstrom");
    }
    return true;
}

static void convert_section(const image_file *f, mrc_state *s, char *dst)
{
    const mrc_layout *m = &s->layout;
    size_t step = (size_t)m->dim[2] * loom_dtype_bytes(f->dtype);
    for (int64_t y = 0; y < m->dim[1]; y++) {
        char *row = dst + (size_t)y * step;
        mrc_convert(m, s->is_signed, s->raw + (size_t)y * m->row_bytes, m->dim[2], row);
        mrc_widen(m, s->is_signed, row, m->dim[2], &s->found);
    }
    if (++s->sections_read == m->dim[0])
        mrc_check_extremes(f->source.call, f->source.where, f->source.path, s->header, m,
                           &s->found);
}

static bool read_section(image_file *f, mrc_state *s, int64_t k, char *dst)
{
    const mrc_layout *m = &s->layout;
    uint64_t bytes = m->row_bytes * (uint64_t)m->dim[1];
    if (!io_read_at(&f->source, m->data_at + (uint64_t)k * bytes, bytes, s->raw)) return false;
    convert_section(f, s, dst);
    return true;
}

/* Columns, rows and sections that do not run along x, y, z: all of the file, put in order. */
static bool read_permuted(image_file *f, mrc_state *s)
{
    const loom_host *h = f->source.call->host;
    const mrc_layout *m = &s->layout;
    size_t size = loom_dtype_bytes(f->dtype), section = (size_t)(m->dim[1] * m->dim[2]) * size;
    int64_t order[LOOM_MAX_RANK] = { 0 }, stored[LOOM_MAX_RANK] = { 0 };
    for (int32_t k = 0; k < f->rank; k++) order[k] = k;
    for (int k = 0; k < 3; k++) {
        order[f->rank - m->axis[k]] = f->rank - 3 + k;
        stored[f->rank - 3 + k] = k ? m->dim[k] : m->dim[0] / m->volumes;
    }
    if (f->rank > 3) stored[0] = m->volumes;
    char *straight = h->scratch(f->source.call, (size_t)m->dim[0] * section);
    s->all = straight ? h->scratch(f->source.call, (size_t)m->dim[0] * section) : NULL;
    if (!s->all) return false;
    for (int64_t k = 0; k < m->dim[0]; k++)
        if (!read_section(f, s, k, straight + (size_t)k * section)) return false;
    for (int32_t k = 0; k < f->rank; k++) f->dim[k] = stored[order[k]];
    io_permute(f->rank, stored, order, size, straight, s->all);
    h->release(f->source.call, straight);
    h->note(f->source.call,
            "sections, rows and columns of '%s' run along %c, %c and %c; they are put in the order "
            "z, y, x",
            f->source.path, "?xyz"[m->axis[0]], "?xyz"[m->axis[1]], "?xyz"[m->axis[2]]);
    return true;
}

static void set_shape(image_file *f, const mrc_layout *m)
{
    f->rank = m->volumes > 1 ? 4 : 3;
    f->dim[0] = m->volumes;
    f->dim[f->rank - 3] = m->dim[0] / m->volumes;
    f->dim[f->rank - 2] = m->dim[1];
    f->dim[f->rank - 1] = m->dim[2];
    for (int32_t k = f->rank - 3; k < f->rank; k++)
        image_set_axis(f, k, k == f->rank - 3 ? m->voxel_A : m->pixel_A, "angstrom");
    f->size_from = "the header";
}

static bool open_mrc(image_file *f)
{
    const loom_host *h = f->source.call->host;
    mrc_state *s = f->state = h->scratch(f->source.call, sizeof *s);
    if (!s) return false;
    *s = (mrc_state){ .is_signed = true, .found = { INFINITY, -INFINITY } };
    mrc_layout *m = &s->layout;
    size_t n = f->source.size < MRC_HEADER ? (size_t)f->source.size : MRC_HEADER;
    if (!io_read_at(&f->source, 0, n, s->header)
        || mrc_read_layout(f->source.call, f->source.where, f->source.path, s->header,
                           (size_t)f->source.size, MRC_STACK, m)
               != LOOM_OK)
        return false;
    if (mrc_unreadable(m->mode))
        return io_fail(&f->source, LOOM_E_DATA,
                       "has mode %d, %s; modes 0 (8-bit), 1 (int16), 2 (float), 6 (uint16), 12 "
                       "(half) and 101 (4-bit) can be read",
                       m->mode, mrc_unreadable(m->mode));
    s->raw = h->scratch(f->source.call, m->row_bytes * (size_t)m->dim[1]);
    if (!s->raw || (m->mode == MRC_INT8 && !find_sign(f, s))) return false;
    f->dtype = mrc_dtype(m->mode, s->is_signed);
    set_shape(f, m);
    bool straight = m->axis[0] == 3 && m->axis[1] == 2;
    return read_extended(f, s) && (straight || read_permuted(f, s));
}

static bool read_mrc(image_file *f, int64_t k, void *dst)
{
    mrc_state *s = f->state;
    size_t bytes = (size_t)image_samples(f) * loom_dtype_bytes(f->dtype);
    if (!s->all) return read_section(f, s, k, dst);
    memcpy(dst, s->all + (size_t)k * bytes, bytes);
    return true;
}

static void close_mrc(image_file *f)
{
    const loom_host *h = f->source.call->host;
    mrc_state *s = f->state;
    if (!s) return;
    h->release(f->source.call, s->raw);
    h->release(f->source.call, s->all);
    h->release(f->source.call, s);
}

const image_format image_mrc = { "MRC",    ".mrc .st .map .rec .ali .mrcs .ccp4 .raw",
                                 begins,   open_mrc,
                                 read_mrc, close_mrc };
