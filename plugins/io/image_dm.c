/* io/image_dm.c - images of DigitalMicrograph (DM3, DM4); see image_file.h. */
#include "io/bytes.h"
#include "io/dm_tags.h"
#include "io/image_file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_IMAGES = 64, MAX_RANK = 8 };

/* One entry of ImageList, as its tags come in. */
typedef struct dm_image {
    bool listed, thumbnail, has_alpha;
    char name[DM_NAME];
    dm_type type; /* of the samples */
    uint64_t at, count;
    double kind, depth, alpha_deg; /* DataType, PixelDepth, Stage Alpha */
    int rank, steps, units, origins;
    double dim[MAX_RANK], step[MAX_RANK], origin[MAX_RANK]; /* fastest first */
    char unit[MAX_RANK][24];
} dm_image;

typedef struct dm_state {
    image_file *file;
    bool big;
    dm_image image[MAX_IMAGES];
    const dm_image *chosen;
    unsigned char *raw; /* one image as stored */
} dm_state;

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    bool wide, big;
    (void)size;
    return dm_begins(head, n, &wide, &big);
}

/* ---- what the tags say ----------------------------------------------------------------------- */

static bool put_number(const dm_tag *tag, int *n, double *list)
{
    int64_t k = tag->index[tag->depth - 1];
    if (tag->array || k != *n || *n == MAX_RANK) return false;
    list[(*n)++] = tag->number;
    return true;
}

/* Text of 16-bit characters (as an array of numbers) into UTF-8. */
static bool read_text(const image_file *f, const dm_tag *tag, bool big, char *out, size_t room)
{
    unsigned char b[2 * DM_NAME];
    size_t n = 0;
    *out = 0;
    if (!tag->array || tag->type != DM_UINT16) return tag->array && !tag->count;
    uint64_t count = tag->count < DM_NAME ? tag->count : DM_NAME;
    if (!io_read_at(&f->source, tag->at, 2 * count, b)) return false;
    for (uint64_t i = 0; i < count; i++) {
        unsigned c = io_u16(b + 2 * i, big);
        if (n + 4 > room) break;
        if (c < 0x80) out[n++] = (char)c;
        else if (c < 0x800) {
            out[n++] = (char)(0xc0 | c >> 6);
            out[n++] = (char)(0x80 | (c & 63));
        } else {
            out[n++] = (char)(0xe0 | c >> 12);
            out[n++] = (char)(0x80 | (c >> 6 & 63));
            out[n++] = (char)(0x80 | (c & 63));
        }
    }
    out[n] = 0;
    return true;
}

/* Step, unit and origin of an axis: ImageData/Calibrations/Dimension/k/... */
static bool put_calibration(const dm_state *s, dm_image *m, const dm_tag *tag)
{
    const char *what = tag->name[tag->depth - 1];
    int64_t k = tag->index[tag->depth - 2];
    bool known = !strcmp(what, "Scale") || !strcmp(what, "Units") || !strcmp(what, "Origin");
    if (!known) return true;
    if (k >= MAX_RANK) return false;
    if (!strcmp(what, "Scale")) {
        if (k != m->steps || tag->array) return false;
        m->step[m->steps++] = tag->number;
    } else if (!strcmp(what, "Origin")) {
        if (k != m->origins || tag->array) return false;
        m->origin[m->origins++] = tag->number;
    } else {
        if (k != m->units) return false;
        return read_text(s->file, tag, s->big, m->unit[m->units++], sizeof m->unit[0]);
    }
    return true;
}

static bool put_data(dm_image *m, const dm_tag *tag)
{
    if (!tag->array || m->at) return false;
    m->type = tag->type;
    m->at = tag->at;
    m->count = tag->count;
    return true;
}

static bool put_image_tag(const dm_state *s, dm_image *m, const dm_tag *tag)
{
    m->listed = true;
    if (dm_is_at(tag, "ImageList/*/ImageData/Data")) return put_data(m, tag);
    if (dm_is_at(tag, "ImageList/*/ImageData/DataType")) m->kind = tag->number;
    else if (dm_is_at(tag, "ImageList/*/ImageData/PixelDepth")) m->depth = tag->number;
    else if (dm_is_at(tag, "ImageList/*/Name"))
        return read_text(s->file, tag, s->big, m->name, sizeof m->name);
    else if (dm_is_at(tag, "ImageList/*/ImageData/Dimensions/*"))
        return put_number(tag, &m->rank, m->dim);
    else if (dm_is_at(tag, "ImageList/*/ImageData/Calibrations/Dimension/*/*"))
        return put_calibration(s, m, tag);
    else if (dm_is_at(tag, "ImageList/*/ImageTags/Microscope Info/Stage Position/Stage Alpha")) {
        m->has_alpha = !tag->array;
        m->alpha_deg = tag->number;
    }
    return true;
}

