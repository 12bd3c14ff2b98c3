/* io/series_files.c - see series_files.h. */
#include "io/series_files.h"
#include "io/bytes.h"
#include "io/convert.h"
#include "io/emi.h"
#include <stdio.h>

static const char where[] = "files";

const char *series_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- TIA's notes ----------------------------------------------------------------------------- */

static bool is_notes(const char *path)
{
    unsigned char head[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof head);
    if (fd >= 0) close(fd);
    return n > 0 && emi_begins(head, (size_t)n);
}

/* Is x_1.ser a series of x.emi? */
static bool belongs_to(const char *ser, const char *emi)
{
    const char *dot = strrchr(emi, '.'), *underscore = strrchr(ser, '_');
    size_t n = dot && dot > strrchr(emi, '/') ? (size_t)(dot - emi) : strlen(emi);
    return underscore && (size_t)(underscore - ser) == n && !memcmp(ser, emi, n);
}

static bool take_notes(series_files *s, const char *path)
{
    enum { ROOM = 64 };
    double tilt_deg[ROOM];
    size_t size;
    const unsigned char *b = io_read_file(s->call, where, path, &size);
    if (!b) return false;
    size_t n = emi_tilts(b, size, tilt_deg, ROOM);
    for (int64_t i = 0; i < s->n; i++) {
        series_file *f = &s->file[i];
        if (f->tilt_deg || !n || !belongs_to(f->path, path)) continue;
        f->tilt_deg = s->call->host->scratch(s->call, (size_t)f->images * sizeof(double));
        if (!f->tilt_deg) return false;
        for (int64_t k = 0; k < f->images; k++) f->tilt_deg[k] = tilt_deg[0];
        f->tilts_from = "TIA's notes";
    }
    s->call->host->release(s->call, (void *)b);
    return true;
}

/* ---- one file -------------------------------------------------------------------------------- */

/* One tilt for all images is that of each where there is one image, or where frames of one tilt
 * are stored together. */
static bool copy_tilts(series_files *s, const image_file *i, series_file *f)
{
    if (!i->tilt_deg || (i->tilts != f->images && i->tilts != 1)) return true;
    f->tilt_deg = s->call->host->scratch(s->call, (size_t)f->images * sizeof(double));
    if (!f->tilt_deg) return false;
    for (int64_t k = 0; k < f->images; k++) f->tilt_deg[k] = i->tilt_deg[i->tilts == 1 ? 0 : k];
    f->tilts_from = i->tilts_from;
    return true;
}

static bool look_inside(series_files *s, const image_file *i, series_file *f)
{
    int64_t ny = i->dim[i->rank - 2], nx = i->dim[i->rank - 1];
    double pixel_A = image_pixel_A(i);
    f->images = image_count(i);
    f->first = s->images;
    f->pixel_A = pixel_A > 0 ? pixel_A : 0;
    f->size_from = i->size_from;
    if (pixel_A < 0)
        s->call->host->warn(s->call, where,
                            "the pixels of '%s' are %g %s high and %g %s wide: no size is taken "
                            "from it",
                            f->path, i->axis[i->rank - 2].step, i->axis[i->rank - 2].unit,
                            i->axis[i->rank - 1].step, i->axis[i->rank - 1].unit);
    if (s->n && (ny != s->ny || nx != s->nx))
        return io_fail(&i->source, LOOM_E_DATA,
                       "has images of %lld x %lld pixels, '%s' of %lld x %lld; all must be of one "
                       "size",
                       (long long)nx, (long long)ny, s->file[0].path, (long long)s->nx,
                       (long long)s->ny);
    s->ny = ny;
    s->nx = nx;
    return !__builtin_add_overflow(s->images, f->images, &s->images) && copy_tilts(s, i, f);
}

static bool look_at(series_files *s, const char *path)
{
    image_file i;
    series_file *f = &s->file[s->n];
    for (int64_t k = 0; k < s->n; k++)
        if (!strcmp(s->file[k].path, path)) {
            s->call->host->fail(s->call, LOOM_E_PARAM, where,
                                "'%s' is named twice; each file has images of its own", path);
            return false;
        }
    *f = (series_file){ .path = path };
    bool good = image_open(&i, s->call, where, path, &s->wishes) && look_inside(s, &i, f);
    image_close(&i);
    s->n += good;
    return good;
}

/* Sizes that files give must agree. */
static bool compare_sizes(series_files *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        const series_file *f = &s->file[i];
        if (!(f->pixel_A > 0)) continue;
        if (!s->sized) s->sized = f;
        if (fabs(f->pixel_A - s->sized->pixel_A) <= 0.01 * s->sized->pixel_A) continue;
        s->call->host->fail(s->call, LOOM_E_DATA, where,
                            "'%s' has pixels of %.6g angstrom (from %s), '%s' of %.6g (from %s); "
                            "images of one series must have one size",
                            s->sized->path, s->sized->pixel_A, s->sized->size_from, f->path,
                            f->pixel_A, f->size_from);
        return false;
    }
    return true;
}

bool series_look(series_files *s, const loom_paths *paths)
{
    const loom_host *h = s->call->host;
    s->file = h->scratch(s->call, (size_t)(paths->n + 1) * sizeof *s->file);
    if (!s->file) return false;
    for (int64_t i = 0; i < paths->n; i++)
        if (!is_notes(paths->v[i]) && !look_at(s, paths->v[i])) return false;
    for (int64_t i = 0; i < paths->n; i++)
        if (is_notes(paths->v[i]) && !take_notes(s, paths->v[i])) return false;
    if (!s->n) {
        h->fail(s->call, LOOM_E_PARAM, where, "there is no file of images among 'files'");
        return false;
    }
    s->tilts = true;
    for (int64_t i = 0; i < s->n; i++) s->tilts = s->tilts && s->file[i].tilt_deg;
    return compare_sizes(s);
}

/* ---- pixels ---------------------------------------------------------------------------------- */

static bool read_file(const series_files *s, const series_file *f, float *image, series_give *give,
                      void *user)
{
    const loom_host *h = s->call->host;
    image_file i;
    bool good = image_open(&i, s->call, where, f->path, &s->wishes);
    loom_array raw = { .dtype = i.dtype, .rank = 1, .dim = { s->ny * s->nx, 1, 1, 1 } };
    bool same = good && image_count(&i) == f->images && image_samples(&i) == s->ny * s->nx;
    if (good && !same) good = io_fail(&i.source, LOOM_E_IO, "changed while it was read");
    raw.data =
        good ? h->scratch(s->call, (size_t)(s->ny * s->nx) * loom_dtype_bytes(i.dtype)) : NULL;
    good = raw.data != NULL;
    for (int64_t k = 0; good && k < f->images; k++)
        good = h->progress(s->call, (double)(f->first + k), (double)s->images)
               && image_read(&i, k, raw.data) && io_single(s->call, where, &raw, 0, image)
               && give(user, f->first + k, image);
    h->release(s->call, raw.data);
    image_close(&i);
    return good;
}

bool series_read(const series_files *s, series_give *give, void *user)
{
    float *image = s->call->host->scratch(s->call, (size_t)(s->ny * s->nx) * sizeof *image);
    for (int64_t i = 0; image && i < s->n; i++)
        if (!read_file(s, &s->file[i], image, give, user)) return false;
    return image != NULL;
}
