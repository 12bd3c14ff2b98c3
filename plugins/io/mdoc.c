/* io/mdoc.c - SerialEM's notes of a series (.mdoc): a section for each image; see angles.h. */
#include "io/angles.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>

typedef struct section {
    int64_t z;
    double tilt_deg, dose;
    bool has_tilt;
} section;

typedef struct notes {
    loom_call *call;
    const char *where, *path;
    int64_t n;
    section *section; /* scratch */
    double pixel_A, axis_deg;
    int64_t nx, ny;
    io_span images;
    bool has_pixel;
} notes;

bool mdoc_begins(const unsigned char *bytes, size_t n)
{
    return memmem(bytes, n, "[ZValue =", 9) || memmem(bytes, n, "[FrameSet =", 11);
}

static bool fail_at(const notes *m, int64_t line, const char *what)
{
    m->call->host->fail(m->call, LOOM_E_DATA, m->where, "'%s' line %lld: %s", m->path,
                        (long long)line, what);
    return false;
}

/* "key = value"; false where the line is nothing of the kind. */
static bool split(io_span line, io_span *key, io_span *value)
{
    const char *equals = memchr(line.at, '=', io_length_of(line));
    if (!equals) return false;
    *key = io_trimmed((io_span){ line.at, equals });
    *value = io_trimmed((io_span){ equals + 1, line.end });
    return true;
}

static bool number(io_span s, double *out)
{
    io_number v = io_number_of(s);
    *out = v.real;
    return v.kind == IO_REAL || v.kind == IO_WHOLE;
}

/* "[T =   Tilt axis angle = 84.4, binning = 1 ...]" */
static void take_axis(notes *m, io_span line)
{
    static const char name[] = "Tilt axis angle";
    const char *at = memmem(line.at, io_length_of(line), name, strlen(name));
    io_span key, value;
    double axis_deg;
    if (!at || !split((io_span){ at, line.end - 1 }, &key, &value) || !io_is(key, name)) return;
    for (const char *c = value.at; c < value.end; c++)
        if (*c == ',' || *c == ' ') value.end = c;
    if (number(value, &axis_deg) && fabs(axis_deg) <= 360) m->axis_deg = axis_deg;
}

/* "ImageSize = 4096 4096" */
static bool take_size(notes *m, io_span value, int64_t at)
{
    const char *blank = memchr(value.at, ' ', io_length_of(value));
    double nx, ny;
    if (!blank || !number((io_span){ value.at, blank }, &nx)
        || !number(io_trimmed((io_span){ blank, value.end }), &ny) || !(nx >= 1 && nx <= 1e6)
        || !(ny >= 1 && ny <= 1e6))
        return fail_at(m, at, "ImageSize is not two whole numbers");
    m->nx = (int64_t)nx;
    m->ny = (int64_t)ny;
    return true;
}

/* "[ZValue = 3]", "[FrameSet = 0]"; other sections ([T = ...], [MontSection = ...]) are passed by.
 */
static bool begin_section(notes *m, io_span line, int64_t at, bool *inside)
{
    io_span key, value;
    double z;
    *inside = false;
    take_axis(m, line);
    if (line.end[-1] != ']') return fail_at(m, at, "a section has no closing bracket");
    if (!split((io_span){ line.at + 1, line.end - 1 }, &key, &value)
        || (!io_is(key, "ZValue") && !io_is(key, "FrameSet")))
        return true;
    if (!number(value, &z) || z < 0 || z > 1e6 || z > floor(z))
        return fail_at(m, at, "a section has no whole number");
    m->section[m->n++] = (section){ .z = (int64_t)z };
    return *inside = true;
}