static bool take_tag(void *user, const dm_tag *tag)
{
    dm_state *s = user;
    if (!strcmp(tag->name[0], "ImageList") && tag->depth > 1) {
        int64_t i = tag->index[1];
        if (i >= MAX_IMAGES || put_image_tag(s, &s->image[i], tag)) return true;
        return s->file->source.call->host->cancelled(s->file->source.call)
                   ? false
                   : io_fail(&s->file->source, LOOM_E_IO,
                             "is damaged: the tags of image %lld contradict each other",
                             (long long)i);
    }
    if (dm_is_at(tag, "Thumbnails/*/ImageIndex") && tag->number >= 0 && tag->number < MAX_IMAGES)
        s->image[(int)tag->number].thumbnail = true;
    return true;
}

/* ---- which image ----------------------------------------------------------------------------- */

static bool is_wanted(const dm_state *s, int i, const char *wanted)
{
    char *end;
    const dm_image *m = &s->image[i];
    if (!m->listed) return false;
    if (!*wanted) return !m->thumbnail;
    return !strcmp(m->name, wanted) || (strtol(wanted, &end, 10) == i && !*end);
}

static const dm_image *choose(const dm_state *s)
{
    const dm_image *found = NULL;
    const char *wanted = s->file->wishes.dataset;
    char list[400] = "";
    int n = 0;
    for (int i = 0; i < MAX_IMAGES; i++) {
        if (s->image[i].listed && !s->image[i].thumbnail)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%d '%s'",
                     *list ? ", " : "", i, s->image[i].name);
        if (!is_wanted(s, i, wanted)) continue;
        if (!n++) found = &s->image[i];
    }
    if (n == 1) return found;
    if (*wanted || n)
        s->file->source.call->host->fail(
            s->file->source.call, LOOM_E_PARAM, "dataset",
            n ? "'%s' holds several images%s%s%s; set 'dataset' to the number or name of one: %s"
              : "'%s' holds no image%s%s%s; it has: %s",
            s->file->source.path, *wanted ? " '" : "", wanted, *wanted ? "'" : "", list);
    else io_fail(&s->file->source, LOOM_E_DATA, "holds no image");
    return NULL;
}

/* ---- samples --------------------------------------------------------------------------------- */

/* What numbers of DataType are stored as; what they become. */
static bool kind_fits(int kind, dm_type type, loom_dtype *out)
{
    static const struct {
        int kind;
        dm_type type;
        loom_dtype dtype;
    } kinds[] = {
        { 1, DM_INT16, LOOM_I32 },   { 2, DM_FLOAT, LOOM_F32 },   { 6, DM_OCTET, LOOM_U8 },
        { 6, DM_CHAR, LOOM_U8 },     { 6, DM_BOOL, LOOM_U8 },     { 7, DM_INT32, LOOM_I32 },
        { 9, DM_OCTET, LOOM_I32 },   { 9, DM_CHAR, LOOM_I32 },    { 10, DM_UINT16, LOOM_I32 },
        { 11, DM_UINT32, LOOM_I64 }, { 12, DM_DOUBLE, LOOM_F64 }, { 14, DM_BOOL, LOOM_U8 },
        { 14, DM_OCTET, LOOM_U8 },   { 39, DM_INT64, LOOM_I64 },  { 40, DM_UINT64, LOOM_I64 }
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind && kinds[i].type == type) {
            *out = kinds[i].dtype;
            return true;
        }
    return false;
}

#define CONVERT(to, value) \
    for (size_t i = 0; i < n; i++) ((to *)dst)[i] = (to)(value)
static void convert(const dm_image *m, bool big, const unsigned char *b, size_t n, void *dst)
{
    switch (m->type) {
    case DM_INT16: CONVERT(int32_t, (int16_t)io_u16(b + 2 * i, big)); break;
    case DM_UINT16: CONVERT(int32_t, io_u16(b + 2 * i, big)); break;
    case DM_INT32: CONVERT(int32_t, io_u32(b + 4 * i, big)); break;
    case DM_UINT32: CONVERT(int64_t, io_u32(b + 4 * i, big)); break;
    case DM_FLOAT: CONVERT(float, io_f32(b + 4 * i, big)); break;
    case DM_DOUBLE: /* the same bits */
    case DM_INT64:
    case DM_UINT64: CONVERT(uint64_t, io_u64(b + 8 * i, big)); break;
    default:
        if (m->kind > 8 && m->kind < 10) CONVERT(int32_t, (int8_t)b[i]);
        else CONVERT(uint8_t, b[i]);
    }
}

