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
    double pixel_A;
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

/* "[ZValue = 3]", "[FrameSet = 0]"; other sections ([T = ...], [MontSection = ...]) are passed by.
 */
static bool begin_section(notes *m, io_span line, int64_t at, bool *inside)
{
    io_span key, value;
    double z;
    *inside = false;
    if (line.end[-1] != ']') return fail_at(m, at, "a section has no closing bracket");
    if (!split((io_span){ line.at + 1, line.end - 1 }, &key, &value)
        || (!io_is(key, "ZValue") && !io_is(key, "FrameSet")))
        return true;
    if (!number(value, &z) || z < 0 || z > 1e6) return fail_at(m, at, "a section has no number");
    m->section[m->n++] = (section){ .z = (int64_t)z };
    return *inside = true;
}

static bool take_line(notes *m, io_span line, int64_t at, bool inside)
{
    io_span key, value;
    section *s = inside ? &m->section[m->n - 1] : NULL;
    if (!split(line, &key, &value)) return true;
    if (io_is(key, "PixelSpacing") && !(m->pixel_A > 0))
        return number(value, &m->pixel_A) || fail_at(m, at, "PixelSpacing is not a number");
    if (s && io_is(key, "ExposureDose"))
        return number(value, &s->dose) || fail_at(m, at, "ExposureDose is not a number");
    if (!s || !io_is(key, "TiltAngle")) return true;
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

static bool give(const notes *m, angle_list *out)
{
    const loom_host *h = m->call->host;
    double dose = 0;
    bool all_doses = true;
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
        dose += s->dose;
        all_doses = all_doses && s->dose > 0;
    }
    out->n = m->n;
    out->kind = "SerialEM's notes";
    out->pixel_A = m->pixel_A > 0 && isfinite(m->pixel_A) ? m->pixel_A : 0;
    out->dose = all_doses ? dose : 0;
    return true;
}

bool angles_of_mdoc(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out)
{
    notes m = { .call = call, .where = where, .path = path };
    io_span text;
    if (!io_text_of(call, where, path, bytes, n, &text)) return false;
    size_t most = 1;
    for (const char *c = text.at; c < text.end; c++) most += *c == '[';
    m.section = call->host->scratch(call, most * sizeof *m.section);
    return m.section && read_notes(&m, text) && give(&m, out);
}