static bool take_line(notes *m, io_span line, int64_t at, bool inside)
{
    io_span key, value;
    section *s = inside ? &m->section[m->n - 1] : NULL;
    if (!split(line, &key, &value)) return true;
    if (io_is(key, "PixelSpacing") && !m->has_pixel) {
        m->has_pixel = true;
        return (number(value, &m->pixel_A) && m->pixel_A >= 0)
               || fail_at(m, at, "PixelSpacing is not a length");
    }
    if (io_is(key, "ImageSize") && !m->nx) return take_size(m, value, at);
    if (!s && io_is(key, "ImageFile")) m->images = value;
    if (s && io_is(key, "ExposureDose"))
        return (number(value, &s->dose) && s->dose >= 0)
               || fail_at(m, at, "ExposureDose is not a dose");
    if (!s || !io_is(key, "TiltAngle")) return true;
    if (s->has_tilt) return fail_at(m, at, "a second TiltAngle in one section");
    s->has_tilt = number(value, &s->tilt_deg);
    return s->has_tilt || fail_at(m, at, "TiltAngle is not a number");
}

static bool read_notes(notes *m, io_span text)
{
    io_lines lines = { text.at, text.end, 0 };
    io_span line;
    bool inside = false;
    while (io_next_line(&lines, &line)) {
        line = io_trimmed(line);
        if (line.at == line.end) continue;
        if (*line.at == '[' ? !begin_section(m, line, lines.line, &inside)
                            : !take_line(m, line, lines.line, inside))
            return false;
    }
    return true;
}

static int by_z(const void *a, const void *b)
{
    const section *x = a, *y = b;
    return x->z < y->z ? -1 : x->z > y->z;
}

/* The sum of all doses; 0, with a warning, where only some images have one. */
static double sum_doses(const notes *m)
{
    double dose = 0;
    int64_t with = 0;
    for (int64_t i = 0; i < m->n; i++) {
        dose += m->section[i].dose;
        with += m->section[i].dose > 0;
    }
    if (with && with < m->n)
        m->call->host->warn(m->call, m->where,
                            "'%s' has an ExposureDose for %lld of %lld images: the dose of the "
                            "series is not known; give 'dose'",
                            m->path, (long long)with, (long long)m->n);
    return with == m->n ? dose : 0;
}

/* What the notes say of the images that they belong to. */
static bool give_images(const notes *m, angle_list *out)
{
    size_t n = io_length_of(m->images);
    char *name = n ? m->call->host->scratch(m->call, n + 1) : NULL;
    if (n && !name) return false;
    if (n) {
        memcpy(name, m->images.at, n);
        name[n] = 0;
    }
    out->images = name;
    out->nx = m->nx;
    out->ny = m->ny;
    out->pixel_A = m->pixel_A;
    out->axis_deg = m->axis_deg;
    return true;
}

static bool give(const notes *m, angle_list *out)
{
    const loom_host *h = m->call->host;
    qsort(m->section, (size_t)m->n, sizeof *m->section, by_z); /* sections come in any order */
    out->angle_deg = h->scratch(m->call, (size_t)(3 * m->n) * sizeof(double));
    if (!out->angle_deg) return false;
    for (int64_t i = 0; i < m->n; i++) {
        const section *s = &m->section[i];
        if (i && s->z == s[-1].z) {
            h->fail(m->call, LOOM_E_DATA, m->where, "'%s' has two sections of number %lld", m->path,
                    (long long)s->z);
            return false;
        }
        if (!s->has_tilt) {
            h->fail(m->call, LOOM_E_DATA, m->where,
                    "'%s' has no TiltAngle in the section of number %lld", m->path,
                    (long long)s->z);
            return false;
        }
        out->angle_deg[3 * i] = out->angle_deg[3 * i + 2] = 0;
        out->angle_deg[3 * i + 1] = s->tilt_deg;
    }
    out->n = m->n;
    out->kind = "SerialEM's notes";
    out->dose = sum_doses(m);
    return give_images(m, out);
}

bool angles_of_mdoc(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out)
{
    notes m = { .call = call, .where = where, .path = path, .axis_deg = NAN };
    io_span text;
    if (!io_text_of(call, where, path, bytes, n, &text)) return false;
    size_t most = 1;
    for (const char *c = text.at; c < text.end; c++) most += *c == '[';
    m.section = call->host->scratch(call, most * sizeof *m.section);
    return m.section && read_notes(&m, text) && give(&m, out);
}