/* Lengths, axes and samples of the image must fit each other. */
static bool set_shape(image_file *f, const dm_image *m)
{
    double product = 1;
    bool good = m->rank >= 1 && m->at && kind_fits((int)m->kind, m->type, &f->dtype)
                && fabs(m->depth - (double)dm_type_bytes(m->type)) < 0.5 && m->steps == m->rank
                && m->units == m->rank && m->origins == m->rank;
    for (int k = 0; k < m->rank; k++) {
        good = good && m->dim[k] >= 1 && m->dim[k] < 0x1p40;
        product *= m->dim[k];
    }
    good = good && product < 0x1p52 && (uint64_t)product == m->count;
    if (!good)
        return io_fail(&f->source, LOOM_E_IO,
                       m->at
                               && (m->kind < 1 || m->kind > 14 || fabs(m->kind - 3) < 0.5
                                   || fabs(m->kind - 13) < 0.5)
                           ? "holds complex numbers or colours, or is damaged (DataType %g, %d "
                             "axes)"
                           : "is damaged: the tags of its image do not fit each other (DataType "
                             "%g, %d axes)",
                       m->kind, m->rank);
    f->rank = m->rank > 2 ? m->rank : 2;
    while (f->rank > LOOM_MAX_RANK && m->dim[f->rank - 1] < 1.5) f->rank--;
    if (f->rank > LOOM_MAX_RANK)
        return io_fail(&f->source, LOOM_E_DATA, "holds an image of %d axes; at most %d can be read",
                       f->rank, LOOM_MAX_RANK);
    for (int k = 0; k < f->rank; k++) {
        f->dim[f->rank - 1 - k] = k < m->rank ? (int64_t)m->dim[k] : 1;
        image_set_axis(f, f->rank - 1 - k, k < m->rank ? m->step[k] : 0, m->unit[k]);
    }
    f->size_from = "the calibration";
    return true;
}

/* A slowest axis in degrees has a tilt for each image; the stage has one for a single image. */
static bool set_tilts(image_file *f, const dm_image *m)
{
    int k = f->rank - 1;
    bool axis = f->rank == 3 && (!strcmp(m->unit[k], "deg") || !strcmp(m->unit[k], "degrees"));
    f->tilts = axis ? f->dim[0] : 1;
    if (!axis && !m->has_alpha) return true;
    f->tilt_deg = f->source.call->host->scratch(f->source.call, (size_t)f->tilts * sizeof(double));
    if (!f->tilt_deg) return false;
    for (int64_t i = 0; i < f->tilts; i++)
        f->tilt_deg[i] = axis ? ((double)i - m->origin[k]) * m->step[k] : m->alpha_deg;
    f->tilts_from = axis ? "the calibration of its slowest axis" : "the stage tilt";
    return true;
}

static bool open_dm(image_file *f)
{
    const loom_host *h = f->source.call->host;
    dm_state *s = f->state = h->scratch(f->source.call, sizeof *s);
    dm_walk *w = h->scratch(f->source.call, sizeof *w);
    unsigned char head[32];
    if (!s || !w || !io_read_at(&f->source, 0, sizeof head, head)) return false;
    memset(s, 0, sizeof *s);
    s->file = f;
    w->source = &f->source;
    w->found = take_tag;
    w->user = s;
    if (!dm_begins(head, sizeof head, &w->wide, &w->big))
        return io_fail(&f->source, LOOM_E_IO, "has a damaged beginning");
    s->big = w->big;
    bool good = dm_walk_tags(w);
    h->release(f->source.call, w);
    if (!good || !(s->chosen = choose(s)) || !set_shape(f, s->chosen) || !set_tilts(f, s->chosen))
        return false;
    s->raw = h->scratch(f->source.call, (size_t)image_samples(f) * dm_type_bytes(s->chosen->type));
    return s->raw != NULL;
}

static bool read_dm(image_file *f, int64_t k, void *dst)
{
    const dm_state *s = f->state;
    size_t n = (size_t)image_samples(f), bytes = n * dm_type_bytes(s->chosen->type);
    if (!io_read_at(&f->source, s->chosen->at + (uint64_t)k * bytes, bytes, s->raw)) return false;
    convert(s->chosen, s->big, s->raw, n, dst);
    for (size_t i = 0; s->chosen->type == DM_UINT64 && i < n; i++)
        if (((int64_t *)dst)[i] < 0)
            return io_fail(&f->source, LOOM_E_DATA, "holds a number beyond 2^63 - 1");
    return true;
}

static void close_dm(image_file *f)
{
    const loom_host *h = f->source.call->host;
    dm_state *s = f->state;
    if (s) h->release(f->source.call, s->raw);
    h->release(f->source.call, s);
}

const image_format image_dm = {
    "DigitalMicrograph", ".dm3 .dm4 .dm", begins, open_dm, read_dm, close_dm
};
